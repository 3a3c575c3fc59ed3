"""Windows, the last pass, votes, and what happens when time, budget or the judge ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tools.selection.conftest import notes, passages

from questline.budget import Budget, Meter
from questline.errors import BudgetExceeded, ModelError, UsageError
from questline.testing import SelectorContract, SimulatedSelectionJudge
from questline.tools.selection.contract import Selection
from questline.tools.selection.judge import Judge, Verdict
from questline.tools.selection.sliding import SlidingSelector
from questline.tools.selection.votes import Vote, Votes
from questline.types import Passage, Usage

LIGHT = "When was the lighthouse built?"


class TestSlidingContract(SelectorContract):
    """The published promises, with a judge that errs."""

    @pytest.fixture
    def selector(self) -> SlidingSelector:
        return SlidingSelector(SimulatedSelectionJudge({"p1": "1874", "p6": "1874"}, miss=0.2, false=0.2, seed=3))


class Scripted:
    """A judge that answers each window by a function of its ids."""

    def __init__(self, *verdicts: Sequence[str] | Exception, answers: Sequence[str] = ()) -> None:
        self.left = list(verdicts)
        self.answers = list(answers)
        self.windows: list[list[str]] = []
        self.carried: list[str] = []

    async def judge(
        self, question: str, passages: Sequence[Passage], *, answer_so_far: str = "", meter: Meter
    ) -> Verdict:
        ids = [passage.id for passage in passages]
        self.windows.append(ids)
        self.carried.append(answer_so_far)
        now = self.left.pop(0) if self.left else list[str]()
        if isinstance(now, Exception):
            raise now
        usage = Usage(calls=1)
        meter.charge(usage)
        answer = self.answers.pop(0) if self.answers else ""
        return Verdict(members=[ids.index(name) for name in now if name in ids], answer=answer, usage=usage)


async def select(judge: Judge, count: int = 50, *, given: list[Passage] | None = None, **options: object) -> Selection:
    budget = options.pop("budget", None)
    selector = SlidingSelector(judge, **options)  # pyright: ignore[reportArgumentType]  # because the tests name them
    return await selector.select(LIGHT, given or notes(count), budget=budget)  # pyright: ignore[reportArgumentType]  # because the tests name it


@pytest.mark.requirement("selection.windows")
async def test_windows_run_front_to_back_and_carry_what_was_chosen() -> None:
    judge = SimulatedSelectionJudge({f"p{n}": "" for n in (3, 5, 25, 45)})
    selection = await select(judge)
    first, second, third, last = judge.windows
    assert first == tuple(f"p{n}" for n in range(20))
    assert second == ("p3", "p5", *(f"p{n}" for n in range(20, 38)))
    assert third == ("p3", "p5", "p25", *(f"p{n}" for n in range(38, 50)))
    assert sorted(last) == ["p25", "p3", "p45", "p5"]
    assert sorted(selection.ids) == ["p25", "p3", "p45", "p5"]
    assert (selection.windows, selection.usage.calls, selection.status) == (4, 4, "selected")


@pytest.mark.requirement("selection.windows")
async def test_no_more_than_ten_are_carried() -> None:
    judge = SimulatedSelectionJudge({f"p{n}": "" for n in range(20)})
    await select(judge, 40)
    assert judge.windows[1][:11] == (*(f"p{n}" for n in range(10)), "p20")
    assert [len(window) for window in judge.windows] == [20, 20, 20, 20]


@pytest.mark.requirement("selection.one-window")
async def test_up_to_twenty_passages_are_one_call() -> None:
    judge = SimulatedSelectionJudge({"p3": "1874"})
    selection = await select(judge, 20)
    assert (selection.ids, selection.answer, selection.usage.calls) == (("p3",), "1874", 1)


@pytest.mark.requirement("selection.deselection")
async def test_a_decoy_that_the_second_window_contradicts_leaves() -> None:
    decoy = passages(
        "The lighthouse was built in 1902.", *(f"Note {n}." for n in range(19)), "The lighthouse was built in 1874."
    )
    judge = Scripted(["p0"], ["p20"], ["p20"], answers=["1902", "1874", "1874"])
    selection = await select(judge, given=decoy)
    assert judge.windows[2] == ["p20", "p0"]  # both once more, together
    assert (selection.ids, selection.answer) == (("p20",), "1874")
    assert {each.id: each.reason for each in selection.rejected}["p0"] == "dropped"


@pytest.mark.requirement("selection.deselection")
async def test_a_first_window_that_erred_is_undone_by_the_last_pass_alone() -> None:
    judge = Scripted(["p0", "p1"], ["p0", "p1", "p21"], ["p1", "p21"])
    selection = await select(judge, 30)
    assert sorted(selection.ids) == ["p1", "p21"]


@pytest.mark.requirement("selection.deselection")
async def test_members_that_do_not_fit_one_window_meet_in_a_tournament() -> None:
    true = {f"p{n}": "" for n in range(0, 60, 6)}
    judge = Scripted(
        *[[f"p{n}" for n in range(60)]] * 6,
        *[list(true)] * 9,
    )
    selection = await select(judge, 60)
    assert set(selection.ids) == set(true)
    assert all(len(window) <= 20 for window in judge.windows)
    assert len(judge.windows[-1]) == len(true)


@pytest.mark.requirement("selection.answer-carried")
async def test_the_answer_found_so_far_is_carried() -> None:
    judge = Scripted(["p0"], ["p20"], ["p0", "p20"], answers=["1874", "1874", "1874"])
    await select(judge, 30)
    assert judge.carried == ["", "1874", "1874"]


@pytest.mark.requirement("selection.early-stop")
async def test_two_windows_that_add_nothing_end_the_sliding() -> None:
    judge = Scripted(["p0"], ["p0"], ["p0"], ["p0"], answers=["1874"] * 4)
    selection = await select(judge, 100)
    assert len(judge.windows) == 4  # three windows and the last pass
    assert selection.ids == ("p0",)
    left = [each for each in selection.rejected if each.reason == "unjudged"]
    assert len(left) == 100 - 20 - 19 - 19
    assert selection.status == "selected"


@pytest.mark.requirement("selection.early-stop")
async def test_a_changed_answer_or_a_new_member_goes_on() -> None:
    judge = Scripted(["p0"], ["p0"], ["p0"], ["p0"], answers=["a", "b", "b", "b"])
    await select(judge, 100)
    assert len(judge.windows) == 5
    judge = Scripted(["p0"], ["p0"], ["p0", "p40"], ["p0", "p40"])
    await select(judge, 76)
    assert len(judge.windows) == 5


@pytest.mark.requirement("selection.posterior")
def test_the_posterior_counts_windows_by_their_weight() -> None:
    votes = Votes()
    votes.add(Vote(seen=frozenset({1, 2}), chosen=frozenset({1}), answer="x", weight=1.0))
    assert (votes.chance(1), votes.chance(2), votes.chance(3)) == (0.75, 0.25, 0.5)
    votes.add(Vote(seen=frozenset({1, 2}), chosen=frozenset({2}), answer="y", weight=0.5))
    assert votes.chance(1) == pytest.approx(1.5 / 2.5)
    assert votes.chance(2) == pytest.approx(1.0 / 2.5)


@pytest.mark.requirement("selection.vote")
def test_the_answer_is_that_of_most_windows_and_a_minoritys_member_is_marked() -> None:
    votes = Votes()
    for chosen, answer, weight in (({1}, "In 1902.", 1.0), ({2}, "1874", 1.0), ({2, 3}, "1874!", 0.5), ({4}, "", 1.0)):
        votes.add(Vote(seen=frozenset(range(5)), chosen=frozenset(chosen), answer=answer, weight=weight))
    assert votes.answer() == "1874!"
    assert votes.minority([1, 2, 3, 4]) == {1}


@pytest.mark.requirement("selection.vote", "selection.conflict")
async def test_members_that_contradict_each_other_are_marked() -> None:
    judge = Scripted(["p0", "p2"], answers=["1874"])
    texts = ("The lighthouse was built in 1902.", "A ferry crosses the bay.", "The lighthouse was built in 1874.")
    selection = await select(judge, given=passages(*texts))
    assert [member.conflict for member in selection.members] == [True, True]


@pytest.mark.requirement("selection.explicit-none")
async def test_an_explicit_none_is_an_abstention() -> None:
    selection = await select(Scripted([]), 5)
    assert (selection.members, selection.abstained, selection.answer) == ((), True, "")
    assert {each.reason for each in selection.rejected} == {"unlikely"}


@pytest.mark.requirement("selection.long-passages")
async def test_a_long_passage_is_judged_in_pieces_and_what_is_not_shown_is_told() -> None:
    long = "The tide turns. " * 200 + "The lighthouse was built in 1874."
    endless = "The tide turns. " * 2_000
    judge = Scripted(["p0#2"])
    selection = await select(judge, given=passages(long, endless))
    assert judge.windows[0][:4] == ["p0", "p0#1", "p0#2", "p1"]
    assert selection.ids == ("p0",)
    assert not selection.members[0].truncated
    assert selection.rejected[0].warnings == ("truncated",)


@pytest.mark.requirement("selection.deadline")
async def test_a_slow_judge_leaves_the_members_so_far() -> None:
    class Slow(SimulatedSelectionJudge):
        async def judge(
            self, question: str, passages: Sequence[Passage], *, answer_so_far: str = "", meter: Meter
        ) -> Verdict:
            if self.windows:
                await asyncio.sleep(30)
            return await super().judge(question, passages, answer_so_far=answer_so_far, meter=meter)

    selection = await select(Slow({"p3": "1874"}), budget=Budget(seconds=2))
    assert (selection.ids, selection.status, selection.abstained) == (("p3",), "partial", False)
    assert [warning.code for warning in selection.warnings] == ["deadline_reached"]
    assert sum(each.reason == "unjudged" for each in selection.rejected) == 30


@pytest.mark.requirement("selection.deadline")
async def test_a_budget_of_calls_leaves_the_members_so_far_or_the_embedded_ones() -> None:
    class Metered(SimulatedSelectionJudge):
        async def judge(
            self, question: str, passages: Sequence[Passage], *, answer_so_far: str = "", meter: Meter
        ) -> Verdict:
            meter.check()
            return await super().judge(question, passages, answer_so_far=answer_so_far, meter=meter)

    selection = await select(Metered({"p3": ""}), budget=Budget(calls=2))
    assert (selection.ids, selection.status, selection.usage.calls) == (("p3",), "partial", 2)
    assert [warning.code for warning in selection.warnings] == ["budget_exhausted"]
    spent = Meter(budget=Budget(calls=1))
    spent.charge(Usage(calls=1))
    given = passages("The lighthouse was built in 1874.", "A ferry crosses the bay.")
    selection = await select(Metered({}), given=given, budget=spent)
    assert (selection.ids, selection.backend) == (("p0",), "embedded")
    assert [warning.code for warning in selection.warnings] == ["budget_exhausted"]
    with pytest.raises(BudgetExceeded):
        await select(Metered({}), given=given, budget=spent, strict=True)


@pytest.mark.requirement("selection.backend-down")
async def test_a_judge_that_is_down_is_replaced_in_sight_and_asked_no_more() -> None:
    given = passages("The lighthouse was built in 1874.", *(f"A ferry crosses bay {n}." for n in range(50)))
    judge = Scripted(ModelError("down"))
    selection = await select(judge, given=given)
    assert (selection.ids, selection.backend, selection.degraded) == (("p0",), "embedded", True)
    assert [warning.code for warning in selection.warnings] == ["backend_unavailable"]
    assert len(judge.windows) == 1
    judge = Scripted(["p0"], ModelError("down"))
    selection = await select(judge, given=given)
    assert "p0" in selection.ids
    assert (len(judge.windows), selection.degraded, selection.status) == (2, True, "selected")


@pytest.mark.requirement("selection.strict")
async def test_strict_raises_with_what_was_spent() -> None:
    with pytest.raises(ModelError) as caught:
        await select(Scripted(["p0"], ModelError("down")), strict=True)
    assert (caught.value.code, caught.value.usage.calls) == ("backend_unavailable", 1)


@pytest.mark.requirement("selection.repair")
async def test_a_window_that_cannot_be_read_is_judged_by_the_embedded_selector() -> None:
    given = passages("The lighthouse was built in 1874.", "A ferry crosses the bay.")
    selection = await select(Scripted(ModelError("?", code="bad_model_output")), given=given)
    assert (selection.ids, selection.degraded, selection.backend) == (("p0",), True, "embedded")
    assert [warning.code for warning in selection.warnings] == ["selector_parse_failed"]


class Careless:
    """A judge that returns anything, or raises."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    async def judge(
        self, question: str, passages: Sequence[Passage], *, answer_so_far: str = "", meter: Meter
    ) -> Verdict:
        del question, answer_so_far, meter
        self.seed += 1
        if self.seed % 5 == 0:
            raise RuntimeError("careless")
        places = [(self.seed * place) % (2 * len(passages)) - 2 for place in range(self.seed % 7)]
        return Verdict(members=places, answer="x" * (self.seed % 3), weight=self.seed % 4 - 1)


