"""What a language model writes for a plan: how tools are shown to it, and how its answer is read, strictly."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from questline.agents.intents.values import Intents
from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.fencing import fence
from questline.tools.json_text import json_list
from questline.types import Task

from .contract import Candidate, Unserved, UnservedCode
from .references import find, read

__all__ = ["MOST_TASKS", "SCHEMA", "Proposal", "proposed", "read_task", "shown_needs", "shown_tools"]

MOST_TASKS: Final = 24
_MOST_TOOLS: Final = 40
_DESCRIBED: Final = 400
_ARGUMENT: Final = 160
_ID: Final = 40
SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "tasks": {
            "type": "array",
            "maxItems": MOST_TASKS,
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "needs": {"type": "array", "items": {"type": "integer"}},
                    "server": {"type": "string"},
                    "tool": {"type": "string"},
                    "args": {"type": "object"},
                },
                "required": ["id", "needs", "server", "tool", "args"],
            },
        },
        "missing": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "need": {"type": "integer"},
                    "code": {"enum": ["no_tool", "needs_input"]},
                    "fields": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["need", "code", "fields"],
            },
        },
    },
    "required": ["tasks", "missing"],
}
"""What a server that can be held to a schema is held to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A model's plan, of the agreed form; whether it can run is for `repair` to say."""

    tasks: tuple[Task, ...]
    serves: Mapping[str, tuple[int, ...]]
    unserved: tuple[Unserved, ...] = ()


def shown_needs(intents: Intents) -> str:
    """Return the intents, numbered from 1 between marks that their text cannot close."""
    return fence("needs", (" ".join(text.split())[:2_000] for text in intents.texts))


def shown_tools(candidates: Sequence[Sequence[Candidate]]) -> str:
    """Return the tools with their arguments and results, between marks; their texts are data."""
    tools: dict[str, Candidate] = {}
    for rank in range(max(map(len, candidates), default=0)):
        for each in candidates:
            if rank < len(each) and len(tools) < _MOST_TOOLS:
                tools.setdefault(each[rank].tool.qualified, each[rank])
    return fence("tools", (_shown(one) for one in tools.values()))


def _shown(one: Candidate) -> str:
    tool = one.tool
    said = " ".join(f"{tool.description} ({one.about})".split())[: 2 * _DESCRIBED]
    results = json.dumps(_fields(tool.output_schema or {}), ensure_ascii=False)
    arguments = json.dumps(_fields(tool.input_schema), ensure_ascii=False)
    return f"{tool.qualified}: {said} args: {arguments}; result: {results}"


def _fields(schema: Mapping[str, Any]) -> dict[str, str]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    required = cast("list[object]", schema.get("required") or [])
    found: dict[str, str] = {}
    for name, value in list(cast("Mapping[str, object]", properties).items())[:24]:
        member: Mapping[str, Any] = cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
        parts = [json.dumps(member["enum"], ensure_ascii=False) if "enum" in member else str(member.get("type", "any"))]
        parts += ["required"] if name in required else []
        parts += [str(member["description"])] if member.get("description") else []
        found[str(name)] = ", ".join(parts)[:_ARGUMENT]
    return found


def read_task(row: object, needs: int, tools: Mapping[tuple[str, str], ToolDefinition]) -> tuple[Task, tuple[int, ...]]:
    """Read one task and the positions (from 0) of the needs it works for.

    Raises:
        ValueError: With a message for the model.
    """
    fields = cast("dict[str, object]", row) if isinstance(row, dict) else {}
    name, server, tool = (fields.get(key) for key in ("id", "server", "tool"))
    if (
        not isinstance(name, str)
        or not name
        or len(name) > _ID
        or not isinstance(server, str)
        or not isinstance(tool, str)
    ):
        raise ValueError('a task is {"id": "T1", "needs": [1], "server": "…", "tool": "…", "args": {…}}')
    if "/" in tool and (server, tool) not in tools and tool.startswith(f"{server}/"):
        tool = tool.removeprefix(f"{server}/")
    if (server, tool) not in tools:
        raise ValueError(f"{name}: there is no tool {server}/{tool}"[:200])
    arguments = fields.get("args", {})
    if not isinstance(arguments, dict):
        raise ValueError(f'{name}: "args" is an object')  # noqa: TRY004 because it is a message for the model
    numbers = fields.get("needs")
    listed = cast("list[object]", numbers) if isinstance(numbers, list) else [numbers]
    whole = [number for number in listed if isinstance(number, int) and not isinstance(number, bool)]
    if not whole or len(whole) < len(listed) or not all(1 <= number <= needs for number in whole):
        raise ValueError(f'{name}: "needs" is a list of numbers from 1 to {needs}')
    given = cast("dict[str, object]", arguments)
    try:
        used = [read(value).task for _, value in find(given)]
    except UsageError as error:
        raise ValueError(f"{name}: {error.message}"[:300]) from None
    task = Task(
        id=name, intent="", server=server, tool=tool, arguments=given, depends_on=tuple(dict.fromkeys(used)),
        decided_by="llm",
    )  # fmt: skip
    return task, tuple(sorted({number - 1 for number in whole}))


def proposed(text: str, intents: Intents, tools: Mapping[tuple[str, str], ToolDefinition]) -> Proposal:
    """Read a model's whole answer. Mended by rule: what `json_list` mends, and a list of tasks without its object.

    Raises:
        ValueError: With a message for the model.
    """
    rows = json_list(text)
    missing: object = []
    first = cast("dict[str, object]", rows[0]) if len(rows) == 1 and isinstance(rows[0], dict) else {}
    if "tasks" in first:
        listed = first["tasks"]
        missing = first.get("missing") or missing
        if not isinstance(listed, list) or not isinstance(missing, list):
            raise ValueError('"tasks" and "missing" are lists')
        rows = cast("list[object]", listed)
    if len(rows) > MOST_TASKS:
        raise ValueError(f"write at most {MOST_TASKS} tasks")
    needs = len(intents.items)
    tasks: dict[str, Task] = {}
    serves: dict[str, tuple[int, ...]] = {}
    for row in rows:
        task, numbers = read_task(row, needs, tools)
        if task.id in tasks:
            raise ValueError(f"two tasks have the id {task.id}")
        tasks[task.id], serves[task.id] = task, numbers
    unserved = [_missing(row, needs) for row in cast("list[object]", missing)]
    reached = {number for numbers in serves.values() for number in numbers}
    open_needs = [number + 1 for number in range(needs) if number not in reached | {one.intent for one in unserved}]
    if open_needs:
        raise ValueError(f'need {open_needs[0]} has no task and does not stand in "missing"')
    return Proposal(
        tasks=tuple(tasks.values()),
        serves=serves,
        unserved=tuple(one for one in unserved if one.intent not in reached),
    )


def _missing(row: object, needs: int) -> Unserved:
    fields = cast("dict[str, object]", row) if isinstance(row, dict) else {}
    number, code, names = fields.get("need"), fields.get("code"), fields.get("fields")
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= needs:
        raise ValueError(f'"need" is a number from 1 to {needs}')
    if code not in {"no_tool", "needs_input"} or not isinstance(names, list | None):
        raise ValueError('"code" is "no_tool" or "needs_input", "fields" a list of names')
    told = tuple(str(name)[:_ID] for name in cast("list[object]", names or []))
    message = f"the question does not say {', '.join(told)}" if told else "no tool fits"
    return Unserved(intent=number - 1, code=cast("UnservedCode", code), fields=told, message=message)
