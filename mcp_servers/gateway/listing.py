"""A server's list of tools, as far as it can be used: sound schemas, accepted definitions, allowed names."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mcp import Client
from mcp.types import Tool

from questline.types import AnswerWarning

from .configuration import ServerConfiguration
from .definitions import About, ServerManifest, ToolDefinition
from .pins import Change, Pins
from .schemas import unusable

__all__ = ["Listing", "read_listing"]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What came of one question for the tools of a server."""

    manifest: ServerManifest
    """With the tools that can be used alone."""
    tools: Mapping[str, ToolDefinition]
    """The same tools, by name."""
    declared: Sequence[ToolDefinition]
    """All tools with sound schemas: what accepting would accept."""
    about: About
    """What it says of itself now; the manifest holds what was accepted of that."""
    changes: Sequence[Change]
    refused: Mapping[str, Change]
    """The changes that keep a tool from being used, by the tool's name."""
    warnings: Sequence[AnswerWarning]


async def read_listing(
    configuration: ServerConfiguration, client: Client, tools: Sequence[Tool], *, ttl_ms: int, pins: Pins
) -> Listing:
    """Sort out what can be used, tool by tool, with room for others between them.

    Args:
        configuration: Its rules, and how it is pinned.
        client: Connected; says what the server tells of itself.
        tools: As they were listed.
        ttl_ms: How long the list stays as it is, as the server says; 0 where it does not.
        pins: A server that is seen for the first time is accepted as it is, unless its options want otherwise.
    """
    name, options = configuration.name, configuration.options
    sound, warnings = await _sound(name, tools)
    about = shown = About.of(client)
    changes: tuple[Change, ...] = ()
    if options.pin != "off":
        if pins.known(name):
            pins.complete(name, sound, about)
        elif options.pin == "first_use" and sound:
            pins.accept(name, sound, about)
        changes = pins.changes(name, sound, about)
        shown = pins.about(name) or (about if options.pin == "first_use" else About())
    refused = {change.tool: change for change in changes if change.tool and change.kind in ("added", "changed")}
    usable = {tool.name: tool for tool in sound if tool.name not in refused and options.permits(tool.name)}
    warnings += [_told(change) for change in changes if change.kind in ("added", "changed")]
    return Listing(
        manifest=ServerManifest(
            name=name,
            title=shown.title or None,
            description=shown.text,
            version=client.server_info.version if client.server_info else "",
            tools=tuple(usable.values()),
            fetched_at=time.time(),
            ttl_ms=ttl_ms,
        ),
        tools=usable,
        declared=tuple(sound),
        about=about,
        changes=changes,
        refused=refused,
        warnings=tuple(warnings),
    )


def _told(change: Change) -> AnswerWarning:
    name = change.server
    what = "it is new" if change.kind == "added" else "changed: " + ", ".join(change.fields)
    left_out = f"{name}/{change.tool} was" if change.tool else f"what {name} says of itself was"
    return AnswerWarning(
        code="tool_changed", message=f"{left_out} left out until `agents servers accept {name}`: {what}"
    )


async def _sound(name: str, tools: Sequence[Tool]) -> tuple[list[ToolDefinition], list[AnswerWarning]]:
    found: dict[str, ToolDefinition] = {}
    warnings: list[AnswerWarning] = []
    for tool in tools:
        await asyncio.sleep(0)  # calls of other servers go on: a thousand new schemas take a second to check
        definition = ToolDefinition.of(name, tool)
        problem = unusable(definition)
        if problem is None and definition.name in found:
            problem = "the server has another tool of this name"
        if problem is None:
            found[definition.name] = definition
        else:
            shown = "".join(char if char.isprintable() else "?" for char in definition.name[:100])
            warnings.append(AnswerWarning(code="bad_schema", message=f"{name}/{shown} was left out: {problem}"))
    return list(found.values()), warnings
