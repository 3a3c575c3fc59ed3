"""The tools that a plan may call, and where a task's arguments refer to other tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.holes import with_holes
from questline.mcp_servers.gateway.schemas import Fault, Schemas
from questline.types import Task

from .references import Place, Reference, find, read
from .result_types import members_of

__all__ = ["Toolbox", "Use", "optional_around", "uses"]


class Toolbox:
    """The tools that a plan may call, and the compiled checks of their arguments."""

    def __init__(self, tools: Sequence[ToolDefinition]) -> None:
        """Take tools of any number of servers; of two with one server and name the first counts."""
        self._tools: dict[tuple[str, str], ToolDefinition] = {}
        for tool in tools:
            self._tools.setdefault((tool.server, tool.name), tool)
        self._schemas = Schemas(with_holes)

    def get(self, server: str, name: str) -> ToolDefinition | None:
        """Return a tool, or None."""
        return self._tools.get((server, name))

    @cached_property
    def servers(self) -> frozenset[str]:
        """The servers that have a tool."""
        return frozenset(server for server, _ in self._tools)

    def names(self, server: str) -> list[str]:
        """Return the names of a server's tools."""
        return [name for home, name in self._tools if home == server]

    def marks(self, task: Task) -> list[tuple[Place, Place | None]]:
        """Return where a task's arguments hold ``$ref`` objects, right or wrong, and what around each is optional."""
        tool = self.get(task.server, task.tool)
        try:
            return [(place, optional_around(tool, place)) for place, _ in find(task.arguments)]
        except UsageError:
            return []

    def faults(self, tool: ToolDefinition, arguments: Mapping[str, Any]) -> list[Fault]:
        """Return what is wrong with arguments, `Hole` values standing for what is still to come."""
        return self._schemas.faults(tool, arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One reference where it stands in a task's arguments."""

    place: Place
    reference: Reference
    optional: Place | None
    """The innermost member around it that the input schema does not require; None where each is, or may be."""


def uses(task: Task, tool: ToolDefinition | None) -> list[Use]:
    """Return the references of a task's arguments that can be read, in their order."""
    found: list[Use] = []
    try:
        marks = list(find(task.arguments))
    except UsageError:
        return found
    for place, value in marks:
        try:
            reference = read(value)
        except UsageError:
            continue
        found.append(Use(place=place, reference=reference, optional=optional_around(tool, place)))
    return found


def optional_around(tool: ToolDefinition | None, place: Place) -> Place | None:
    """Return the innermost member on the way to `place` that may be left out."""
    if tool is None:
        return None
    for end in range(len(place), 0, -1):
        if isinstance(place[end - 1], str):
            inside, required = members_of(tool.input_schema, place[: end - 1])
            if inside is not None and place[end - 1] not in required:
                return place[:end]
    return None
