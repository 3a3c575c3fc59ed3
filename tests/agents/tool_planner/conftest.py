from __future__ import annotations

import pytest

from questline.agents.tool_planner.toolbox import Toolbox
from questline.mcp_servers.gateway.definitions import ToolDefinition

NUMBER = {"type": "number"}
LOOKUP = ToolDefinition(
    server="places",
    name="geo.lookup",
    input_schema={"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    output_schema={
        "type": "object",
        "properties": {
            "lat": NUMBER,
            "lon": NUMBER,
            "label": {"type": "string"},
            "items": {"type": "array", "items": {"$ref": "#/$defs/place"}},
            "extra": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
        "$defs": {
            "place": {"type": "object", "properties": {"lat": NUMBER, "full name": {"type": ["string", "null"]}}}
        },
    },
    read_only=True,
)
FORECAST = ToolDefinition(
    server="weather",
    name="forecast",
    input_schema={
        "type": "object",
        "properties": {
            "lat": NUMBER,
            "lon": NUMBER,
            "label": {"type": "string"},
            "days": {"type": "integer", "minimum": 1},
            "options": {"type": "object", "properties": {"near": NUMBER, "unit": {"enum": ["C", "F"]}}},
        },
        "required": ["lat"],
        "additionalProperties": False,
    },
    read_only=True,
)
SEND = ToolDefinition(
    server="mail",
    name="send",
    input_schema={
        "type": "object",
        "properties": {"to": {"type": "string"}, "text": {"type": "string"}},
        "required": ["to", "text"],
    },
)
ANY = ToolDefinition(server="any", name="call", input_schema={"type": "object"}, idempotent=True)


@pytest.fixture(scope="session")
def toolbox() -> Toolbox:
    return Toolbox([LOOKUP, FORECAST, SEND, ANY])
