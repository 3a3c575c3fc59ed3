"""The turn loop: plan, run, look again."""

from __future__ import annotations

import pytest
from tests.graphs.conftest import Lab, Step

from questline.agents.contract import Draft, SubQuestion
from questline.errors import ModelError, RunError, UsageError
from questline.types import Citation, Message


@pytest.mark.requirement("graph.turn-loop")
async def test_one_search_answers_with_citations_plan_and_ledger(lab: Lab) -> None:
    lab.answers["Who founded Alpha?"] = "Ada"
    answer = await lab.ask("Who founded Alpha?")
    assert (answer.status, answer.short, answer.text) == ("complete", "Ada", "It is Ada.")
    assert [evidence.id for evidence in answer.evidence] == ["a", "ab"]
    assert [citation.evidence_id for citation in answer.citations] == ["a"]
    (task,) = answer.plan.tasks
    assert (task.id, task.arguments, task.status, task.result) == ("q1", {"workflow": "R,AG"}, "done", "Ada")
    assert [(entry.step, entry.task) for entry in answer.ledger.entries] == [
        ("planner", "q1"),
        ("R", "q1"),
        ("AG", "q1"),
        ("planner", "q2"),
    ]
    assert answer.usage.retrievals == 1
    assert answer.ledger.wall_s >= answer.ledger.entries[-1].started_s > 0


@pytest.mark.requirement("graph.planner-sees-evidence")
async def test_planner_sees_draft_and_evidence_and_may_escalate(lab: Lab) -> None:
    lab.plans["Who founded Alpha?"] = ["R,AG", "QR,R,DS,AG"]
    answer = await lab.ask("Who founded Alpha?")
    first, second, third = lab.planner.views
    assert (first.turn, first.passages, first.draft) == (1, (), None)
    assert second.draft == Draft(abstained=True)
    assert [p.id for p in second.passages] == ["a", "ab"]
    assert [str(workflow) for workflow in third.tried] == ["R,AG", "QR,R,DS,AG"]
    assert lab.library.queries == ["Who founded Alpha?", "rewritten Who founded Alpha?"]
    assert [task.id for task in answer.plan.tasks] == ["q1", "q2"]
    assert answer.plan.edges == (("q1", "q2"),)
    assert answer.status == "abstained"
    assert answer.short == ""


@pytest.mark.requirement("graph.max-turns")
async def test_a_planner_that_never_stops_is_stopped_after_five_turns(lab: Lab) -> None:
    lab.plans["Who founded Alpha?"] = ["AG", "R,AG", "R,DS,AG", "QR,R,AG", "QR,R,DS,AG", "QR,AG", "R,AG"]
    answer = await lab.ask("Who founded Alpha?")
    assert len(answer.plan.tasks) == 5
    assert answer.status == "abstained"


async def test_a_workflow_is_not_run_twice(lab: Lab) -> None:
    lab.plans["Who founded Alpha?"] = ["R,AG", "R,AG", "R,AG"]
    answer = await lab.ask("Who founded Alpha?")
    assert len(lab.ran("AG")) == 1
    assert answer.status == "abstained"


async def test_the_surer_draft_is_kept_when_a_later_turn_finds_less(lab: Lab) -> None:
    lab.plans["Who founded Alpha?"] = ["R,AG", "R,DS,AG"]
    lab.answers["Who founded Alpha?"] = [
        Draft(text="It is Ada.", short="Ada", confidence=0.6, citations=(Citation(start=0, end=10, evidence_id="a"),)),
        Draft(abstained=True),
    ]
    answer = await lab.ask("Who founded Alpha?")
    assert (answer.short, answer.status, answer.confidence) == ("Ada", "complete", 0.6)


async def test_a_planner_that_gives_up_makes_an_abstention_even_with_a_draft(lab: Lab) -> None:
    lab.answers["Who founded Alpha?"] = "Ada"
    lab.plans["Who founded Alpha?"] = ["R,AG", "abstain"]
    answer = await lab.ask("Who founded Alpha?")
    assert (answer.status, answer.short, answer.citations) == ("abstained", "", ())
    assert answer.text


