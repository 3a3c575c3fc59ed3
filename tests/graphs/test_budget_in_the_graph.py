"""A budget that ends is no error: the answer is made of what exists, and says which limit ended the run."""

from __future__ import annotations

import asyncio

import pytest
from tests.graphs.conftest import FakeLLM, Lab, Step

from questline.agents.contract import Context, Result, Work
from questline.agents.workflow_planner.workflow import Token
from questline.errors import BudgetExceeded, ModelError, RunError
from questline.types import AnswerWarning, Usage

ALPHA = "Who founded Alpha?"
COMPARE = "Which is older, Alpha or Beta?"


def exhausted(warnings: tuple[AnswerWarning, ...]) -> str:
    (message,) = [warning.message for warning in warnings if warning.code == "budget_exhausted"]
    return message


@pytest.mark.requirement("budget.below-cheapest")
async def test_a_budget_below_the_cheapest_plan_is_an_answer_and_no_exception(lab: Lab) -> None:
    answer = await lab.ask(ALPHA, "seconds=0.000001")
    assert (answer.status, answer.short, answer.citations) == ("budget_exhausted", "", ())
    assert "seconds" in exhausted(answer.warnings)
    assert lab.works == []


@pytest.mark.requirement("budget.stall")
async def test_a_stalled_step_is_cancelled_and_what_was_found_is_read_without_a_model(lab: Lab) -> None:
    stalled = asyncio.Event()

    class Stalls:
        token: Token = "AG"

        async def run(self, work: Work, context: Context) -> Result:
            if context.llm is not None:
                try:
                    await asyncio.sleep(60)
                finally:
                    stalled.set()
            return await fast.run(work, context)

    fast = lab.executors["AG"]
    lab.executors["AG"] = Stalls()
    lab.answers[ALPHA] = "Ada"
    lab.clock = lambda: 0.0  # however slow the machine, only the time-out of the step that stalls can end it
    answer = await lab.ask(ALPHA, "seconds=0.5", llm=FakeLLM("generate"))
    assert stalled.is_set()
    assert (answer.status, answer.short) == ("budget_exhausted", "Ada")
    assert "seconds" in exhausted(answer.warnings)
    assert answer.ledger.wall_s < 10
    assert answer.ledger.entries[-1].degraded
    assert [evidence.id for evidence in answer.evidence] == ["a", "ab"]


async def test_strict_mode_lets_no_other_backend_save_the_answer(lab: Lab) -> None:
    lab.answers[ALPHA] = "Ada"
    lab.steps["AG", ALPHA] = Step(error=BudgetExceeded("no calls left", limit="calls"))
    answer = await lab.ask(ALPHA, llm=FakeLLM("generate"), strict=True)
    assert (answer.status, answer.short) == ("budget_exhausted", "")
    assert "calls" in exhausted(answer.warnings)


@pytest.mark.requirement("budget.partial")
async def test_a_draft_stands_as_partial_when_the_budget_ends_before_the_next_turn(lab: Lab) -> None:
    lab.plans[ALPHA] = ["R,AG", "R,DS,AG"]
    lab.answers[ALPHA] = "Ada"
    lab.steps["AG", ALPHA] = Step(cost=Usage(calls=1))
    answer = await lab.ask(ALPHA, "calls=1", llm=FakeLLM("generate", "select"))
    assert (answer.status, answer.short) == ("partial", "Ada")
    assert "calls" in exhausted(answer.warnings)
    assert {task.id: task.status for task in answer.plan.tasks} == {"q1": "done", "q2": "skipped"}


@pytest.mark.requirement("budget.partial")
async def test_answered_parts_are_summed_up_without_a_model_when_no_call_is_left(lab: Lab) -> None:
    lab.plans[COMPARE] = ["QDS"]
    lab.parts[COMPARE] = ["When was Alpha founded?", "What is older than #1?"]
    lab.answers |= {"When was Alpha founded?": "1900", COMPARE: "Alpha"}
    lab.steps["AG", "When was Alpha founded?"] = Step(cost=Usage(calls=1))
    answer = await lab.ask(COMPARE, "calls=1", llm=FakeLLM("generate", "summarize"))
    assert (answer.status, answer.short) == ("partial", "Alpha")
    assert {task.id: task.status for task in answer.plan.tasks} == {
        "q1": "done",
        "s1": "done",
        "s2": "skipped",
        "as": "done",
    }


@pytest.mark.requirement("budget.stall")
async def test_a_stalled_part_is_cancelled_and_the_other_part_is_shown(lab: Lab) -> None:
    lab.plans[COMPARE] = ["QDP"]
    lab.parts[COMPARE] = ["When was Alpha founded?", "When was Beta founded?"]
    lab.answers |= {"When was Alpha founded?": "1900", COMPARE: "Alpha"}
    lab.steps["AG", "When was Beta founded?"] = Step(seconds=60)
    lab.clock = lambda: 0.0
    answer = await lab.ask(COMPARE, "seconds=0.4")
    assert (answer.status, answer.short) == ("partial", "Alpha")
    assert answer.ledger.wall_s < 10
    assert lab.running == 0


