"""The four ways in which reinforcement collapses, each told by a run that was written down; and a run that is well."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from questline.errors import RunError
from questline.training.tuning.monitors import Limits, Watch

pytestmark = pytest.mark.requirement("llm-recipes.monitors")
ALL = Limits(entropy=0.5, idle=0.8, longer=2.0, shorter=0.5, format=0.6, window=3)
WELL: dict[str, float] = {"entropy": 1.0, "idle": 0.2, "length": 10.0, "form": 0.9}


def ended_at(told: Sequence[dict[str, float]], watch: Watch | None = None) -> tuple[int, RunError]:
    """Return the step, from 1, that ends a run, and why."""
    watch = watch or Watch(ALL)
    for step, each in enumerate(told, start=1):
        try:
            watch.see(**each)
        except RunError as error:
            return step, error
    return 0, RunError("it was not ended")


@pytest.mark.parametrize(
    ("monitor", "bad", "step", "says", "advice"),
    [
        ("entropy", {"entropy": 0.1}, 5, "0.400 nats, under 0.5", "raise entropy or beta"),
        ("idle", {"idle": 1.0}, 6, "100% of the groups have no advantage, over 80%", "raise answers or temperature"),
        ("length", {"length": 40.0}, 4, "20 tokens, over 2.0 times 10", "a cost to length"),
        ("length", {"length": 2.0}, 5, "4.7 tokens, under 50% of 10", "a cost to length"),
        ("format", {"form": 0.0}, 5, "30% of the answers are in form, under 60%", "teach the form"),
    ],
)
def test_each_monitor_ends_a_run_with_its_reason_and_an_advice(
    monitor: str, bad: dict[str, float], step: int, says: str, advice: str
) -> None:
    # Three steps that are well fill the window; one bad step alone ends nothing but what is far beyond its limit.
    run = [WELL] * 3 + [{**WELL, **bad}] * 4
    if monitor == "length" and bad["length"] == 40.0:
        run[3] = {**WELL, "length": 40.1}
    at, error = ended_at(run)
    assert at == step
    assert (error.code, error.fields["monitor"]) == ("collapsed", monitor)
    assert says in error.message
    assert advice in error.message
    assert "over the last 3 steps" in error.message


def test_a_run_that_is_well_or_does_not_know_its_entropy_is_not_ended() -> None:
    assert ended_at([WELL] * 50)[0] == 0
    watch = Watch(ALL)
    for _ in range(9):
        watch.see(entropy=None, idle=0.2, length=10, form=0.9)


def test_limits_at_their_defaults_end_nothing() -> None:
    worst = {"entropy": 0.0, "idle": 1.0, "length": 0.0, "form": 0.0}
    assert ended_at([WELL] * 20 + [worst] * 60, Watch(Limits()))[0] == 0


def test_a_form_that_was_never_reached_is_not_lost() -> None:
    assert ended_at([{**WELL, "form": 0.1}] * 9)[0] == 0


def test_what_was_seen_goes_on_from_where_it_was_kept() -> None:
    run = [WELL] * 3 + [{**WELL, "form": 0.0}] * 4
    whole = ended_at(run)
    for cut in range(len(run)):
        first, second = Watch(ALL), Watch(ALL)
        if ended_at(run[:cut], first)[0]:
            break
        second.restore(first.state())
        step, error = ended_at(run[cut:], second)
        assert (cut + step, error.message) == (whole[0], whole[1].message)
