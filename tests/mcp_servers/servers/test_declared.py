"""What our servers say of themselves: names, titles, hints, schemas, and how little of it there is."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, cast

import pytest
from mcp import Client
from mcp.types import Tool
from tokenizers import Tokenizer

from questline.mcp_servers.assembly import SERVERS
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.schemas import compact
from questline.mcp_servers.serving import QuestlineServer

from .conftest import Mode

pytestmark = pytest.mark.requirement("mcp-servers.declared")

TOOLS = {
    "documents": ["search", "fetch", "answer"],
    "tool_search": ["tool_search", "tool_plan", "tool_run", "answer_with_tools"],
    "reranker": ["rerank"],
    "utility_selector": ["select_useful"],
    "summarizer": ["summarize_for_query"],
    "suggester": ["suggest_queries", "report_click"],
    "recommender": ["recommend_next", "forget", "forget_status"],
    "writer": ["write_greeting", "judge_text"],
    "mathematics": ["calculate", "solve_math", "check_math_answer"],
    "photos": ["read_photo", "solve_photo"],
    "tables": ["list_tables", "query", "look_up"],
    "clock": ["now", "convert", "calendar"],
    "temporal": ["resolve_time", "temporal_search", "temporal_answer"],
    "files": ["list_files", "read_file"],
}
WRITES = {"suggest_queries", "report_click", "forget", "tool_run", "answer_with_tools"}
DESTROYS = {"forget"}
ONCE = {"suggest_queries", "tool_run", "answer_with_tools"}
MOST_TOKENS = 1_500


async def listed(server: QuestlineServer, mode: Mode = "auto") -> list[Tool]:
    async with Client(server, mode=mode) as client:
        return (await client.list_tools()).tools


def as_sent(tools: list[Tool]) -> str:
    return json.dumps([tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools])


async def test_servers_and_tools_have_the_names_of_the_design(servers: dict[str, QuestlineServer], mode: Mode) -> None:
    assert {name: [tool.name for tool in await listed(server, mode)] for name, server in servers.items()} == TOOLS
    assert set(SERVERS) == set(TOOLS)
    assert {name: server.name for name, server in servers.items()} == {name: name for name in TOOLS}


async def test_each_tool_is_told_in_full(servers: dict[str, QuestlineServer]) -> None:
    for server in servers.values():
        assert server.title
        assert server.description
        assert "\n" not in server.description
        for tool in await listed(server):
            definition = ToolDefinition.of(server.name, tool)
            assert definition.title, tool.name
            assert definition.description, tool.name
            assert "\n" not in definition.description, tool.name
            assert definition.read_only is (tool.name not in WRITES), tool.name
            calls_others = tool.name in ("tool_run", "answer_with_tools")  # nothing is claimed of tools without hints
            assert definition.destructive is (None if calls_others else tool.name in DESTROYS), tool.name
            assert definition.repeatable or tool.name in ONCE, tool.name
            assert definition.open_world is not None, tool.name
            assert tool.input_schema["additionalProperties"] is False, tool.name
            assert tool.output_schema is not None, tool.name
            assert tool.output_schema["type"] == "object", tool.name


async def test_suggesting_is_read_only_where_nothing_is_stored() -> None:
    from questline.mcp_servers import suggester
    from questline.tools.suggestion import Suggester

    hints = {tool.name: tool.annotations for tool in await listed(suggester.server(Suggester()))}
    assert hints["suggest_queries"] is not None
    assert hints["suggest_queries"].read_only_hint is True


async def test_the_list_is_the_same_each_time_and_says_how_long_it_stays(servers: dict[str, QuestlineServer]) -> None:
    for server in servers.values():
        async with Client(server) as client:
            first, second = await client.list_tools(), await client.list_tools(cache_mode="bypass")
        assert as_sent(first.tools) == as_sent(second.tools)
        old = await listed(server, "legacy")
        assert [tool.model_dump() for tool in first.tools] == [tool.model_dump() for tool in old]
        assert first.ttl_ms > 0


async def test_no_schema_refers_to_anything_outside_of_itself(servers: dict[str, QuestlineServer]) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            own = [members["$ref"]] if "$ref" in members else []
            return [*own, *(each for member in members.values() for each in references(member))]
        return (
            [each for member in cast("list[Any]", value) for each in references(member)]
            if isinstance(value, list)
            else []
        )

    for server in servers.values():
        for tool in await listed(server):
            for schema in (tool.input_schema, tool.output_schema):
                assert all(reference.startswith("#/$defs/") for reference in references(schema)), tool.name


async def test_a_server_costs_a_client_under_1500_tokens(servers: dict[str, QuestlineServer]) -> None:
    """Counted with the vocabulary that ships: BERT's word pieces, which make a token of each bracket and quote."""
    weights = files("questline.tools.models") / "weights" / "minilm_l6_v2" / "tokenizer.json"
    tokenizer = Tokenizer.from_buffer(weights.read_bytes())
    tokenizer.no_truncation()
    for name, server in servers.items():
        tokens = len(tokenizer.encode(as_sent(await listed(server)), add_special_tokens=False).ids)
        assert 100 < tokens < MOST_TOKENS, name


def test_a_short_schema_keeps_parameters_that_are_called_title_or_description() -> None:
    schema: dict[str, Any] = {
        "title": "Arguments",
        "description": "Docstring.",
        "type": "object",
        "properties": {
            "title": {"title": "Title", "type": "string", "description": "Of the book."},
            "description": {"type": "string", "default": "title"},
            "rows": {"type": "array", "items": {"$ref": "#/$defs/Row"}},
        },
        "$defs": {"Row": {"title": "Row", "description": "Docstring.", "type": "object", "properties": {}}},
    }
    assert compact(schema) == {
        "type": "object",
        "properties": {
            "title": {"type": "string", "description": "Of the book."},
            "description": {"type": "string", "default": "title"},
            "rows": {"type": "array", "items": {"type": "object", "properties": {}}},
        },
    }


def test_a_definition_that_is_used_twice_or_by_itself_stays_one() -> None:
    row = {"type": "object", "properties": {"inner": {"$ref": "#/$defs/Row"}}}
    schema = {"properties": {"a": {"$ref": "#/$defs/Row"}}, "$defs": {"Row": row}}
    assert compact(schema) == schema
    twice = {
        "properties": {"a": {"$ref": "#/$defs/N"}, "b": {"$ref": "#/$defs/N"}},
        "$defs": {"N": {"type": "integer"}},
    }
    assert compact(twice) == twice
