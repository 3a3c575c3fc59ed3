"""A day that a question describes, or counts from today, reaches a tool that cannot do without one."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest

from questline.agents.composer.contract import Missing
from questline.agents.composer.notes import note_of
from questline.agents.intents import split
from questline.agents.tool_planner.contract import Candidate
from questline.agents.tool_planner.embedded import EmbeddedPlanner

from .shelf import TEXT, calls, own_servers, plan, tool

DAY = {**TEXT, "description": "Day, YYYY-MM-DD"}
MENU = tool("canteen", "menu", "Menu of the canteen on a day.", {"day": DAY}, read_only=True)
CLOSE = tool("canteen", "close_canteen", "Closes the canteen on a day.", {"day": DAY})
SHELF = [Candidate(tool=each, score=0.5, about="The canteen") for each in (MENU, CLOSE)]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> list[Candidate]:
    folder: Path = tmp_path_factory.mktemp("shelf")
    return [*SHELF, *(each for each in own_servers(folder) if each.tool.server == "documents")]


@pytest.mark.requirement("mends.described-day")
@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What is on the menu of the canteen on the day the harvest begins?", "When does the harvest begin?"),
        ("What is the canteen's menu on the first day of the harvest?", "When does the harvest start?"),
        ("What is the menu of the canteen on the last day of the book weeks?", "When do the book weeks end?"),
    ],
)
def test_a_described_day_is_asked_for_first(shelf: list[Candidate], question: str, asked: str) -> None:
    told = plan(question, shelf)
    assert calls(told) == [("documents", "answer"), ("canteen", "menu")]
    first, second = told.plan.tasks
    assert first.arguments["question"] == asked
    assert second.depends_on == (first.id,)


@pytest.mark.requirement("mends.described-day")
def test_no_deed_rests_on_a_day_that_was_read_somewhere(shelf: list[Candidate]) -> None:
    told = plan("Close the canteen on the first day of the harvest.", shelf)
    assert calls(told) == []
    assert [(each.code, each.fields, each.wanted) for each in told.unserved] == [
        ("needs_input", ("day",), ("Day, YYYY-MM-DD",))
    ]


@pytest.mark.requirement("mends.described-day")
@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("What is on the canteen's menu tomorrow?", "2031-03-01"),
        ("What is on the canteen's menu today?", "2031-02-28"),
        ("What is on the canteen's menu on 5 May 2031?", "2031-05-05"),
    ],
)
def test_tomorrow_is_a_day(question: str, day: str) -> None:
    planner = EmbeddedPlanner(reader=None, encoder=None, today=lambda: date(2031, 2, 28))
    told = asyncio.run(planner.plan(question, split(question), [SHELF], deadline_s=20.0))
    assert [(task.tool, task.arguments) for task in told.plan.tasks] == [("menu", {"day": day})]


@pytest.mark.requirement("mends.told-how")
def test_what_is_lacking_is_told_in_the_tools_words() -> None:
    missing = Missing(
        intent=0, text="The menu?", code="needs_input", fields=("day",), wanted=("Day, YYYY-MM-DD. Never a week.",)
    )
    assert note_of(missing, chinese=False) == "To answer “The menu?”, please say: “day” (Day, YYYY-MM-DD)."
    assert "“day”（Day, YYYY-MM-DD）" in note_of(missing, chinese=True)


@pytest.mark.requirement("mends.told-how")
@pytest.mark.parametrize("chinese", [False, True])
def test_who_is_asked_for_an_approval_is_told_how_to_give_it(chinese: bool) -> None:
    told = note_of(Missing(intent=0, text="Close it.", code="destructive"), chinese=chinese)
    assert "--approve" in told
    assert "approve=True" in told


@pytest.mark.requirement("mends.told-how")
def test_a_verb_that_a_tool_has_is_never_said_to_be_none() -> None:
    planner = EmbeddedPlanner(reader=None, encoder=None)
    question = "Close the canteen for all of us during the week of the great spring fair."
    told = asyncio.run(planner.plan(question, split(question), [SHELF], deadline_s=20.0))
    assert [(each.code, each.tool, each.fields) for each in told.unserved] == [
        ("needs_input", "close_canteen", ("day",))
    ]
