"""In whatever way a plan is made: what may change something is in it for a request alone."""

from __future__ import annotations

import asyncio

import pytest

from questline.agents.contract import Context
from questline.agents.intents import split
from questline.agents.tool_planner.contract import Candidate, Planned
from questline.agents.tool_planner.embedded import EmbeddedPlanner
from questline.agents.tool_planner.llm import LLMPlanner
from questline.budget import Budget, Meter
from questline.testing import ScriptedLLM
from questline.tools.models.gateway import Gateway

from .shelf import TEXT, calls, plan, tool
from .test_llm import line
from .test_requests import COSTUME, REST

pytestmark = pytest.mark.requirement("mends.deeds")
TAKEN = tool(
    "wardrobe", "who_reserved", "Who has reserved a costume on a day.",
    {"costume": TEXT, "day": {**TEXT, "description": "Day, YYYY-MM-DD"}}, read_only=True,
)  # fmt: skip
SEATS = tool("hall", "seats", "", {"day": {**TEXT, "description": "Day, YYYY-MM-DD"}})
CLEAN = tool("hall", "clean_hall", "Cleans the hall on a day.", {"day": {**TEXT, "description": "Day, YYYY-MM-DD"}})
SHELF = [Candidate(tool=each, score=0.5, about="The theatre's wardrobe") for each in (COSTUME, TAKEN)]


def test_a_request_is_planned() -> None:
    """By rules alone a costume and a player are not told apart: what is lacking is asked for."""
    told = plan(f"Reserve {REST}.", SHELF)
    assert not told.plan.tasks
    assert [(each.code, each.tool) for each in told.unserved] == [("needs_input", "reserve_costume")]
    seats = [Candidate(tool=CLEAN, score=0.5, about="")]
    assert calls(plan("Clean the hall on 2031-02-03, please.", seats)) == [("hall", "clean_hall")]


@pytest.mark.parametrize("approve", [False, True])
@pytest.mark.parametrize(
    ("question", "code"),
    [
        (f"Do not reserve {REST}.", "not_requested"),
        (f"Reserve {REST} if it is clean.", "not_requested"),
        (f"Should I reserve {REST}?", ""),
        (f"How do I reserve {REST}?", ""),
        (f"I wonder who will reserve {REST}.", ""),
    ],
)
def test_nothing_else_is(question: str, code: str, approve: bool) -> None:
    told = plan(question, SHELF, approve=approve)
    assert ("wardrobe", "reserve_costume") not in calls(told)
    if code:
        assert [each.code for each in told.unserved] == [code]
        assert told.unserved[0].tool == "reserve_costume"


def test_a_new_plan_for_what_failed_keeps_to_it() -> None:
    question = f"Who has reserved {REST}?"
    first = plan(question, SHELF)
    assert calls(first) == [("wardrobe", "who_reserved")]
    planner = EmbeddedPlanner(reader=None, encoder=None)
    new = asyncio.run(
        planner.replan(
            first.plan.tasks[0], "tool_failed", question=question, intents=split(question), candidates=[SHELF],
            planned=first, deadline_s=20.0, approve=True,
        )
    )  # fmt: skip
    assert all(task.tool != "reserve_costume" for task in new or ())


@pytest.mark.requirement("mends.telling")
def test_an_approval_opens_a_tool_that_says_nothing_of_itself_to_a_question() -> None:
    shelf = [Candidate(tool=SEATS, score=0.5, about="Seats of the hall")]
    question = "Which seats on 2031-02-03?"
    closed = plan(question, shelf)
    assert (calls(closed), [each.code for each in closed.unserved]) == ([], ["not_requested"])
    assert calls(plan(question, shelf, approve=True)) == [("hall", "seats")]


@pytest.mark.parametrize(
    ("question", "approve", "planned"),
    [
        (f"Reserve {REST}.", False, True),
        (f"Should I reserve {REST}?", False, False),
        (f"Never reserve {REST}.", False, False),
        (f"Should I reserve {REST}?", True, True),
    ],
)
async def test_a_models_plan_needs_an_approval_where_nothing_was_asked_for(
    question: str, approve: bool, planned: bool
) -> None:
    given = {"costume": "dragon", "day": "2031-02-03", "player": "Ines"}
    text = line({"id": "T1", "needs": [1], "server": "wardrobe", "tool": "reserve_costume", "args": given})
    with ScriptedLLM(text) as server:
        gateway = Gateway.build(model="scripted", base_url=server.base_url, retries=1, first_wait_s=0.001)
        planner = LLMPlanner(Context(meter=Meter(Budget()), llm=gateway), EmbeddedPlanner(reader=None, encoder=None))
        stream = planner.stream(question, split(question), [SHELF], deadline_s=30.0, approve=approve)
        found = [each async for each in stream]
    assert isinstance(found[-1], Planned)
    assert [task.tool for task in found[-1].plan.tasks] == ["reserve_costume"] * planned
    assert len(found) == 1 + planned
    assert [each.code for each in found[-1].unserved] == ["not_requested"] * (not planned)


@pytest.mark.requirement("mends.echoes")
def test_what_another_tool_is_about_fills_no_free_argument() -> None:
    ferry = tool(
        "pier", "next_ferry", "Departures of the ferry on a day.", {"day": {**TEXT, "description": "Day, YYYY-MM-DD"}},
        read_only=True,
    )  # fmt: skip
    shelf = [Candidate(tool=each, score=0.5, about="") for each in (ferry, TAKEN)]
    told = plan("When is the next ferry on 2031-02-03?", shelf, excluded=frozenset({("pier", "next_ferry")}))
    assert calls(told) == []
