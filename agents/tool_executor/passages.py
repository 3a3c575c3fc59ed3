"""The passages that an answer with citations rests on, read from the server that gave it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final, cast

from questline.deadline import Deadline
from questline.errors import QuestlineError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.gateway import Gateway
from questline.types import Evidence

from .calls import value_of
from .shapes import view
from .views import Cited, Text

__all__ = ["reader_of", "sources_of"]

MOST: Final = 6
"""Passages of one answer."""


def reader_of(tools: Sequence[ToolDefinition]) -> ToolDefinition | None:
    """Return the tool that reads one thing by its id: read-only, with ``id`` as the only argument that it requires."""
    for tool in tools:
        required = cast("list[object]", tool.input_schema.get("required") or [])
        properties = cast("dict[str, Any]", tool.input_schema.get("properties") or {})
        if tool.read_only is True and required == ["id"] and properties.get("id", {}).get("type") == "string":
            return tool
    return None


async def sources_of(
    gateway: Gateway, reader: ToolDefinition, found: Cited, *, deadline: Deadline
) -> tuple[tuple[Evidence, ...], tuple[str, ...], int]:
    """Return the passages that an answer cites, why each that could not be read is missing, and the number of calls.

    They are a help for whoever checks the answer: one that cannot be read in time is left out, without an error.
    """
    wanted = {place.id: place.source for place in found.places}
    ids = list(wanted)[:MOST]
    read = await asyncio.gather(*(_read(gateway, reader, each, wanted[each], deadline) for each in ids))
    unread = [f"{name!r} ({each})" for name, each in zip(ids, read, strict=True) if isinstance(each, str)]
    if len(wanted) > MOST:
        unread.append(f"{len(wanted) - MOST} more (only {MOST} are read)")
    return tuple(each for each in read if isinstance(each, Evidence)), tuple(unread), len(ids)


async def _read(
    gateway: Gateway, reader: ToolDefinition, identifier: str, source: str, deadline: Deadline
) -> Evidence | str:
    """Return a passage, or the code of why it could not be read."""
    try:
        result = await gateway.call(
            reader.server, reader.name, {"id": identifier}, deadline_s=max(deadline.left_s, 1e-3)
        )
    except QuestlineError as error:
        return error.code
    if result.is_error:
        return "tool_failed"
    found = view(value_of(result))
    if not isinstance(found, Text):
        return "bad_answer"
    structured = cast("object", result.structured)
    members = cast("dict[str, object]", structured) if isinstance(structured, dict) else {}
    title, date = members.get("title"), members.get("date")
    return Evidence(
        id=identifier,
        kind="passage",
        text=found.text,
        title=title if isinstance(title, str) else "",
        source=source or f"{reader.server}/{reader.name}",
        date=date if isinstance(date, str) and date else None,
    )
