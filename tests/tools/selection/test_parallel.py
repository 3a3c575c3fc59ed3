"""Windows side by side, merged at the end: bounded, within the budget, each failing for itself; and what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from tests.tools.selection.conftest import notes, passages

from questline.budget import Budget, Meter
from questline.errors import ModelError, UsageError
from questline.testing import SelectorContract, SimulatedSelectionJudge
from questline.tools.selection.contract import Selection
from questline.tools.selection.judge import Judge, Verdict
from questline.tools.selection.sliding import SelectionSchedule, SlidingSelector
from questline.types import Passage

LIGHT = "When was the lighthouse built?"


class TestParallelContract(SelectorContract):
    """The published promises, with a judge that errs and windows of three."""

    @pytest.fixture
    def selector(self) -> SlidingSelector:
        judge = SimulatedSelectionJudge({"p1": "1874", "p6": "1874"}, miss=0.2, false=0.2, seed=3)
        return SlidingSelector(judge, window=3, carry=1, schedule="parallel")


class Watched(SimulatedSelectionJudge):
    """A simulated judge that checks the budget, counts how many ask at once, and fails where it is told to."""

    def __init__(
        self, answers: dict[str, str], *, fails: Mapping[str, Exception] | None = None, false: float = 0.0
    ) -> None:
        super().__init__(answers, false=false)
        self.fails = fails or {}
        self.at_once = self.most = 0

    async def judge(
        self, question: str, passages: Sequence[Passage], *, answer_so_far: str = "", meter: Meter
    ) -> Verdict:
        meter.check()
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.sleep(0)
            verdict = await super().judge(question, passages, answer_so_far=answer_so_far, meter=meter)
            await asyncio.sleep(0)
        finally:
            self.at_once -= 1
        for name, error in self.fails.items():
            if any(passage.id == name for passage in passages):
                raise error
        return verdict


async def select(
    judge: Judge,
    given: Sequence[Passage],
    *,
    schedule: SelectionSchedule = "parallel",
    concurrency: int = 8,
    strict: bool = False,
    budget: Budget | None = None,
) -> Selection:
    selector = SlidingSelector(judge, schedule=schedule, concurrency=concurrency, strict=strict)
    return await selector.select(LIGHT, given, budget=budget)


@pytest.mark.requirement("selection.parallel")
async def test_windows_are_judged_side_by_side_and_the_members_once_more_together() -> None:
    judge = Watched({"p3": "1874", "p45": "1874", "p99": ""})
    selection = await select(judge, notes(100))
    assert judge.windows[:5] == [tuple(f"p{n}" for n in range(start, start + 20)) for start in range(0, 100, 20)]
    assert sorted(judge.windows[5]) == ["p3", "p45", "p99"]
    assert judge.carried == [""] * 5 + ["1874"]
    assert (sorted(selection.ids), selection.answer) == (["p3", "p45", "p99"], "1874")
    assert (judge.most, selection.windows, selection.rounds, selection.usage.calls) == (5, 6, 2, 6)


@pytest.mark.requirement("selection.parallel")
@pytest.mark.parametrize(("concurrency", "rounds"), [(1, 6), (2, 4), (3, 3)])
async def test_no_more_than_so_many_ask_at_once_and_the_set_stays(concurrency: int, rounds: int) -> None:
    judge = Watched({"p3": "", "p45": ""}, false=0.1)
    selection = await select(judge, notes(100), concurrency=concurrency)
    assert judge.most == concurrency
    assert selection.rounds >= rounds
    assert selection.ids == (await select(Watched({"p3": "", "p45": ""}, false=0.1), notes(100))).ids


@pytest.mark.requirement("selection.parallel")
async def test_one_window_that_fails_is_judged_by_the_embedded_selector() -> None:
    texts = [f"A ferry crosses bay {n}." for n in range(60)]
    texts[45] = "The lighthouse was built in 1874."
    judge = Watched({"p3": ""}, fails={"p40": ModelError("?", code="bad_model_output")})
    selection = await select(judge, passages(*texts))
    assert "p45" in judge.windows[-1]  # the stand-in chose it
    assert "p3" in selection.ids
    assert (selection.degraded, selection.status, selection.backend) == (True, "selected", "llm")
    assert [warning.code for warning in selection.warnings] == ["selector_parse_failed"]


@pytest.mark.requirement("selection.parallel")
@pytest.mark.parametrize("window", ["p0", "p40"])
async def test_a_model_that_goes_down_in_one_window_leaves_the_others_standing(window: str) -> None:
    judge = Watched({"p3": "", "p25": ""}, fails={window: ModelError("down")})
    selection = await select(judge, notes(60))
    assert "p25" in selection.ids
    assert (selection.degraded, selection.status) == (True, "selected")
    assert [warning.code for warning in selection.warnings] == ["backend_unavailable"]


@pytest.mark.requirement("selection.parallel")
async def test_a_model_that_is_down_leaves_the_embedded_set_and_strict_raises() -> None:
    given = passages("The lighthouse was built in 1874.", *(f"A ferry crosses bay {n}." for n in range(50)))
    down = {f"p{n}": ModelError("down") for n in (0, 20, 40)}
    selection = await select(Watched({}, fails=down), given)
    assert (selection.ids, selection.backend, selection.degraded) == (("p0",), "embedded", True)
    with pytest.raises(ModelError):
        await select(Watched({}, fails=down), given, strict=True)


@pytest.mark.requirement("selection.parallel")
async def test_a_budget_of_calls_ends_the_round_with_the_members_so_far() -> None:
    judge = Watched({"p3": "", "p45": ""})
    selection = await select(judge, notes(100), concurrency=1, budget=Budget(calls=2))
    assert (selection.ids, selection.status, selection.usage.calls) == (("p3",), "partial", 2)
    assert [warning.code for warning in selection.warnings] == ["budget_exhausted"]
    judge = Watched({"p3": "", "p45": ""})
    selection = await select(judge, notes(100), concurrency=2, budget=Budget(calls=3))
    assert ("p3" in selection.ids, selection.status) == (True, "partial")
    assert sum(each.reason == "unjudged" for each in selection.rejected) >= 20


@pytest.mark.requirement("selection.parallel")
async def test_what_each_schedule_costs_and_how_good_its_sets_are() -> None:
    true = {f"p{n}": "" for n in (2, 17, 33, 48, 71, 90)}
    found: dict[str, tuple[float, float, float]] = {}
    for schedule in ("sliding", "parallel"):
        hits = kept = calls = rounds = 0
        for seed in range(20):
            judge = SimulatedSelectionJudge(true, miss=0.05, false=0.08, seed=seed)
            selection = await select(judge, notes(100), schedule=schedule)
            hits += len(set(selection.ids) & set(true))
            kept += len(selection.ids)
            calls += selection.windows
            rounds += selection.rounds
        found[schedule] = (2 * hits / (kept + 20 * len(true)), calls / 20, rounds / 20)
    (slid, slid_calls, slid_rounds), (spread, calls, rounds) = found["sliding"], found["parallel"]
    assert calls < slid_calls == slid_rounds  # nothing is carried, so fewer windows
    assert rounds == 2 < slid_rounds / 3
    assert min(slid, spread) > 0.85
    assert abs(slid - spread) < 0.1


@pytest.mark.parametrize("options", [{"schedule": "magic"}, {"concurrency": 0}])
def test_schedules_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(UsageError) as caught:
        SlidingSelector(SimulatedSelectionJudge({}), **options)  # pyright: ignore[reportArgumentType]  # because that is the mistake
    assert caught.value.code == "bad_param"