async def test_a_failing_planner_falls_back_to_a_plain_plan_and_says_so(lab: Lab) -> None:
    lab.answers["Who founded Alpha?"] = "Ada"
    lab.plans["Who founded Alpha?"] = ["raise"]
    lab.planner_error = ModelError("no planner", code="bad_model_output")
    answer = await lab.ask("Who founded Alpha?")
    assert answer.plan.tasks[0].decided_by == "fallback"
    assert answer.plan.tasks[0].arguments == {"workflow": "R,DS,AG"}
    assert "bad_model_output" in {warning.code for warning in answer.warnings}
    assert answer.short == "Ada"


@pytest.mark.parametrize("error", [ModelError("gone"), RunError("gone", code="tool_timeout")])
async def test_strict_mode_lets_no_failure_through(lab: Lab, error: RunError) -> None:
    lab.plans["Who founded Alpha?"] = ["raise"]
    lab.planner_error = error
    with pytest.raises(type(error)) as caught:
        await lab.ask("Who founded Alpha?", strict=True)
    assert caught.value.code == error.code


async def test_a_dead_index_is_an_error_when_nothing_else_was_found(lab: Lab) -> None:
    lab.steps["R", "Who founded Alpha?"] = Step(error=RunError("gone", code="damaged_index"))
    with pytest.raises(RunError) as caught:
        await lab.ask("Who founded Alpha?")
    assert caught.value.code == "damaged_index"


async def test_an_unexpected_exception_becomes_a_run_error_that_names_the_step(lab: Lab) -> None:
    lab.steps["R", "Who founded Alpha?"] = Step(error=ValueError("a bug"))
    with pytest.raises(RunError) as caught:
        await lab.ask("Who founded Alpha?")
    assert (caught.value.code, caught.value.fields["step"]) == ("run_failed", "R")
    assert isinstance(caught.value.__cause__, ValueError)


async def test_what_is_the_callers_to_fix_passes_unchanged(lab: Lab) -> None:
    lab.steps["R", "Who founded Alpha?"] = Step(error=UsageError("no index", code="no_index"))
    with pytest.raises(UsageError) as caught:
        await lab.ask("Who founded Alpha?")
    assert caught.value.code == "no_index"


@pytest.mark.requirement("graph.condense")
async def test_earlier_messages_become_part_of_a_standalone_question(lab: Lab) -> None:
    history = (Message(role="user", content="Who founded Alpha?"), Message(role="assistant", content="Ada."))
    answer = await lab.ask("And where was she born?", history=history)
    assert answer.ledger.entries[0].step == "condense"
    assert answer.question == "And where was she born?"
    assert answer.standalone_question == lab.ran("R")[0].question
    assert "Ada" in answer.standalone_question or "Alpha" in answer.standalone_question


async def test_a_decomposition_below_the_top_runs_the_fallback_with_a_warning(lab: Lab) -> None:
    lab.plans |= {"Both?": ["QDP"], "Who founded Alpha?": ["QDS"]}
    lab.parts["Both?"] = ["Who founded Alpha?", SubQuestion(text="When was Beta founded?")]
    lab.answers |= {"Who founded Alpha?": "Ada", "When was Beta founded?": "1950", "Both?": "Ada, 1950"}
    answer = await lab.ask("Both?")
    assert "plan_fallback" in {warning.code for warning in answer.warnings}
    by_id = {task.id: task for task in answer.plan.tasks}
    assert by_id["s1"].arguments == {"workflow": "R,DS,AG"}
    assert by_id["s1"].decided_by == "fallback"


@pytest.mark.requirement("graphs.unsupported-answer")
async def test_an_answer_that_cites_nothing_of_what_was_found_is_partial_and_says_so(lab: Lab) -> None:
    lab.answers["Who founded Alpha?"] = Draft(text="It is Ada.", short="Ada", confidence=0.1)
    answer = await lab.ask("Who founded Alpha?")
    assert (answer.status, answer.text, answer.citations) == ("partial", "It is Ada.", ())
    assert "unsupported_answer" in [warning.code for warning in answer.warnings]
