"""Rows that ask for the dependencies of given tools, and rows that ask which field of which result an argument means.

- ComplexTool-Plan: ``{input: '{"query", "tool_sequence": {id: {name, description, inputSchema}}}', output: '…{"DAG":
  "1->2, 2->3"}…'}``; ``"a->b"`` is a before b. Rows are read as they are; an edge that is told twice counts once.
- NESTFUL: ``{input, output: [{name, arguments, label}]}``; ``"$var1.field$"`` in an argument is a reference. The set
  has no schemas, so a tool's arguments and result fields are those that its calls in the file show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, cast

from questline.agents.tool_planner.dependencies import Chosen
from questline.agents.tool_planner.references import Place
from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition

from .rows import Row, read_rows

__all__ = ["CallTask", "Edge", "Mark", "Meant", "PlanTask", "read_dag", "read_plan_rows"]

Edge: TypeAlias = tuple[str, str]
Meant: TypeAlias = tuple[str, Place]
"""A call's label and the way into its result."""
_MARK: Final = re.compile(r"\$(var\d+)(?:\.([^$]+))?\$")
_QUOTED: Final = re.compile(r"[\"“]([^\"”]*)[\"”]")
_INSTRUCTION: Final = (
    "Say which of the given tools has to be called before which, so that they answer the query, as JSON alone: "
    '{"DAG": "1->2, 2->3"}, by the numbers of the tools.'
)
"""For rows that have none."""
_ABOUT: Final = "描述是"
"""What stands between a server's name and the description in ComplexTool-Plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTask:
    """A question with the tools that serve it, and the edges between them."""

    id: str
    query: str
    chosen: tuple[Chosen, ...]
    edges: frozenset[Edge]
    asked: str = ""
    """What a language model is asked, as the set has it: its instruction, and the row's JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One argument of one call, and what it refers to: several references where its text holds several."""

    call: int
    argument: str
    meant: tuple[Meant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTask:
    """A question with the calls that answer it, in order, and the references between them."""

    id: str
    query: str
    calls: tuple[Chosen, ...]
    """Their ids are labels; arguments that hold references are left out."""
    marks: tuple[Mark, ...]


def read_dag(text: str) -> frozenset[Edge] | None:
    """Return the edges of ``{"DAG": "1->2, 2->3"}``, bare or in a code fence; None for what cannot be read.

    >>> sorted(read_dag('{"DAG": "1->2, 2->3"}') or ())
    [('1', '2'), ('2', '3')]
    """
    body = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```")
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    dag = cast("Mapping[str, object]", value).get("DAG") if isinstance(value, dict) else None
    if not isinstance(dag, str):
        return None
    edges: set[Edge] = set()
    for part in filter(None, map(str.strip, dag.split(","))):
        ends = tuple(end.strip() for end in part.split("->"))
        if len(ends) != 2 or not all(ends):
            return None
        edges.add(ends)
    return frozenset(edges)


def read_plan_rows(path: Path) -> list[PlanTask] | list[CallTask]:
    """Read a file of either form.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field``; ``file_not_found``, ``unreadable_file``,
            ``bad_encoding``.
    """
    rows = list(read_rows(path))
    if not rows:
        raise UsageError(f"{str(path)!r} holds no row", code="bad_data", path=path)
    if isinstance(rows[0].values.get("output"), list):
        return _call_tasks(rows)
    return [_plan_task(row) for row in rows]


def _object(value: object) -> Mapping[str, object]:
    """Return an object's members, none of anything else."""
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else dict[str, object]()


def _plan_task(row: Row) -> PlanTask:
    try:
        asked: object = json.loads(row.text("input"))
    except ValueError as error:
        raise row.fault("input", f"needs 'input' as JSON ({error})") from None
    members = _object(asked)
    query, tools = members.get("query"), members.get("tool_sequence")
    if not isinstance(query, str) or not isinstance(tools, dict) or not tools:
        raise row.fault("input", "needs 'query' and 'tool_sequence' in 'input'")
    edges = read_dag(row.text("output"))
    if edges is None:
        raise row.fault("output", "needs 'output' with a DAG")
    given = cast("Mapping[str, object]", tools)
    chosen = tuple(Chosen(id=name, tool=_definition(row, tool)) for name, tool in given.items())
    told = row.values.get("instruction")
    instruction = told.strip() if isinstance(told, str) and told.strip() else _INSTRUCTION
    text = f"{instruction}\n{row.text('input')}"
    return PlanTask(id=f"line-{row.line}", query=query, chosen=chosen, edges=edges, asked=text)


def _definition(row: Row, value: object) -> ToolDefinition:
    tool = _object(value)
    name, said, schema = tool.get("name"), tool.get("description"), tool.get("inputSchema")
    if not isinstance(name, str) or not isinstance(said, str) or not isinstance(schema, dict):
        raise row.fault("input", "needs tools with 'name', 'description' and 'inputSchema'")
    found = _QUOTED.search(said)
    described = said.partition(_ABOUT)[2] if _ABOUT in said else "" if found else said
    return ToolDefinition(
        server=found[1] if found else "",
        name=name,
        description=described.strip('：:,，"“” '),
        input_schema=cast("Mapping[str, object]", schema),
    )


def _call_tasks(rows: Sequence[Row]) -> list[CallTask]:
    calls = [(row, [_call(row, item) for item in cast("list[object]", row.values.get("output") or [])]) for row in rows]
    fields: dict[str, dict[Place, None]] = {}
    for _, listed in calls:
        names = {label: name for name, _, label in listed}
        for _, arguments, _ in listed:
            for label, path in (each for value in arguments.values() for each in _meant(value)):
                if label in names and path:
                    fields.setdefault(names[label], {})[path] = None
    schemas = {name: _result_schema(list(paths)) for name, paths in fields.items()}
    return [_call_task(row, listed, schemas) for row, listed in calls]


def _call(row: Row, item: object) -> tuple[str, Mapping[str, object], str]:
    call = _object(item)
    name, arguments = call.get("name"), call.get("arguments")
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise row.fault("output", "needs calls with 'name' and 'arguments'")
    return name, cast("Mapping[str, object]", arguments), str(call.get("label") or "")


def _meant(value: object) -> list[Meant]:
    marks = _MARK.findall(value) if isinstance(value, str) else []
    return [(label, _path(way)) for label, way in cast("list[tuple[str, str]]", marks)]


def _path(text: str) -> Place:
    """Read ``author[0].id``; names may hold blanks."""
    parts = re.findall(r"[^.\[\]]+|\[\d+\]", text)
    return tuple(int(part[1:-1]) if part.startswith("[") else part for part in parts)


def _result_schema(paths: Sequence[Place]) -> dict[str, object]:
    """Return a schema with just these fields."""
    heads: dict[str | int, list[Place]] = {}
    for path in paths:
        if path:
            heads.setdefault(path[0], []).append(path[1:])
    if not heads:
        return {}
    inner = {head: _result_schema(rest) for head, rest in heads.items()}
    if all(isinstance(head, int) for head in heads):
        return {"type": "array", "items": next(iter(inner.values()))}
    return {"type": "object", "properties": {str(head): schema for head, schema in inner.items()}}


def _call_task(
    row: Row,
    listed: Sequence[tuple[str, Mapping[str, object], str]],
    schemas: Mapping[str, Mapping[str, object]],
) -> CallTask:
    chosen: list[Chosen] = []
    marks: list[Mark] = []
    for number, (name, arguments, label) in enumerate(listed):
        held = {argument: tuple(_meant(value)) for argument, value in arguments.items()}
        marks += [Mark(call=number, argument=argument, meant=meant) for argument, meant in held.items() if meant]
        tool = ToolDefinition(
            server="",
            name=name,
            input_schema={
                "type": "object",
                "properties": {argument: {} for argument in arguments},
                "required": [argument for argument, meant in held.items() if meant],
            },
            output_schema={**schemas.get(name, {"type": "object"})},
        )
        given = {argument: arguments[argument] for argument, meant in held.items() if not meant}
        chosen.append(Chosen(id=label or f"call{number}", tool=tool, intent=row.text("input"), arguments=given))
    return CallTask(id=f"line-{row.line}", query=row.text("input"), calls=tuple(chosen), marks=tuple(marks))
