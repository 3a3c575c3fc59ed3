"""What a tool lacks and there was no time to read is no question to the asker."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from questline.agents.intents import split
from questline.agents.tool_planner.contract import Candidate
from questline.agents.tool_planner.embedded import EmbeddedPlanner
from questline.tools.slot_filling.choosing import Judge

from .shelf import SHOP, own_servers


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> list[Candidate]:
    return own_servers(tmp_path_factory.mktemp("shelf"))


QUESTION = "What is the weather forecast?"


@pytest.mark.requirement("tura.probing.late")
@pytest.mark.parametrize(
    ("reads", "seconds", "code"),
    [(True, 1e-9, "deadline_reached"), (False, 1e-9, "needs_input"), (False, 20.0, "needs_input")],
)
async def test_needs_input_is_not_told_where_only_time_lacked(reads: bool, seconds: float, code: str) -> None:
    reader = cast("Judge", object()) if reads else None  # it is never asked, as no time is left
    shelf = [Candidate(tool=tool, score=0.5, about=tool.server) for tool in SHOP if tool.server == "weather"]
    planner = EmbeddedPlanner(reader=reader, encoder=None)
    told = await planner.plan(QUESTION, split(QUESTION), [shelf], deadline_s=seconds)
    assert [each.code for each in told.unserved] == [code]
    assert "city" in told.unserved[0].message


@pytest.mark.requirement("tura.planner.lacks")
@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("What time is it in Mordor?", "'Mordor'"),
        ("What is the local time in Rivendell right now?", "'Rivendell'"),
    ],
)
async def test_an_unknown_place_is_named_and_no_parameter_of_a_tool(
    own: list[Candidate], question: str, says: str
) -> None:
    clocks = [replace(one, score=0.8) for one in own if one.tool.server == "clock"]
    told = await EmbeddedPlanner(reader=None).plan(question, split(question), [clocks], deadline_s=20.0)
    assert [each.code for each in told.unserved] == ["needs_input"]
    assert says in told.unserved[0].message
    assert len(told.unserved[0].fields) <= 1


@pytest.mark.requirement("tura.planner.lacks")
@pytest.mark.parametrize(
    "question",
    ["Convert 10 EUR to USD", "Convert 250 yen to euros", "How much is £40 in dollars?", "Convert 10 stone"],
)
async def test_a_clock_is_not_asked_to_change_money(own: list[Candidate], question: str) -> None:
    clocks = [replace(one, score=0.8) for one in own if one.tool.server == "clock"]
    told = await EmbeddedPlanner(reader=None).plan(question, split(question), [clocks], deadline_s=20.0)
    assert told.plan.tasks == ()
    assert "needs_input" not in [each.code for each in told.unserved]
