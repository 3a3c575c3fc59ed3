"""Decomposition: waves of sub-questions, side by side where they can be."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.graphs.conftest import FakeLLM, Lab, Library, Step, passage

from questline.agents.contract import Draft, SubQuestion
from questline.agents.executors.parts import TROUBLE
from questline.errors import RunError
from questline.graphs.adaptive_rag.parts import fill, needs, ready, unreachable
from questline.graphs.adaptive_rag.state import PartResult
from questline.types import AnswerWarning, Citation, Passage

BRIDGE = "Where was the founder of Alpha born?"
COMPARE = "Which is older, Alpha or Beta?"


def bridge(lab: Lab) -> None:
    lab.plans[BRIDGE] = ["QDS"]
    lab.parts[BRIDGE] = ["Who founded Alpha?", "Where was #1 born?"]
    lab.answers |= {"Who founded Alpha?": "Ada", "Where was Ada born?": "Oslo", BRIDGE: "Oslo"}


def compare(lab: Lab) -> None:
    lab.plans[COMPARE] = ["QDP"]
    lab.parts[COMPARE] = ["When was Alpha founded?", "When was Beta founded?"]
    lab.answers |= {"When was Alpha founded?": "1900", "When was Beta founded?": "1950", COMPARE: "Alpha"}


@pytest.mark.requirement("graph.serial")
async def test_a_later_sub_question_asks_with_the_earlier_answer(lab: Lab) -> None:
    bridge(lab)
    answer = await lab.ask(BRIDGE)
    assert (answer.status, answer.short) == ("complete", "Oslo")
    assert lab.library.queries == ["Who founded Alpha?", "Where was Ada born?"]
    by_id = {task.id: task for task in answer.plan.tasks}
    assert list(by_id) == ["q1", "s1", "s2", "as"]
    assert by_id["s2"].intent == "Where was Ada born?"
    assert by_id["s2"].depends_on == ("q1", "s1")
    assert by_id["as"].depends_on == ("s1", "s2")
    assert [step.draft.short for step in lab.ran("AS")[0].sub_answers] == ["Ada", "Oslo"]
    assert lab.ran("AG")[1].original == BRIDGE
    assert lab.ran("QR") == []


@pytest.mark.requirement("graph.serial")
async def test_a_model_rewrites_each_dependent_step_with_the_earlier_answers(lab: Lab) -> None:
    bridge(lab)
    await lab.ask(BRIDGE, llm=FakeLLM("rewrite"))
    (rewrite,) = lab.ran("QR")
    assert rewrite.question == "Where was Ada born?"
    assert [step.draft.short for step in rewrite.sub_answers] == ["Ada"]
    assert lab.library.queries == ["Who founded Alpha?", "rewritten Where was Ada born?"]


@pytest.mark.requirement("graph.parallel")
async def test_independent_sub_questions_run_at_the_same_time(lab: Lab) -> None:
    compare(lab)
    for question in lab.parts[COMPARE]:
        lab.steps["AG", str(question)] = Step(seconds=0.2)
    answer = await lab.ask(COMPARE)
    assert lab.most_running == 2
    assert answer.short == "Alpha"
    assert answer.usage.seconds >= 0.4
    assert answer.ledger.wall_s < answer.usage.seconds
    assert answer.plan.edges == (("q1", "s1"), ("q1", "s2"), ("s1", "as"), ("s2", "as"))


@pytest.mark.requirement("graph.waves")
async def test_a_serial_split_without_references_runs_as_one_wave(lab: Lab) -> None:
    compare(lab)
    lab.plans[COMPARE] = ["QDS"]
    for question in lab.parts[COMPARE]:
        lab.steps["AG", str(question)] = Step(seconds=0.1)
    answer = await lab.ask(COMPARE, llm=FakeLLM("rewrite"))
    assert lab.most_running == 2
    assert lab.ran("QR") == []
    assert answer.status == "complete"


@pytest.mark.requirement("graph.waves")
async def test_a_diamond_runs_in_three_waves(lab: Lab) -> None:
    question = "Everything?"
    lab.plans[question] = ["QDS"]
    lab.parts[question] = ["One?", "Two after #1?", "Three after #1?", "Four after #2 and #3?"]
    lab.answers |= {
        "One?": "1",
        "Two after 1?": "2",
        "Three after 1?": "3",
        "Four after 2 and 3?": "4",
        question: "done",
    }
    lab.steps["AG", "Two after 1?"] = lab.steps["AG", "Three after 1?"] = Step(seconds=0.05)
    answer = await lab.ask(question)
    assert (answer.status, answer.short, lab.most_running) == ("complete", "done", 2)
    assert {task.id: task.depends_on for task in answer.plan.tasks}["s4"] == ("q1", "s2", "s3")


@pytest.mark.requirement("graph.evidence-once")
async def test_evidence_found_twice_is_listed_once(lab: Lab) -> None:
    compare(lab)
    answer = await lab.ask(COMPARE)
    ids = [evidence.id for evidence in answer.evidence]
    assert sorted(ids) == ["a", "ab", "b"]
    assert [citation.evidence_id for citation in answer.citations] == ids[:1]


@pytest.mark.requirement("graph.part-limits")
async def test_at_most_four_sub_questions_run_and_copies_are_dropped(lab: Lab) -> None:
    question = "Many?"
    lab.plans[question] = ["QDP"]
    lab.parts[question] = ["Many?", "A?", "a ?", "B?", "C?", "D?", "E?"]
    lab.answers |= {"A?": "1", "B?": "2", "C?": "3", "D?": "4", "E?": "5", "Many?": "all"}
    answer = await lab.ask(question)
    assert [task.intent for task in answer.plan.tasks if task.id.startswith("s")] == ["A?", "B?", "C?", "D?"]
    (split,) = [entry for entry in answer.ledger.entries if entry.step == "QDP"]
    assert split.detail == "A? | B? | C? | D?"
    (told,) = [warning for warning in answer.warnings if warning.code == "too_many_subquestions"]
    assert told == AnswerWarning(code=told.code, message=TROUBLE[told.code], step="QDP")
    assert [event.step for event in lab.events if event.text == f"{told.code}: {told.message}"] == ["QDP"]


@pytest.mark.requirement("graph.part-limits")
async def test_the_turns_left_can_allow_fewer_sub_questions(lab: Lab) -> None:
    question = "Many?"
    lab.plans[question] = ["R,AG", "QDP"]
    lab.parts[question] = ["A?", "B?", "C?", "D?"]
    lab.answers |= {"A?": "1", "B?": "2", "C?": "3", question: [Draft(abstained=True), "all"]}
    answer = await lab.ask(question)
    assert [task.intent for task in answer.plan.tasks if task.id.startswith("s")] == ["A?", "B?", "C?"]
    assert [warning.code for warning in answer.warnings].count("too_many_subquestions") == 1


@pytest.mark.requirement("graph.part-limits")
async def test_sub_questions_that_need_each_other_are_put_in_order(lab: Lab) -> None:
    question = "Circle?"
    lab.plans[question] = ["QDS"]
    lab.parts[question] = ["First of #2?", "Second of #1?"]
    lab.answers |= {"First of?": "x", "First of ?": "x", "Second of x?": "y", question: "y"}
    answer = await lab.ask(question)
    assert "cyclic_subquestions" in {warning.code for warning in answer.warnings}
    assert answer.status == "complete"


async def test_nothing_to_split_goes_back_to_the_planner(lab: Lab) -> None:
    lab.plans[BRIDGE] = ["QDS", "R,AG"]
    lab.answers[BRIDGE] = "Oslo"
    answer = await lab.ask(BRIDGE)
    assert [(task.id, task.status) for task in answer.plan.tasks] == [("q1", "abstained"), ("q2", "done")]
    assert answer.status == "complete"
    assert "nothing to split" in [entry.detail for entry in answer.ledger.entries if entry.step == "QDS"]


@pytest.mark.requirement("graph.partial")
async def test_a_part_without_an_answer_skips_what_needs_it_and_the_rest_goes_on(lab: Lab) -> None:
    question = "Three things?"
    lab.plans[question] = ["QDS"]
    lab.parts[question] = ["Who founded Alpha?", "Where was #1 born?", "When was Beta founded?"]
    lab.answers |= {"When was Beta founded?": "1950", question: "1950"}
    answer = await lab.ask(question)
    status = {task.id: task.status for task in answer.plan.tasks}
    assert status == {"q1": "done", "s1": "abstained", "s2": "skipped", "s3": "done", "as": "done"}
    assert (answer.status, answer.short) == ("partial", "1950")
    assert "sub_question_skipped" in {warning.code for warning in answer.warnings}


@pytest.mark.requirement("graph.partial")
async def test_a_failed_part_is_data_and_the_others_answer(lab: Lab) -> None:
    compare(lab)
    lab.steps["R", "When was Beta founded?"] = Step(error=RunError("gone", code="server_unavailable"))
    answer = await lab.ask(COMPARE)
    assert answer.status == "partial"
    assert {task.id: task.status for task in answer.plan.tasks}["s2"] == "failed"
    assert "server_unavailable" in {warning.code for warning in answer.warnings}


async def test_a_failed_part_is_an_error_in_strict_mode(lab: Lab) -> None:
    compare(lab)
    lab.steps["R", "When was Beta founded?"] = Step(error=RunError("gone", code="server_unavailable"))
    with pytest.raises(RunError, match="gone"):
        await lab.ask(COMPARE, strict=True)
    assert lab.running == 0


async def test_parts_are_shown_when_they_could_not_be_summed_up(lab: Lab) -> None:
    compare(lab)
    del lab.answers[COMPARE], lab.answers["When was Beta founded?"]
    answer = await lab.ask(COMPARE)
    assert (answer.status, answer.text, answer.short) == ("partial", "It is 1900.", "")
    assert answer.text[answer.citations[0].start : answer.citations[0].end] == "It is 1900."


async def test_joined_parts_keep_their_citations_in_place(lab: Lab) -> None:
    question = "Three things?"
    lab.plans[question] = ["QDP"]
    lab.parts[question] = ["Alpha?", "Beta?", "Gamma?"]
    lab.answers |= {"Alpha?": "one", "Beta?": "two"}
    answer = await lab.ask(question)
    assert answer.text == "It is one. It is two."
    cited = {citation.evidence_id: answer.text[citation.start : citation.end] for citation in answer.citations}
    assert cited == {"a": "It is one.", "b": "It is two."}


async def test_a_summary_that_abstains_on_complete_parts_is_an_abstention(lab: Lab) -> None:
    compare(lab)
    del lab.answers[COMPARE]
    answer = await lab.ask(COMPARE)
    assert answer.status == "abstained"


async def test_citations_of_unknown_evidence_are_dropped(lab: Lab) -> None:
    lab.answers["Who founded Alpha?"] = Draft(
        text="Ada.", short="Ada", citations=(Citation(start=0, end=4, evidence_id="made-up"),), confidence=0.9
    )
    answer = await lab.ask("Who founded Alpha?")
    assert answer.citations == ()


@pytest.mark.requirement("graph.max-turns")
async def test_turns_left_over_let_a_part_try_again(lab: Lab) -> None:
    compare(lab)
    lab.plans["When was Beta founded?"] = ["R,AG", "R,DS,AG", "AG"]
    lab.answers["When was Beta founded?"] = [Draft(abstained=True), "1950", "1951"]
    answer = await lab.ask(COMPARE)
    assert [task.id for task in answer.plan.tasks] == ["q1", "s1", "s2", "s2.2", "as"]
    assert {task.id: task.depends_on for task in answer.plan.tasks}["as"] == ("s1", "s2.2")
    assert answer.status == "complete"


@pytest.mark.requirement("graph.max-turns")
async def test_five_turns_hold_over_all_sub_questions(lab: Lab) -> None:
    compare(lab)
    lab.plans |= {part: ["R,AG", "R,DS,AG", "AG"] for part in map(str, lab.parts[COMPARE])}
    lab.plans[COMPARE] = ["QDP", "R,AG", "QDS"]
    lab.answers = {}
    answer = await lab.ask(COMPARE)
    assert sum("workflow" in task.arguments for task in answer.plan.tasks) == 5
    assert answer.status == "abstained"


async def test_a_second_split_numbers_its_parts_on(lab: Lab) -> None:
    lab.plans[COMPARE] = ["QDP", "QDS"]
    lab.parts[COMPARE] = ["Alpha?"]
    lab.answers |= {"Alpha?": [Draft(abstained=True), "one"], COMPARE: "two"}
    lab.plans["Alpha?"] = ["R,AG", "answer"]
    answer = await lab.ask(COMPARE)
    assert [task.id for task in answer.plan.tasks] == ["q1", "s1", "q2", "s2", "as2"]
    assert answer.status == "complete"


def part(number: int, status: str, short: str = "") -> PartResult:
    draft = Draft(text=f"It is {short}.", short=short) if short else None
    return PartResult(number=number, question="", task=f"s{number}", status=status, draft=draft)  # pyright: ignore[reportArgumentType]  # because the tests write plain words


def test_needs_are_what_was_declared_and_no_number_of_the_users_own() -> None:
    assert needs(SubQuestion(text="Where was #1 born, and issue #12?", depends_on=(1,))) == {1}


def test_losses_travel_along_references() -> None:
    parts = [
        SubQuestion(text="a"),
        SubQuestion(text="b of #1", depends_on=(1,)),
        SubQuestion(text="c of #2", depends_on=(2,)),
        SubQuestion(text="d"),
    ]
    assert unreachable(parts, [part(1, "abstained")]) == (2, 3)
    assert ready(parts, [part(1, "abstained")]) == (4,)
    assert ready(parts, [part(1, "done", "x")]) == (2, 4)


def test_filling_leaves_unknown_references_alone() -> None:
    assert fill("#1 and #2 and #10", [part(1, "done", "x")]) == "x and #2 and #10"
    assert fill("issue #1 or #2", [part(1, "done", "x"), part(2, "done", "y")], own={1}) == "issue #1 or y"


@pytest.mark.requirement("graphs.own-numbers")
async def test_issue_numbers_of_the_question_are_searched_for_as_they_are_written(lab: Lab) -> None:
    question = "Which issue is older, issue #2 or issue #1?"
    parts = ["When was issue #2 opened?", "When was issue #1 opened?"]
    lab.library.passages |= {"issue #1": [passage("one", "One.")], "issue #2": [passage("two", "Two.")]}
    lab.plans[question] = ["QDP"]
    lab.parts[question] = parts
    lab.answers |= {parts[0]: "2019", parts[1]: "2021", question: "issue #2"}
    answer = await lab.ask(question)
    assert sorted(lab.library.queries) == sorted(parts)
    assert answer.status == "complete"


async def test_a_split_that_fails_is_an_error_when_nothing_else_was_found(lab: Lab) -> None:
    lab.plans[COMPARE] = ["QDP"]
    lab.steps["QDP", COMPARE] = Step(error=RunError("gone", code="backend_unavailable"))
    with pytest.raises(RunError, match="gone"):
        await lab.ask(COMPARE)


async def test_a_split_that_fails_later_leaves_the_draft_standing(lab: Lab) -> None:
    lab.plans[COMPARE] = ["R,AG", "QDP"]
    lab.answers[COMPARE] = "Alpha"
    lab.steps["QDP", COMPARE] = Step(error=RunError("gone", code="backend_unavailable"))
    answer = await lab.ask(COMPARE)
    assert (answer.status, answer.short) == ("complete", "Alpha")
    assert {task.id: task.status for task in answer.plan.tasks} == {"q1": "done", "q2": "failed"}
    assert "backend_unavailable" in {warning.code for warning in answer.warnings}


async def test_a_part_that_the_planner_gives_up_is_abstained(lab: Lab) -> None:
    compare(lab)
    lab.plans["When was Beta founded?"] = ["abstain"]
    answer = await lab.ask(COMPARE)
    assert {task.id: task.status for task in answer.plan.tasks}["s2"] == "skipped"
    assert answer.status == "partial"


@pytest.mark.requirement("graph.partial")
async def test_a_part_whose_search_breaks_leaves_the_other_part(lab: Lab) -> None:
    question = "Which is older, Alpha or Beta?"
    lab.plans[question] = ["QDP"]
    lab.parts[question] = ["When was Alpha founded?", "When was Beta founded?"]
    lab.answers |= {"When was Alpha founded?": "1900", question: "Alpha"}
    lab.steps["R", "When was Beta founded?"] = Step(error=ConnectionError("the search server is gone"))
    answer = await lab.ask(question)
    assert (answer.status, answer.short) == ("partial", "Alpha")
    assert ("run_failed", "R") in {(warning.code, warning.step) for warning in answer.warnings}
    with pytest.raises(RunError) as caught:
        await lab.ask(question, strict=True)
    assert isinstance(caught.value.__cause__, ConnectionError)


@pytest.mark.requirement("graph.partial")
async def test_a_second_search_that_breaks_leaves_the_first_draft(lab: Lab) -> None:
    class Breaks(Library):
        async def search(self, query: str, *, k: int, filters: object = None) -> Sequence[Passage]:
            if self.queries:
                raise ConnectionError("the search server is gone")
            return await super().search(query, k=k, filters=filters)

    lab.library = Breaks(lab.library.passages)
    lab.plans["Who founded Alpha?"] = ["R,AG", "QR,R,AG"]
    lab.answers["Who founded Alpha?"] = "Ada"
    answer = await lab.ask("Who founded Alpha?")
    assert answer.short == "Ada"
    assert {task.id: task.status for task in answer.plan.tasks} == {"q1": "done", "q2": "failed"}


@pytest.mark.requirement("graph.partial")
async def test_a_chain_that_fails_on_a_hop_leaves_its_open_part_partial_and_says_so(lab: Lab) -> None:
    bridge(lab)
    lab.plans[BRIDGE] = ["R,AG", "QDS"]
    del lab.answers["Where was Ada born?"]
    weak = Draft(text="Ada founded Alpha.", short="Ada", confidence=0.2, citations=_cited("Ada founded Alpha.", "a"))
    lab.answers[BRIDGE] = [weak, Draft(abstained=True)]
    answer = await lab.ask(BRIDGE)
    assert (answer.status, answer.short) == ("partial", "Ada")
    assert "open_part" in {warning.code for warning in answer.warnings}


@pytest.mark.requirement("graph.partial")
async def test_what_is_found_surely_after_a_failed_chain_is_complete(lab: Lab) -> None:
    bridge(lab)
    lab.plans[BRIDGE] = ["QDS", "R,AG"]
    del lab.answers["Where was Ada born?"]
    sure = Draft(text="Oslo it was.", short="Oslo", confidence=0.8, citations=_cited("Oslo it was.", "a"))
    lab.answers[BRIDGE] = [Draft(abstained=True), sure]
    answer = await lab.ask(BRIDGE)
    assert (answer.status, answer.short) == ("complete", "Oslo")
    assert "open_part" not in {warning.code for warning in answer.warnings}


def _cited(text: str, passage: str) -> tuple[Citation, ...]:
    return (Citation(start=0, end=len(text), evidence_id=passage),)
