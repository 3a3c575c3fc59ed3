"""`agents ask --deadline` is over soon after its deadline, whatever is asked: no thread holds the end up."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from questline import Agent
from questline.mcp_servers.gateway.catalogue import Catalogue, catalogue_beside
from questline.mcp_servers.gateway.definitions import ServerManifest, ToolDefinition

from .conftest import Agents

pytestmark = pytest.mark.requirement("tsg.threads")
LONG = " ".join(
    f"What is {number} squared, and what day of the week is {1 + number % 28} March {2000 + number % 90}?"
    for number in range(400)
)[:20_000]
FAR_TOO_LONG_S = 10.0
"""Planning all of it takes several times as long."""


@pytest.fixture
def servers(workdir: Path) -> Path:
    """Two servers that were asked once, and cannot be started."""
    text = {"type": "string"}
    tools = (
        ToolDefinition(
            server="sums", name="calculate", description="Work out a formula.", read_only=True,
            input_schema={"type": "object", "properties": {"expression": text}, "required": ["expression"]},
        ),
        ToolDefinition(
            server="dates", name="calendar", description="Describe a day: its weekday and week.", read_only=True,
            input_schema={"type": "object", "properties": {"day": text}, "required": ["day"]},
        ),
    )  # fmt: skip
    file = workdir / "mcp.json"
    file.write_text(json.dumps({"mcpServers": {tool.server: {"command": "true"} for tool in tools}}), "utf-8")
    with Catalogue(catalogue_beside(file)) as catalogue:
        for tool in tools:
            catalogue.put(ServerManifest(name=tool.server, title=tool.server, tools=(tool,)))
    return file


@pytest.mark.parametrize("deadline_s", [0.001, 1.0])
def test_a_question_of_20_000_characters_ends_by_its_deadline(agents: Agents, servers: Path, deadline_s: float) -> None:
    agents("ask", "What is 2 squared?", "--servers", servers, "--trust", "--json")  # loads what the process needs once
    began = time.monotonic()
    done = agents("ask", LONG, "--servers", servers, "--trust", "--deadline", str(deadline_s), "--json")
    assert time.monotonic() - began < FAR_TOO_LONG_S
    assert done.code == 0, done.err
    assert done.json["status"] == "partial"
    assert {part["code"] for part in done.json["missing"]} <= {"deadline_reached", "server_unavailable", "tool_timeout"}


def test_an_agent_closes_soon_after_a_question_that_had_no_time(servers: Path, workdir: Path) -> None:
    agent = Agent(servers=servers, index=workdir / "index")
    answer = agent.ask(LONG, deadline_s=1.0)
    assert answer.status == "partial"
    agent.close()  # raises where a thread of the question goes on for more than 10 s
