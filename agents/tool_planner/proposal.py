"""What a language model writes for a plan: how tools are shown to it, and how its answer is read, strictly.

It is asked for a call a line (`call_lines`); JSON of the same meaning is read as well, and is what a second answer is
held to where the server can hold one to a schema.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from questline.agents.intents.values import Intents
from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.fencing import fence
from questline.tools.json_text import json_list
from questline.types import Task

from .call_lines import calls, shown_name
from .contract import Candidate, Unserved, UnservedCode
from .references import find, read

__all__ = ["AS_JSON", "MOST_TASKS", "SCHEMA", "Proposal", "proposed", "read_task", "shown_needs", "shown_tools"]

MOST_TASKS: Final = 24
_MOST_TOOLS: Final = 40
_DESCRIBED: Final = 400
_ARGUMENT: Final = 160
_MOST_MEMBERS: Final = 24
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
"""What a second answer is held to, where the server can do that."""
AS_JSON: Final = (
    '{"tasks": [{"id": "T1", "needs": [1], "server": "…", "tool": "…", "args": {…}}], "missing": [{"need": 2, '
    '"code": "no_tool", "fields": []}]}, with {"$ref": "T1.result.name"} for $1.name'
)
"""How that is told to the model."""


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
    names = Counter(name for _, name in {(one.tool.server, one.tool.name) for each in candidates for one in each})
    return fence("tools", (_shown(one, bare=names[one.tool.name] == 1) for one in tools.values()))


def _shown(one: Candidate, *, bare: bool) -> str:
    """Return a tool as a call of it is written; with its server before its name where two have one name."""
    tool = one.tool
    name = shown_name(tool.name if bare else tool.qualified)
    said = " ".join(f"{tool.description} ({one.about})".split())[: 2 * _DESCRIBED]
    result = _members(tool.output_schema or {})
    return f"{name}({_members(tool.input_schema, optional=True)}){f' -> {result}' if result else ''}: {said}"


def _members(schema: Mapping[str, Any], *, optional: bool = False) -> str:
    required = cast("list[object]", schema.get("required") or [])
    rows: list[str] = []
    for name, member in list(_properties(schema).items())[:_MOST_MEMBERS]:
        mark = "?" if optional and name not in required else ""
        said = " ".join(str(member.get("description") or "").split())
        told = f" ({said})" if said else ""
        rows.append(f"{shown_name(name)}{mark}: {_type(member)}{told}"[:_ARGUMENT])
    return ", ".join(rows)


def _type(member: Mapping[str, Any]) -> str:
    if "enum" in member:
        return json.dumps(member["enum"], ensure_ascii=False)
    inner = member.get("items") if member.get("type") == "array" else member
    names = ", ".join(_properties(cast("Mapping[str, Any]", inner)) if isinstance(inner, Mapping) else ())
    if not names:
        return str(member.get("type", "any"))
    return f"[{{{names}}}]" if inner is not member else f"{{{names}}}"


def _properties(schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    found = cast("Mapping[object, object]", properties)
    return {
        str(name): cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
        for name, value in found.items()
    }


def read_task(row: object, needs: int, tools: Mapping[tuple[str, str], ToolDefinition]) -> tuple[Task, tuple[int, ...]]:
    """Read one task and the positions (from 0) of the needs it works for.

    Raises:
        ValueError: With a message for the model.
    """
    fields = cast("dict[str, object]", row) if isinstance(row, dict) else {}
    name, server, tool = fields.get("id"), fields.get("server", ""), fields.get("tool")
    if (
        not isinstance(name, str)
        or not name
        or len(name) > _ID
        or not isinstance(server, str)
        or not isinstance(tool, str)
    ):
        raise ValueError('a task is {"id": "T1", "needs": [1], "server": "…", "tool": "…", "args": {…}}')
    server, tool = _named(name, server, tool, tools)
    arguments = fields.get("args", {})
    if not isinstance(arguments, dict):
        raise ValueError(f'{name}: "args" is an object')  # noqa: TRY004 because it is a message for the model
    numbers = fields.get("needs", [1] if needs == 1 else None)
    listed = cast("list[object]", numbers) if isinstance(numbers, list) else [numbers]
    whole = [number for number in listed if isinstance(number, int) and not isinstance(number, bool)]
    if not whole or len(whole) < len(listed) or not all(1 <= number <= needs for number in whole):
        raise ValueError(f"{name}: say for which needs it is, by numbers from 1 to {needs}")
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


def _named(name: str, server: str, tool: str, tools: Mapping[tuple[str, str], ToolDefinition]) -> tuple[str, str]:
    """Return which tool is meant; the name of its server may be missing, or stand before its own."""
    before, slash, rest = tool.partition("/")
    ways = [(server, tool)] if server else []
    ways += [(before, rest)] if slash and server in ("", before) else []
    ways += [] if server else [key for key in tools if key[1] == tool]
    found = list(dict.fromkeys(key for key in ways if key in tools))
    if len(found) == 1:
        return found[0]
    told = f"there is no tool {server}/{tool}" if server else f"there is no tool {tool}"
    if found:
        told = f"several servers have a tool {tool}: {', '.join('/'.join(key) for key in found)}"
    raise ValueError(f"{name}: {told}"[:200])


def proposed(text: str, intents: Intents, tools: Mapping[tuple[str, str], ToolDefinition]) -> Proposal:
    """Read a model's whole answer: calls, one a line, or JSON.

    Mended by rule: of JSON what `json_list` mends, and a list of tasks without its object.

    Raises:
        ValueError: With a message for the model.
    """
    written = calls(text)
    rows, missing = written if written is not None else _of_json(text)
    if len(rows) > MOST_TASKS:
        raise ValueError(f"write at most {MOST_TASKS} calls")
    needs = len(intents.items)
    tasks: dict[str, Task] = {}
    serves: dict[str, tuple[int, ...]] = {}
    for row in rows:
        task, numbers = read_task(row, needs, tools)
        if task.id in tasks:
            raise ValueError(f"two calls have the number {task.id}")
        tasks[task.id], serves[task.id] = task, numbers
    unserved = [_missing(row, needs) for row in missing]
    reached = {number for numbers in serves.values() for number in numbers}
    open_needs = [number + 1 for number in range(needs) if number not in reached | {one.intent for one in unserved}]
    if open_needs:
        raise ValueError(f"need {open_needs[0]} has no call; write one, or: missing {open_needs[0]}: no_tool")
    return Proposal(
        tasks=tuple(tasks.values()),
        serves=serves,
        unserved=tuple(one for one in unserved if one.intent not in reached),
    )


def _of_json(text: str) -> tuple[list[object], list[object]]:
    rows = json_list(text)
    first = cast("dict[str, object]", rows[0]) if len(rows) == 1 and isinstance(rows[0], dict) else {}
    if "tasks" not in first:
        return rows, []
    listed, missing = first["tasks"], first.get("missing") or list[object]()
    if not isinstance(listed, list) or not isinstance(missing, list):
        raise ValueError('"tasks" and "missing" are lists')  # noqa: TRY004 because it is a message for the model
    return cast("list[object]", listed), cast("list[object]", missing)


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
