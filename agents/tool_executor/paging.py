"""Whether a result says that there is more, and which call brings it: by names that many tools share, and schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from questline.agents.tool_planner.result_types import allowed_types
from questline.mcp_servers.gateway.definitions import ToolDefinition

__all__ = ["Follow", "following", "joined"]

_CURSORS: Final = frozenset({"cursor", "page_token", "token", "continuation", "continuation_token", "page", "offset"})
_MORE: Final = ("truncated", "has_more", "hasMore", "more", "incomplete")
_WHOLE: Final = ("characters", "total", "size", "length", "total_count", "count", "total_results")
_STARTS: Final = ("start", "offset", "skip", "from")
_LIMITS: Final = ("rows", "limit", "most", "max_results", "k", "per_page", "page_size", "top", "count", "max")
_TIMES: Final = 10
"""How much more is asked for where a tool has no pages, but a limit."""
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """The call that brings more."""

    arguments: Mapping[str, object]
    instead: bool = False
    """Its result takes the place of what there is; else it goes on from there."""


def following(definition: ToolDefinition, arguments: Mapping[str, object], value: object) -> Follow | None:
    """Return the next call where a result says that there is more and the tool takes what it needs; else None.

    Args:
        definition: Of the tool.
        arguments: Of the call that gave `value`.
        value: The last result.
    """
    if not isinstance(value, Mapping):
        return None
    members = cast("Mapping[str, object]", value)
    takes = _properties(definition)
    return _by_cursor(members, takes, arguments) or _by_place(members, takes, arguments) or _by_limit(
        members, takes, arguments
    )  # fmt: skip


def _properties(definition: ToolDefinition) -> Mapping[str, Mapping[str, Any]]:
    properties = definition.input_schema.get("properties")
    return cast("Mapping[str, Mapping[str, Any]]", properties) if isinstance(properties, Mapping) else {}


def _by_cursor(
    members: Mapping[str, object], takes: Mapping[str, Mapping[str, Any]], arguments: Mapping[str, object]
) -> Follow | None:
    for name, token in members.items():
        plain = _plain(name)
        wanted = plain.removeprefix("next_") if plain.startswith("next_") else plain if plain in _CURSORS else ""
        if plain == "next":
            wanted = "cursor"
        if not wanted or token in (None, "", False) or not isinstance(token, (str, int)):
            continue
        if plain in ("page", "offset"):  # where this page stands, not where the next one does
            continue
        for argument, schema in takes.items():
            types = allowed_types(schema, schema)
            kind = "integer" if isinstance(token, int) else "string"
            fits = kind in types or (kind == "integer" and "number" in types)
            if _plain(argument) in {wanted, plain} and fits and arguments.get(argument) != token:
                return Follow(arguments={**arguments, argument: token})
    return None


def _by_place(
    members: Mapping[str, object], takes: Mapping[str, Mapping[str, Any]], arguments: Mapping[str, object]
) -> Follow | None:
    end = members.get("end")
    whole = next((members[name] for name in _WHOLE if _is_count(members.get(name))), None)
    start = next((name for name in _STARTS if name in takes), None)
    if start is None or not _is_count(end) or whole is None or not cast("int", end) < cast("int", whole):
        return None
    behind = arguments.get(start, 0)
    return Follow(arguments={**arguments, start: end}) if _is_count(behind) and cast("int", behind) < cast(
        "int", end
    ) else None  # fmt: skip


def _by_limit(
    members: Mapping[str, object], takes: Mapping[str, Mapping[str, Any]], arguments: Mapping[str, object]
) -> Follow | None:
    if not any(members.get(name) is True for name in _MORE):
        return None
    page = takes.get("page")
    if page is not None:
        number = arguments.get("page", page.get("default", 1))
        return Follow(arguments={**arguments, "page": cast("int", number) + 1}) if _is_count(number) else None
    for name in _LIMITS:
        if name in takes:
            now = arguments.get(name, takes[name].get("default"))
            if not _is_count(now):
                return None
            most = takes[name].get("maximum", cast("int", now) * _TIMES)
            more = min(cast("int", now) * _TIMES, most)
            return Follow(arguments={**arguments, name: more}, instead=True) if more > cast("int", now) else None
    return None


def joined(first: object, more: object) -> object:
    """Return one result of two pages: lists and texts go on, other members are those of the later page.

    Two texts go on only where the second begins at the place at which the first ends.
    """
    if not isinstance(first, Mapping) or not isinstance(more, Mapping):
        return more
    earlier, later = cast("Mapping[str, object]", first), cast("Mapping[str, object]", more)
    made = {**earlier, **later}
    meets = "end" in earlier and earlier["end"] == later.get("start")
    for name, value in later.items():
        before = earlier.get(name)
        if isinstance(value, list) and isinstance(before, list) and name != "columns":
            made[name] = [*cast("list[object]", before), *cast("list[object]", value)]
        elif isinstance(value, str) and isinstance(before, str) and meets and name == "text":
            made[name] = before + value
    if meets:
        made["start"] = earlier.get("start", 0)
    return made


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _plain(name: str) -> str:
    return _CAMEL.sub("_", name).casefold()
