"""What a tool lacks and there was no time to read is no question to the asker."""

from __future__ import annotations

from typing import cast

import pytest

from questline.agents.intents import split
from questline.agents.tool_planner.contract import Candidate
from questline.agents.tool_planner.embedded import EmbeddedPlanner
from questline.tools.slot_filling.choosing import Judge

from .shelf import SHOP

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
