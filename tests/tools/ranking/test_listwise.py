"""The listwise ranker over simulated judges: contract, failures, limits, early stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tools.ranking.conftest import passages

from questline.budget import Budget, Meter
from questline.errors import BudgetExceeded, ModelError, UsageError
from questline.testing import RankerContract, SimulatedJudge
from questline.tools.ranking.calibration import Platt
from questline.tools.ranking.contract import Ranker
from questline.tools.ranking.early_stop import EarlyStop, agreement
from questline.tools.ranking.first_stage import FirstStage
from questline.tools.ranking.judge import RankerJudge, Verdict
from questline.tools.ranking.listwise import ListwiseRanker
from questline.tools.ranking.permutation import Report
from questline.tools.ranking.schedules import SCHEDULES, ScheduleName, Windows
from questline.types import Passage, Usage


@dataclass
class Judge:
    """Answers with what a function makes of the window."""

    answer: Callable[[Sequence[Passage]], object]
    calls: int = 0

    async def permute(self, query: str, passages: Sequence[Passage], *, meter: Meter) -> Verdict:
        del query, meter
        self.calls += 1
        found = self.answer(passages)
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, Verdict) else Verdict(order=found)  # pyright: ignore[reportArgumentType]  # because a judge may return anything


GRADES = {f"p{n}": float(n % 7 == 3) * (3 - n % 3) for n in range(100)}


@pytest.mark.requirement("ranking.contract")
class TestSimulated(RankerContract):
    @pytest.fixture
    def ranker(self) -> Ranker:
        return ListwiseRanker(SimulatedJudge({"p1": 3.0, "p3": 1.0}, sigma=0.5))


@pytest.mark.requirement("ranking.exact-set")
@pytest.mark.parametrize("schedule", SCHEDULES)
async def test_a_judge_that_knows_the_grades_puts_the_best_first(schedule: ScheduleName) -> None:
    whole = {name: int(grade) for name, grade in GRADES.items()}
    ranker = ListwiseRanker(SimulatedJudge(whole), schedule=schedule)
    ranking = await ranker.rank("q", passages(100), top_n=10)
    assert [GRADES[item.id] for item in ranking.top] == sorted(GRADES.values(), reverse=True)[:10]
    assert ranking.status == "ranked"
    assert ranking.backend == "llm"
    assert not ranking.warnings


@pytest.mark.requirement("ranking.partition")
async def test_the_windows_of_a_round_are_judged_side_by_side_up_to_the_limit() -> None:
    judge = SimulatedJudge(GRADES, seconds=0.05)
    ranking = await ListwiseRanker(judge).rank("q", passages(100))
    assert (judge.most_at_once, ranking.rounds) == (5, 4)
    assert judge.calls == 11 == len(ranking.reports) == ranking.usage.calls
    narrow = SimulatedJudge(GRADES, seconds=0.005)
    await ListwiseRanker(narrow, concurrency=2).rank("q", passages(100))
    assert narrow.most_at_once == 2


Answer = Callable[[Sequence[Passage]], object]
ODD: dict[str, Answer] = {
    "reverse": lambda window: list(range(len(window)))[::-1],
    "echo": lambda window: list(range(len(window))),
    "twice": lambda window: [0] * len(window),
    "foreign": lambda window: [99, -1, 0],
    "short": lambda window: [len(window) - 1],
    "long": lambda window: list(range(len(window))) * 3,
    "nothing": lambda window: [],
    "none": lambda window: None,
    "words": lambda window: ["first", None, 2.5, True],
    "raises": lambda window: ValueError("no"),
    "fails": lambda window: ModelError("down"),
    "cut": lambda window: Verdict(order=list(range(len(window)))[::-1], finish_reason="length"),
}


@pytest.mark.requirement("ranking.exact-set", "ranking.bad-judge")
@given(
    st.sampled_from(sorted(ODD)),
    st.sampled_from(SCHEDULES),
    st.integers(0, 45),
    st.integers(2, 12).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size))),
    st.booleans(),
)
def test_any_judge_gives_every_id_exactly_once(
    kind: str, schedule: ScheduleName, count: int, window: tuple[int, int], scored: bool
) -> None:
    windows = Windows(size=window[0], step=window[1])
    ranker = ListwiseRanker(Judge(ODD[kind]), schedule=schedule, windows=windows)
    ranking = asyncio.run(ranker.rank("q", passages(count, scored=scored)))
    assert sorted(ranking.ids) == sorted(f"p{n}" for n in range(count))
    scores = [item.score for item in ranking.items]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    if count > 1 and kind not in {"reverse", "echo"}:
        assert ranking.warnings


@pytest.mark.requirement("ranking.bad-judge")
@pytest.mark.parametrize(
    ("kind", "report"),
    [
        ("twice", Report(valid=False, duplicates=3, missing=3, repaired=True)),
        ("foreign", Report(valid=False, foreign=2, missing=3, repaired=True)),
        ("short", Report(valid=False, missing=3, repaired=True)),
        ("long", Report(valid=False, duplicates=8, repaired=True)),
        ("nothing", Report(valid=False, missing=4)),
        ("words", Report(valid=False, foreign=4, missing=4)),
        ("cut", Report(valid=False, missing=4, overlong=True)),
    ],
)
async def test_what_was_wrong_with_an_order_is_reported(kind: str, report: Report) -> None:
    ranking = await ListwiseRanker(Judge(ODD[kind])).rank("q", passages(4))
    assert ranking.reports == (report,)
    codes = [warning.code for warning in ranking.warnings]
    assert codes == (["degraded", "backend_unavailable"] if report.failed else ["repaired"])


async def test_the_words_of_the_repair_say_how_many() -> None:
    (warning,) = (await ListwiseRanker(Judge(ODD["twice"])).rank("q", passages(4))).warnings
    assert warning.message == "1 of 1 answers were repaired (3 duplicates, 3 missing)"


@pytest.mark.requirement("ranking.unranked")
async def test_when_every_call_fails_the_first_stages_order_stands_and_says_so() -> None:
    judge = Judge(ODD["fails"])
    ranking = await ListwiseRanker(judge, schedule="sliding").rank("q", passages(100))
    assert ranking.ids == tuple(f"p{n}" for n in range(100))
    assert (ranking.status, ranking.degraded) == ("unranked", True)
    assert [warning.code for warning in ranking.warnings] == ["degraded", "backend_unavailable"]
    assert all(item.warnings == ("untouched",) for item in ranking.items)
    assert judge.calls == 2  # a judge that is down is not asked nine times


@pytest.mark.requirement("ranking.unranked")
async def test_another_ranker_can_take_over_when_every_call_fails() -> None:
    other = ListwiseRanker(SimulatedJudge(GRADES), backend="embedded")
    ranking = await ListwiseRanker(Judge(ODD["fails"]), fallback=other).rank("q", passages(30), top_n=3)
    assert GRADES[ranking.ids[0]] == max(GRADES[f"p{n}"] for n in range(30))
    assert (ranking.status, ranking.backend, ranking.degraded) == ("ranked", "embedded", True)
    assert "backend_unavailable" in {warning.code for warning in ranking.warnings}


@pytest.mark.requirement("ranking.strict")
@pytest.mark.parametrize(
    ("kind", "code"),
    [("fails", "backend_unavailable"), ("raises", "backend_unavailable"), ("nothing", "bad_model_output")],
)
async def test_a_strict_ranker_raises_what_its_judge_met(kind: str, code: str) -> None:
    spent = Usage(calls=1, tokens_in=7)

    def answer(window: Sequence[Passage]) -> object:
        found = ODD[kind](window)
        if isinstance(found, ModelError):
            found.usage = spent
        return found

    with pytest.raises(ModelError) as caught:
        await ListwiseRanker(Judge(answer), strict=True, schedule="sliding").rank("q", passages(100))
    assert caught.value.code == code
    if kind == "fails":
        assert caught.value.usage == spent


async def test_a_strict_ranker_leaves_no_call_running() -> None:
    running = 0

    class OneFails:
        calls = 0

        async def permute(self, query: str, passages: Sequence[Passage], *, meter: Meter) -> Verdict:
            nonlocal running
            self.calls += 1
            if self.calls == 3:
                raise ModelError("down")
            running += 1
            try:
                await asyncio.sleep(0 if self.calls == 1 else 60)
            finally:
                running -= 1
            return Verdict(order=range(len(passages)))

    with pytest.raises(ModelError):
        await ListwiseRanker(OneFails(), strict=True).rank("q", passages(100))
    assert running == 0


@pytest.mark.requirement("ranking.bad-judge")
async def test_one_window_that_fails_keeps_its_order_and_the_rest_is_ranked() -> None:
    calls = 0

    def answer(window: Sequence[Passage]) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            return ModelError("busy")
        return sorted(range(len(window)), key=lambda n: -GRADES[window[n].id])

    ranking = await ListwiseRanker(Judge(answer)).rank("q", passages(100))
    assert ranking.status == "partial"
    assert ranking.degraded
    untouched = [item for item in ranking.items if item.warnings]
    assert len(untouched) == 16  # a group of sixteen; the pivot that was with it is known from other windows
    assert [warning.code for warning in ranking.warnings] == ["degraded"]


@pytest.mark.requirement("ranking.deadline")
@pytest.mark.parametrize("schedule", SCHEDULES)
async def test_when_time_ends_the_best_order_so_far_comes_back_with_the_rest_marked(schedule: ScheduleName) -> None:
    judge = SimulatedJudge(GRADES, seconds=0.2)
    started = time.perf_counter()
    ranking = await ListwiseRanker(judge, schedule=schedule).rank("q", passages(100), budget=Budget(seconds=0.3))
    assert time.perf_counter() - started < 1.5
    assert sorted(ranking.ids) == sorted(GRADES)
    if schedule == "full":
        assert ranking.status == "ranked"
        return
    assert ranking.status == "partial"
    assert [warning.code for warning in ranking.warnings] == ["deadline_reached"]
    touched = {f"p{n}" for n in (range(20) if schedule == "partition" else range(80, 100))}
    assert {item.id for item in ranking.items if "untouched" not in item.warnings} == touched
    if schedule == "partition":
        assert GRADES[ranking.ids[0]] == max(GRADES[f"p{n}"] for n in range(20))
    assert judge.at_once == 0


@pytest.mark.requirement("ranking.deadline")
async def test_a_millisecond_gives_the_first_stages_order() -> None:
    judge = SimulatedJudge(GRADES, seconds=1)
    ranking = await ListwiseRanker(judge).rank("q", passages(50), budget=Budget(seconds=0.001))
    assert ranking.ids == tuple(f"p{n}" for n in range(50))
    assert ranking.status == "unranked"
    assert [warning.code for warning in ranking.warnings] == ["deadline_reached"]


@pytest.mark.requirement("ranking.deadline")
async def test_a_budget_of_calls_ends_the_judging_too() -> None:
    def answer(window: Sequence[Passage]) -> object:
        return BudgetExceeded("no calls left", limit="calls") if judge.calls > 1 else ODD["reverse"](window)

    judge = Judge(answer)
    ranking = await ListwiseRanker(judge).rank("q", passages(100), budget=Meter(budget=Budget(calls=1)))
    assert ranking.status == "partial"
    assert ranking.ids[:2] == ("p19", "p18")
    assert [warning.code for warning in ranking.warnings] == ["budget_exhausted"]


async def test_a_cancelled_ranking_cancels_its_calls() -> None:
    judge = SimulatedJudge(GRADES, seconds=60)
    task = asyncio.create_task(ListwiseRanker(judge).rank("q", passages(100)))
    await asyncio.sleep(0.01)
    assert judge.at_once == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert judge.at_once == 0


@pytest.mark.requirement("ranking.early-stop")
async def test_windows_that_cannot_reach_the_top_are_not_judged() -> None:
    judge = SimulatedJudge(GRADES)
    ranker = ListwiseRanker(judge, schedule="sliding", early_stop=EarlyStop(gap=1.0))
    ranking = await ranker.rank("q", passages(100), top_n=10)
    assert judge.calls == 4 == ranking.rounds
    assert sorted(ranking.ids) == sorted(GRADES)
    assert ranking.status == "ranked"
    unscored = SimulatedJudge(GRADES)
    await ListwiseRanker(unscored, schedule="sliding", early_stop=EarlyStop(gap=1.0)).rank(
        "q", passages(100, scored=False), top_n=10
    )
    assert unscored.calls == 9  # without scores there is no gap to go by


@pytest.mark.requirement("ranking.early-stop")
async def test_a_window_that_a_cheaper_judge_leaves_alone_is_not_judged() -> None:
    judge, echo = Judge(ODD["reverse"]), Judge(ODD["echo"])
    ranking = await ListwiseRanker(judge, early_stop=EarlyStop(second=echo)).rank("q", passages(20))
    assert (judge.calls, echo.calls) == (0, 1)
    assert ranking.ids == tuple(f"p{n}" for n in range(20))
    for second in (Judge(ODD["reverse"]), Judge(ODD["short"]), Judge(ODD["fails"])):
        judge = Judge(ODD["reverse"])
        ranking = await ListwiseRanker(judge, early_stop=EarlyStop(second=second)).rank("q", passages(20))
        assert judge.calls == 1
        assert ranking.ids[0] == "p19"


async def test_a_ranker_can_be_the_second_judge() -> None:
    second = RankerJudge(ListwiseRanker(SimulatedJudge({})))
    judge = Judge(ODD["reverse"])
    await ListwiseRanker(judge, early_stop=EarlyStop(second=second)).rank("q", passages(20))
    assert judge.calls == 0


def test_agreement_is_kendalls_tau() -> None:
    assert agreement((1, 2, 3, 4)) == agreement((7,)) == 1.0
    assert agreement((4, 3, 2, 1)) == -1.0
    assert agreement((2, 1, 3)) == pytest.approx(1 / 3)


async def test_scores_are_what_the_calibration_makes_of_the_strengths() -> None:
    calibration = Platt(slope=2.0, intercept=1.0)
    ranking = await ListwiseRanker(SimulatedJudge(GRADES), calibration=calibration).rank("q", passages(6))
    for item in ranking.items:
        assert ranking.scores()[item.id] == pytest.approx(1 / (1 + 2.718281828459045 ** -(2 * item.raw + 1)))


async def test_ties_go_by_first_stage_rank_then_by_index() -> None:
    given = [*passages(3), *passages(6)[3:]]
    stage = FirstStage.read("q", given)
    assert stage.order == (0, 3, 1, 4, 2, 5)  # scores 3 2 1 3 2 1
    ranking = await ListwiseRanker(SimulatedJudge({})).rank("q", given)
    assert [item.index for item in ranking.items] == [0, 3, 1, 4, 2, 5]


@pytest.mark.requirement("ranking.bad-document")
@pytest.mark.parametrize("document", ["text", None, 7, {"id": "a", "text": "b"}])
async def test_what_is_no_passage_is_refused_by_its_place(document: object) -> None:
    given = [*passages(2), document]
    with pytest.raises(UsageError) as caught:
        await ListwiseRanker(SimulatedJudge({})).rank("q", given)  # pyright: ignore[reportArgumentType]  # because that is the mistake
    assert (caught.value.code, caught.value.fields["index"]) == ("bad_document", 2)


@pytest.mark.requirement("ranking.bad-document")
async def test_a_passage_without_text_is_refused_by_its_place() -> None:
    broken = Passage(id="x", document_id="x", source="x", title="", text=None)  # pyright: ignore[reportArgumentType]  # because that is the mistake
    with pytest.raises(UsageError) as caught:
        await ListwiseRanker(SimulatedJudge({})).rank("q", [broken])
    assert (caught.value.code, caught.value.fields["index"]) == ("bad_document", 0)


@pytest.mark.requirement("ranking.bad-document")
@pytest.mark.parametrize("change", [{"id": ""}, {"id": 3}, {"title": None}])
async def test_a_passage_without_an_id_or_a_title_that_is_text_is_refused_by_its_place(
    change: dict[str, object],
) -> None:
    broken = replace(passages(1)[0], **change)  # pyright: ignore[reportArgumentType]  # because that is the mistake
    with pytest.raises(UsageError) as caught:
        await ListwiseRanker(SimulatedJudge({})).rank("q", [*passages(2)[1:], broken])
    assert (caught.value.code, caught.value.fields["index"]) == ("bad_document", 1)
    with pytest.raises(UsageError) as nothing:
        await ListwiseRanker(SimulatedJudge({})).rank("q", None)  # pyright: ignore[reportArgumentType]  # because that is the mistake
    assert nothing.value.code == "bad_document"


@pytest.mark.requirement("ranking.bad-param")
@pytest.mark.parametrize(
    ("values", "field"),
    [({"schedule": "best"}, "schedule"), ({"concurrency": 0}, "concurrency")],
)
def test_a_ranker_with_parameters_that_make_no_sense_is_refused(values: dict[str, object], field: str) -> None:
    with pytest.raises(UsageError) as caught:
        ListwiseRanker(SimulatedJudge({}), **values)  # pyright: ignore[reportArgumentType]  # because that is the mistake
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_param", field)


@pytest.mark.requirement("ranking.bad-param")
@pytest.mark.parametrize("values", [{"gap": float("nan")}, {"gap": -1.0}, {"agree": 2.0}, {"agree": float("nan")}])
def test_thresholds_of_early_stopping_that_are_no_numbers_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(UsageError) as caught:
        EarlyStop(**values)  # pyright: ignore[reportArgumentType]  # because that is the mistake
    assert caught.value.code == "bad_param"
