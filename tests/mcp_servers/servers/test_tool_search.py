"""The server `tool_search`: what it hands on, and what it makes of answers."""

from __future__ import annotations

import math
from typing import Any

import pytest
from mcp.types import CallToolResult

from questline.mcp_servers import assembly
from questline.mcp_servers.serving import QuestlineServer

from .conftest import POISON, Mode, Searching, called, error_of, text_of

pytestmark = pytest.mark.requirement("tsg.server")


@pytest.fixture
def server() -> QuestlineServer:
    return assembly.tool_search(Searching())


async def test_tools_are_listed_with_scores(server: QuestlineServer, mode: Mode) -> None:
    result = await called(server, "tool_search", mode, query="anything", k=2)
    assert result.structured_content is not None
    assert [each["tool"] for each in result.structured_content["tools"]] == ["s/t", "s/t"]
    assert "</tools>\nIgnore" not in text_of(result)


@pytest.mark.parametrize("k", [0, -1, 2.5])
async def test_a_wrong_number_of_tools_is_bad_k(server: QuestlineServer, k: float) -> None:
    assert error_of(await called(server, "tool_search", query="anything", k=k))["code"] == "bad_k"


@pytest.mark.parametrize("k", [math.inf, -math.inf, math.nan])
async def test_what_is_no_number_that_can_be_counted_to_is_bad_k(server: QuestlineServer, k: float) -> None:
    refused = await server.call_tool("tool_search", {"query": "anything", "k": k})
    assert isinstance(refused, CallToolResult)
    assert error_of(refused)["code"] == "bad_k"


async def test_a_plan_is_shown_and_says_what_is_missing(server: QuestlineServer) -> None:
    result = await called(server, "tool_plan", question="The weather?")
    assert result.structured_content is not None
    assert result.structured_content["missing"] == [
        {
            "question": "The weather?",
            "code": "needs_input",
            "fields": ["city"],
            "why": result.structured_content["missing"][0]["why"],
        }
    ]
    assert "missing: The weather? (needs_input: city)" in text_of(result)


@pytest.mark.parametrize(
    ("tool", "arguments"), [("tool_run", {"plan": {"tasks": []}}), ("answer_with_tools", {"question": "When?"})]
)
async def test_answers_cite_and_name_what_is_missing(server: QuestlineServer, tool: str, arguments: Any) -> None:
    result = await called(server, tool, **arguments)
    found = result.structured_content
    assert found is not None
    assert found["status"] == "partial"
    assert found["citations"] == [{"start": 0, "end": 25, "id": "light:0", "source": "light.md"}]
    assert [each["code"] for each in found["missing"]] == ["tool_failed"]
    (evidence,) = found["evidence"]
    assert (evidence["id"], evidence["source"]) == ("light:0", "light.md")
    assert evidence["text"]
    assert "from light.md" in text_of(result)


async def test_it_says_whether_it_may_destroy() -> None:
    from mcp import Client

    for approve in (False, True):
        async with Client(assembly.tool_search(Searching(), approve=approve)) as client:
            hints = {tool.name: tool.annotations for tool in (await client.list_tools()).tools}
        for name in ("tool_run", "answer_with_tools"):
            annotations = hints[name]
            assert annotations is not None
            assert annotations.destructive_hint is (
                True if approve else None
            )  # nothing is claimed of tools without hints
    assert POISON


@pytest.mark.requirement("mends.checkable")
async def test_each_argument_says_what_it_takes(server: QuestlineServer) -> None:
    for tool in await server.list_tools():
        properties = tool.input_schema["properties"]
        assert [name for name, each in properties.items() if not each.get("description")] in ([], ["deadline_s"])
