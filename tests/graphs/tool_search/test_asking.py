"""Sources that are asked beforehand: once for the question, with a line in the trace; and their refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from mcp.server import MCPServer
from mcp.types import ToolAnnotations

from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.pool import ServerPool

from .shop import READS, Shop, answer_of

QUESTION = "Who keeps the boat Otter?"
HINTS = ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False)


def server(name: str, answers: Callable[[str], Any], asked: Counter[str]) -> ServerConfiguration:
    made = MCPServer(name, instructions="Boats, and who keeps each boat.", log_level="CRITICAL")

    async def ask(question: str) -> dict[str, Any]:
        asked[f"{name}: {question}"] += 1
        found: dict[str, Any] = answers(question)
        return found

    made.add_tool(ask, name="ask", description="Answer a question about boats and who keeps them.", annotations=HINTS)
    return ServerConfiguration.in_memory(name, made)


def knows(question: str) -> dict[str, Any]:
    return {"keeps": "Ada Moss", "boat": "Otter"} if "Otter" in question else {"refused": "no such boat"}


def refuses(question: str) -> dict[str, Any]:
    del question
    return {"refused": "no row matches", "words": []}


@pytest.mark.requirement("tura.probing.kept")
async def test_what_was_said_beforehand_is_not_asked_again_and_stands_in_the_trace() -> None:
    shop, asked = Shop(), Counter[str]()
    pool = ServerPool(Configuration.of(server("registry", knows, asked), server("other", refuses, asked)))
    answer = answer_of(await shop.ask(QUESTION, pool=pool))
    assert answer.status == "complete"
    assert "Ada Moss" in answer.text
    assert {name: count for name, count in asked.items() if QUESTION in name} == {
        f"registry: {QUESTION}": 1,
        f"other: {QUESTION}": 1,
    }
    lines = [entry.detail for entry in answer.ledger.entries if entry.step == "probe"]
    assert any(line.startswith("registry/ask: ") and "Ada Moss" in line for line in lines)
    assert any(line.startswith("other/ask: ") for line in lines)
    steps = [entry.step for entry in answer.ledger.entries]
    assert steps.index("probe") < steps.index("tool_planner") < steps.index("task")
    events = Counter(event.kind for event in shop.events if event.step == "probe")
    assert events["step_started"] == events["step_finished"] == len(lines)


@pytest.mark.requirement("tura.probing.nothing")
async def test_a_refusal_is_told_as_nothing_found_in_the_tool_s_own_words() -> None:
    shop, asked = Shop(), Counter[str]()
    pool = ServerPool(Configuration.of(server("registry", refuses, asked)))
    answer = answer_of(await shop.ask(QUESTION, pool=pool))
    assert answer.status == "abstained"
    assert {part.code for part in answer.missing} == {"not_found"}
    assert "no row matches" in answer.text
    assert "failed" not in answer.text
    assert set(asked.values()) == {1}


@pytest.mark.requirement("tura.probing.kept")
async def test_a_failure_beforehand_is_not_kept() -> None:
    shop, asked = Shop(), Counter[str]()
    broken = MCPServer("registry", instructions="Boats, and who keeps each boat.", log_level="CRITICAL")
    tries: list[str] = []

    @broken.tool(annotations=READS)
    async def ask(question: str) -> dict[str, str]:
        """Answer a question about boats and who keeps them."""
        tries.append(question)
        if len(tries) == 1:
            raise ValueError("the line was busy")
        return {"keeps": "Ada Moss", "boat": "Otter"}

    assert ask is not None
    pool = ServerPool(
        Configuration.of(ServerConfiguration.in_memory("registry", broken), server("other", refuses, asked))
    )
    answer = answer_of(await shop.ask(QUESTION, pool=pool))
    assert "Ada Moss" in answer.text
    assert len(tries) >= 2
