"""The circuit breaker and the pauses between retries, by a clock that the test turns."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import RunError, ServerUnavailable, ToolTimeout
from questline.mcp_servers.gateway.breaker import Breaker
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.retrying import again, pause_s


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def use(breaker: Breaker, outcome: str) -> None:
    permit = breaker.admit()
    assert permit is not None
    with permit:
        if outcome == "success":
            permit.success()
        elif outcome == "failure":
            permit.failure()


@pytest.mark.requirement("gateway.breaker")
def test_it_opens_after_its_threshold_lets_one_call_through_and_closes_when_that_succeeds() -> None:
    clock = Clock()
    breaker = Breaker(failures=3, cooldown_s=10, clock=clock)
    for outcome in ("failure", "failure", "success", "failure", "failure"):
        use(breaker, outcome)
    assert (breaker.state, breaker.failures) == ("closed", 2)
    use(breaker, "failure")
    assert (breaker.state, breaker.retry_in_s, breaker.admit()) == ("open", 10, None)
    clock.now += 10
    assert breaker.state == "half_open"
    trial = breaker.admit()
    assert trial is not None
    assert breaker.admit() is None, "one call alone is the trial"
    with trial:
        trial.success()
    assert (breaker.state, breaker.failures) == ("closed", 0)


@pytest.mark.requirement("gateway.breaker")
def test_a_trial_that_fails_doubles_the_wait_up_to_ten_times() -> None:
    clock = Clock()
    breaker = Breaker(failures=1, cooldown_s=1, clock=clock)
    use(breaker, "failure")
    waits: list[float] = []
    for _ in range(6):
        waits.append(breaker.retry_in_s)
        clock.now += breaker.retry_in_s
        use(breaker, "failure")
    assert waits == [1, 2, 4, 8, 10, 10]
    clock.now += 10
    use(breaker, "success")
    use(breaker, "failure")
    assert breaker.retry_in_s == 1, "a success brings back the first wait"


@pytest.mark.requirement("gateway.breaker")
def test_a_trial_that_tells_nothing_gives_its_place_to_the_next() -> None:
    clock = Clock()
    breaker = Breaker(failures=1, cooldown_s=1, clock=clock)
    use(breaker, "failure")
    clock.now += 1
    use(breaker, "nothing")
    assert breaker.state == "half_open"
    use(breaker, "success")
    assert breaker.state == "closed"


@pytest.mark.requirement("gateway.breaker")
@given(st.lists(st.sampled_from((True, False, None, "wait")), max_size=60), st.integers(1, 4))
def test_whatever_happens_it_is_open_only_after_its_failures_and_never_for_ever(
    events: list[bool | str | None], failures: int
) -> None:
    clock = Clock()
    breaker = Breaker(failures=failures, cooldown_s=1, clock=clock)
    in_a_row = 0
    for event in events:
        if event == "wait":
            clock.now += 10
        elif breaker.admit() is None:
            assert in_a_row >= failures
        elif isinstance(event, bool) or event is None:
            breaker.settle(trial=breaker.state == "half_open", outcome=event)
            in_a_row = 0 if event is True else in_a_row + (event is False)
        assert (breaker.state == "closed") == (in_a_row < failures)
    clock.now += 10
    assert breaker.state != "open"


@pytest.mark.requirement("gateway.retries")
def test_only_what_may_be_repeated_and_can_help_is_tried_again() -> None:
    reading = ToolDefinition(server="s", name="t", read_only=True)
    repeatable = ToolDefinition(server="s", name="t", idempotent=True)
    writing = ToolDefinition(server="s", name="t", read_only=False)
    for error, tool, expected in (
        (ServerUnavailable("x"), reading, True),
        (ToolTimeout("x"), repeatable, True),
        (ToolTimeout("x"), writing, False),
        (ServerUnavailable("x"), ToolDefinition(server="s", name="t"), False),
        (RunError("x", code="tool_failed"), reading, False),
    ):
        assert again(error, tool) is expected


@pytest.mark.requirement("gateway.retries")
def test_pauses_grow_are_random_and_stay_bounded() -> None:
    chance = random.Random(3)
    pauses = [[pause_s(attempt, chance) for _ in range(200)] for attempt in range(1, 10)]
    assert all(0 <= pause <= 5 for row in pauses for pause in row)
    assert max(pauses[0]) <= 0.1 < max(pauses[3])
    assert len(set(pauses[0])) > 100