@pytest.mark.requirement("selection.repair")
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1_000), st.integers(1, 60), st.integers(1, 8))
async def test_no_judge_can_lose_or_invent_a_passage(seed: int, count: int, window: int) -> None:
    selection = await select(Careless(seed), count, window=window, carry=window // 2)
    parts = [*selection.members, *selection.rejected]
    assert sorted(part.index for part in parts) == list(range(count))


@pytest.mark.requirement("selection.deselection")
async def test_the_last_pass_is_more_precise_than_keeping_whatever_was_chosen() -> None:
    true = {f"p{n}": "" for n in (2, 17, 33, 48)}
    kept = union = hits = 0
    for seed in range(20):
        judge = SimulatedSelectionJudge(true, miss=0.05, false=0.08, seed=seed)
        selection = await select(judge, 60)
        kept += len(selection.ids)
        hits += len(set(selection.ids) & set(true))
        union += len({each.id for each in selection.rejected if each.reason == "dropped"}) + len(selection.ids)
    assert hits / kept > 0.75 > hits / union
    assert hits >= 0.85 * 4 * 20


@pytest.mark.parametrize("options", [{"window": 0}, {"carry": 20}, {"carry": -1}, {"patience": 0}, {"piece_tokens": 0}])
async def test_windows_that_make_no_sense_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(UsageError) as caught:
        SlidingSelector(Scripted(), **options)  # pyright: ignore[reportArgumentType]  # because that is the mistake
    assert caught.value.code == "bad_param"


def test_a_simulated_judge_errs_as_it_is_told() -> None:
    judge = SimulatedSelectionJudge({"p1": "x"}, miss=1.0, false=1.0)
    verdict = asyncio.run(judge.judge("q", notes(3), meter=Meter(budget=Budget())))
    assert list(verdict.members) == [0, 2]
