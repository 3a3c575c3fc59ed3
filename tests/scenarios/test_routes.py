"""Each answer can be reached: the servers' own tools, called by hand, give what the scenario expects."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.types import TextContent
from tests.scenarios.world_facts import WORLD

from questline.training.evaluation.rows import read_rows
from questline.training.evaluation.scenarios import read_scenarios

HERE = Path(__file__).parent
AGENTS = str(Path(sys.executable).with_name("agents"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    command = [AGENTS, "index", "documents", "--index", str(folder)]
    subprocess.run(command, cwd=WORLD, check=True, capture_output=True, timeout=300)
    return folder


async def said(client: Client, tool: str, arguments: dict[str, Any]) -> str:
    result = await client.call_tool(tool, arguments)
    text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
    if result.is_error:
        return f"{tool} {arguments} failed: {text}"
    found: dict[str, Any] = result.structured_content or {}
    decimal = f"{found['decimal']} {found['unit']}" if "unit" in found else ""  # the text may give a fraction alone
    return "\n".join((text, decimal, json.dumps(found, ensure_ascii=False)))


@pytest.mark.requirement("scenarios.reachable")
async def test_the_servers_tools_give_each_answer(index: Path) -> None:
    scenarios = {one.id: one for half in ("open", "sealed") for one in read_scenarios(HERE / f"{half}.jsonl")}
    routes = [row for half in ("open", "sealed") for row in read_rows(HERE / f"routes_{half}.jsonl")]
    servers: dict[str, Any] = json.loads((WORLD / "mcp.json").read_text(encoding="utf-8"))["mcpServers"]
    servers["documents"] = {"args": ["mcp", "documents", "--index", str(index)]}
    wrong: list[str] = []
    async with AsyncExitStack() as stack:
        clients: dict[str, Client] = {}
        for name, server in servers.items():
            parameters = StdioServerParameters(command=AGENTS, args=server["args"], cwd=WORLD)
            clients[name] = await stack.enter_async_context(Client(parameters))
        tools = {(name, tool.name) for name, client in clients.items() for tool in (await client.list_tools()).tools}
        for scenario in scenarios.values():
            calls = {(call.server, tool) for call in scenario.expect.calls or () for tool in call.tools}
            wrong += [f"{scenario.id}: there is no {server}/{tool}" for server, tool in calls - tools]
        for row in routes:
            scenario = scenarios[row.identifier("id")]
            steps: Any = row.values["calls"]
            texts = [await said(clients[step["server"]], step["tool"], step["arguments"]) for step in steps]
            # Raw results hold more than an answer would: what must not be said is for answers.
            faults = scenario.expect.answer.faults("\n".join(texts), datetime.now(UTC))
            wrong += [f"{scenario.id}: {text}" for text in texts if " failed: error[" in text]
            wrong += [f"{scenario.id}: {fault}" for fault in faults if not fault.startswith("not_contains")]
    assert wrong == []
