"""How the peers see the tools: as lines of text, and by calls whose failure is a text, too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from questline.errors import QuestlineError
from questline.mcp_servers.gateway.gateway import Gateway

from .questions import TOOLS

__all__ = ["called", "shown_tools"]


async def called(servers: Gateway, tool: str, arguments: Mapping[str, Any]) -> str:
    """Return what a tool says, or a text that begins with ``error:``."""
    try:
        result = await servers.call(TOOLS[tool], tool, arguments)
    except QuestlineError as error:
        return f"error: {error.code}"
    return "error: tool_failed" if result.is_error else result.text


async def shown_tools(servers: Gateway) -> str:
    """Return the tools, one a line, with their arguments and types."""
    lines: list[str] = []
    for server in dict.fromkeys(TOOLS.values()):
        for each in await servers.list_tools(server):
            properties: Mapping[str, Mapping[str, Any]] = each.input_schema["properties"]
            types = {name: str(value["type"]) for name, value in properties.items()}
            lines.append(f"{each.name}: {each.description} args: {json.dumps(types)}")
    return "\n".join(lines)
