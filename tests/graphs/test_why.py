"""An answer carries each decision with its reasons, and what each role spent."""

from __future__ import annotations

import json

import pytest
from tests.graphs.conftest import Lab, Step

from questline.agents.contract import Context, Decision, PlannerView, Result, Work
from questline.agents.workflow_planner.workflow import Token, Workflow
from questline.graphs.adaptive_rag.preview import preview
from questline.graphs.adaptive_rag.serde import ValueSerializer
from questline.tools.models.cache_hits import counting, hit
from questline.types import Expected, Influence, Ledger, LedgerEntry, Usage, Why

ALPHA = "Who founded Alpha?"
COMPARE = "Which is older, Alpha or Beta?"
WEIGHED = (Influence(name="question word", value="who", change=0.2),)
TOLD = (Expected(choice="R,AG", f1=0.6, cost={"calls": 1.0}, high={"calls": 2.0}), Expected(choice="AG", open=False))


class Explains:
    """Runs R,AG, then answers; says why."""

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        del context
        if view.tried:
            return Decision(action="answer", decided_by="toy", reason="enough", rule="enough")
        workflow = Workflow.parse("R,AG")
        return Decision(workflow=workflow, decided_by="toy", reason="cheap", features=WEIGHED, expected=TOLD)


@pytest.mark.requirement("use.why")
async def test_each_decision_is_in_the_answer_with_what_it_rests_on(lab: Lab) -> None:
    lab.planner = Explains()  # pyright: ignore[reportAttributeAccessIssue]  # because it is another planner
    lab.answers[ALPHA] = "Ada"
    answer = await lab.ask(ALPHA)
    begun = Why(task="q1", choice="R,AG", decided_by="toy", reason="cheap", features=WEIGHED, expected=TOLD)
    assert answer.why == (
        begun,
        Why(task="q2", choice="answer", decided_by="toy", reason="enough", rule="enough"),
    )
    told = json.loads(json.dumps(answer.as_dict()))
    assert told["why"][0]["features"] == [{"name": "question word", "value": "who", "change": 0.2}]
    assert told["why"][0]["expected"][0]["cost"] == {"calls": 1.0}
    serializer = ValueSerializer()
    assert serializer.loads_typed(serializer.dumps_typed(answer)) == answer


@pytest.mark.requirement("use.why")
async def test_decisions_about_sub_questions_are_told_too(lab: Lab) -> None:
    lab.plans[COMPARE] = ["QDP"]
    lab.parts[COMPARE] = ["When was Alpha founded?", "When was Beta founded?"]
    lab.answers |= {"When was Alpha founded?": "1900", "When was Beta founded?": "1950", COMPARE: "Alpha"}
    answer = await lab.ask(COMPARE)
    told = {why.task: why.choice for why in answer.why}
    assert (told["q1"], told["s1"], told["s2"]) == ("QDP", "R,AG", "R,AG")


@pytest.mark.requirement("use.why")
async def test_a_preview_decides_and_runs_nothing(lab: Lab) -> None:
    lab.planner = Explains()  # pyright: ignore[reportAttributeAccessIssue]  # because it is another planner
    why, usage = await preview(lab.run(), ALPHA)
    assert (why.task, why.choice, why.expected) == ("q1", "R,AG", TOLD)
    assert usage.calls == 0
    assert lab.works == []


@pytest.mark.requirement("use.by-role")
def test_usage_is_added_up_by_role_and_all_of_it_is_the_total() -> None:
    steps = ("planner", "R", "AG", "planner", "R", "AS", "composer")
    entries = tuple(LedgerEntry(step=step, usage=Usage(calls=1, cache_hits=2, seconds=0.5)) for step in steps)
    by_role = Ledger(entries=entries).by_role
    assert {role: usage.calls for role, usage in by_role.items()} == {
        "planner": 2,
        "retrieve": 2,
        "generate": 1,
        "summarize": 1,
        "composer": 1,
    }
    assert sum(by_role.values(), Usage()) == Ledger(entries=entries).total


@pytest.mark.requirement("use.by-role")
async def test_planner_time_and_remembered_things_stand_in_the_step_that_had_them(lab: Lab) -> None:
    class Remembers:
        token: Token = "AG"

        async def run(self, work: Work, context: Context) -> Result:
            hit(3)
            return await plain.run(work, context)

    plain = lab.executors["AG"]
    lab.executors["AG"] = Remembers()
    lab.answers[ALPHA] = "Ada"
    lab.steps["R", ALPHA] = Step(seconds=0.01)
    by_role = (await lab.ask(ALPHA)).ledger.by_role
    assert {role: usage.cache_hits for role, usage in by_role.items()} == {"planner": 0, "retrieve": 0, "generate": 3}
    assert by_role["planner"].seconds > 0
    assert by_role["retrieve"].seconds > 0.009


@pytest.mark.requirement("use.by-role")
def test_hits_are_counted_where_somebody_counts() -> None:
    hit(5)
    with counting() as outer:
        hit(1)
        with counting() as inner:
            hit(2)
    assert (outer.count, inner.count) == (1, 2)