@pytest.mark.requirement("ledger.unfinished")
async def test_what_a_cancelled_step_had_spent_is_in_the_ledger(lab: Lab) -> None:
    lab.steps["AG", ALPHA] = Step(seconds=60, cost=Usage(calls=2, tokens_in=70, usd=0.5))
    lab.clock = lambda: 0.0
    answer = await lab.ask(ALPHA, "seconds=0.3", llm=FakeLLM("generate"), strict=True)
    assert (answer.usage.calls, answer.usage.tokens_in, answer.usage.usd) == (2, 70, 0.5)
    assert answer.ledger.entries[-1].step == "unfinished"


@pytest.mark.requirement("ledger.unfinished")
async def test_failed_attempts_are_in_the_ledger(lab: Lab) -> None:
    error = ModelError("gone")
    error.usage = Usage(calls=3, tokens_in=30)
    lab.plans[COMPARE] = ["QDP"]
    lab.parts[COMPARE] = ["When was Alpha founded?", "When was Beta founded?"]
    lab.answers |= {"When was Alpha founded?": "1900", COMPARE: "Alpha"}
    lab.steps["AG", "When was Beta founded?"] = Step(error=error, cost=error.usage)
    answer = await lab.ask(COMPARE)
    (entry,) = [entry for entry in answer.ledger.entries if entry.task == "s2" and entry.step == "AG"]
    assert (entry.usage.calls, entry.detail) == (3, "failed: backend_unavailable")
    assert answer.usage.calls == 3


async def test_a_step_that_spends_money_stops_the_next_one(lab: Lab) -> None:
    lab.plans[ALPHA] = ["QR,R,AG"]
    lab.steps["QR", ALPHA] = Step(cost=Usage(calls=1, usd=0.02))
    answer = await lab.ask(ALPHA, "usd=0.01", llm=FakeLLM("rewrite", "generate"))
    assert "usd" in exhausted(answer.warnings)
    assert [token for token, _ in lab.works] == ["QR", "R", "AG"]  # the last one without a model
    assert answer.status == "budget_exhausted"


async def test_a_budget_that_ends_in_the_split_leaves_an_honest_nothing(lab: Lab) -> None:
    lab.plans[COMPARE] = ["QDP"]
    error = BudgetExceeded("no tokens left", limit="tokens")
    error.usage = Usage(calls=1, tokens_in=40)
    lab.steps["QDP", COMPARE] = Step(error=error, cost=error.usage)
    answer = await lab.ask(COMPARE, llm=FakeLLM("decompose"))
    assert (answer.status, answer.usage.tokens_in) == ("budget_exhausted", 40)
    assert "tokens" in exhausted(answer.warnings)
    assert [task.status for task in answer.plan.tasks] == ["skipped"]


async def test_a_budget_that_ends_in_the_summary_shows_the_parts(lab: Lab) -> None:
    lab.plans[COMPARE] = ["QDP"]
    lab.parts[COMPARE] = ["When was Alpha founded?", "When was Beta founded?"]
    lab.answers |= {"When was Alpha founded?": "1900", "When was Beta founded?": "1950"}
    lab.steps["AS", COMPARE] = Step(error=BudgetExceeded("no calls left", limit="calls"))
    answer = await lab.ask(COMPARE, llm=FakeLLM("summarize"), strict=False)
    assert (answer.status, answer.text) == ("partial", "It is 1900. It is 1950.")
    assert "calls" in exhausted(answer.warnings)


async def test_a_planner_without_budget_left_keeps_the_draft(lab: Lab) -> None:
    lab.plans[ALPHA] = ["R,AG", "raise"]
    lab.planner_error = BudgetExceeded("no calls left", limit="calls")
    lab.answers[ALPHA] = "Ada"
    answer = await lab.ask(ALPHA)
    assert (answer.status, answer.short) == ("partial", "Ada")


async def test_a_time_out_of_a_steps_own_is_no_end_of_the_budget(lab: Lab) -> None:
    lab.steps["R", ALPHA] = Step(error=TimeoutError("the retriever's own"))
    with pytest.raises(RunError) as caught:
        await lab.ask(ALPHA, "seconds=30")
    assert caught.value.code == "run_failed"


@pytest.mark.requirement("budget.partial")
@pytest.mark.parametrize("workflow", ["QR,R,AG", "QDS"])
async def test_a_first_step_that_the_budget_has_no_call_for_leaves_an_answer_without_a_model(
    lab: Lab, workflow: str
) -> None:
    lab.plans[ALPHA] = [workflow]
    lab.answers[ALPHA] = "Ada"
    for token in ("QR", "QDS"):
        lab.steps[token, ALPHA] = Step(error=BudgetExceeded("no tokens left", limit="tokens"))
    answer = await lab.ask(ALPHA, "tokens=100", llm=FakeLLM("rewrite", "decompose", "generate"))
    assert (answer.status, answer.short) == ("budget_exhausted", "Ada")
    assert "tokens" in exhausted(answer.warnings)
    assert [evidence.id for evidence in answer.evidence] == ["a", "ab"]
    assert [entry.step for entry in answer.ledger.entries][-2:] == ["R", "AG"]
