"""Catalogues of tools, and tasks that need some of them: one reader for the forms that data sets have.

Catalogue rows:

- ``{server, tool | name, description, inputSchema | input_schema, server_description?}``: your own (LiveMCPBench's)
- ``{name, description}``: without servers (MetaTool)
- ``{category, name, description, input_schema}``: the category stands for the server (MCPToolBench++)
- ``{api_name, api_description, field, parameters}``: the field stands for the server (Seal-Tools)
- ``{api_list: [{category_name, tool_name, api_name, …}], …}``: tasks that bring their tools, pooled (StableToolBench)
- ``{function: [{name, description, parameters}], …}``: likewise (BFCL)

Task rows: ``{query, tools[], steps?[], servers?[]}``, and those of the same sets. A tool is named ``server/tool``, or
by its bare name where only one server has it, or where ``servers`` says which is meant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from questline.errors import UsageError
from questline.tools.tool_retrieval.documents import ToolDocument, parameters_of

from .rows import Row, read_rows

__all__ = ["ToolTask", "held_out", "own_tools", "query_of", "read_catalogue", "read_tool_tasks"]

Object = Mapping[str, object]


def held_out(query: str) -> bool:
    """Say whether a query is of the fifth that nothing learns from: it goes by the query's own words, in every set."""
    return int(hashlib.sha256(query.encode("utf-8", "replace")).hexdigest()[:8], 16) % 100 < 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolTask:
    """A question, and the tools that serve it."""

    id: str
    query: str
    tools: tuple[str, ...]
    """Their ids in the catalogue, at least one."""
    steps: tuple[str, ...] = ()
    """The needs inside the query, where somebody has written them down."""
    servers: tuple[str, ...] = ()
    """Their servers; empty where the catalogue has none."""


def read_catalogue(path: Path) -> list[ToolDocument]:
    """Read the tools of a file, in any of the forms above; what is the same twice counts once.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field``, also where two different tools have one id;
            ``no_tools`` for a file without any; ``file_not_found``, ``unreadable_file``, ``bad_encoding``.
    """
    found: dict[str, ToolDocument] = {}
    pooled = False
    for row in read_rows(path):
        pooled = pooled or "api_list" in row.values or "function" in row.values
        for tool in _tools(row):
            known = found.setdefault(tool.id, tool)
            if known != tool and not pooled:  # tasks tell the same tool in slightly different words
                raise row.fault("name", f"the tool {tool.id!r} stands in the file twice, with different texts")
    if not found:
        raise UsageError(f"{str(path)!r} holds no tool", code="no_tools", path=path)
    return list(found.values())


def read_tool_tasks(path: Path, catalogue: Sequence[ToolDocument]) -> list[ToolTask]:
    """Read the tasks of a file, in any of the forms above; rows without a tool of the catalogue are left out.

    Args:
        path: JSON lines, plain or gzipped.
        catalogue: What `read_catalogue` returned.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field``, also for a tool that the catalogue has not;
            ``ambiguous_tool`` with ``candidates`` for a bare name that several servers have.
    """
    names: dict[str, list[str]] = {}
    for tool in catalogue:
        names.setdefault(tool.name, []).append(tool.id)
    ids = {tool.id: tool.server for tool in catalogue}
    tasks: list[ToolTask] = []
    for row in read_rows(path):
        servers = row.texts("servers") if row.values.get("servers") else ()
        wanted = [_resolved(row, name, servers, ids, names) for name in _wanted(row)]
        tools = tuple(dict.fromkeys(name for name in wanted if name is not None))
        if not tools:
            continue
        tasks.append(
            ToolTask(
                id=f"line-{row.line}",
                query=query_of(row),
                tools=tools,
                steps=row.texts("steps") if row.values.get("steps") else (),
                servers=servers or tuple(dict.fromkeys(ids[tool] for tool in tools if ids[tool])),
            )
        )
    if not tasks:
        raise UsageError(f"no row of {str(path)!r} names a tool of the catalogue", code="bad_data", path=path)
    return tasks


def own_tools(row: Row) -> list[ToolDocument]:
    """Return the tools that one row describes; raises `UsageError` ``bad_data``."""
    return list({tool.id: tool for tool in _tools(row)}.values())


def _tools(row: Row) -> Iterator[ToolDocument]:
    values = row.values
    if "api_list" in values:
        for api in _objects(row, "api_list"):
            parameters = (*_listed(api, "required_parameters"), *_listed(api, "optional_parameters"))
            yield ToolDocument(
                server=_told(api, "tool_name"),
                server_description=_told(api, "category_name"),
                name=_name(row, api, "api_name"),
                description=_told(api, "api_description"),
                parameters=tuple((_told(one, "name"), _told(one, "description")) for one in parameters),
            )
    elif "function" in values:
        for function in _objects(row, "function"):
            yield _tool(row, function, "name", "description", function.get("parameters"))
    elif "api_name" in values:
        schema = {"properties": values.get("parameters")}
        yield _tool(row, values, "api_name", "api_description", schema, server=_told(values, "field"))
    else:
        name = "tool" if "tool" in values else "name"
        schema = values.get("inputSchema", values.get("input_schema"))
        server = _told(values, "server") or _told(values, "category")
        yield _tool(row, values, name, "description", schema, server=server)


def _tool(row: Row, values: Object, name: str, description: str, schema: object, server: str = "") -> ToolDocument:
    return ToolDocument(
        server=server,
        server_description=_told(values, "server_description"),
        name=_name(row, values, name),
        description=_told(values, description),
        parameters=parameters_of(cast("Object", schema)) if isinstance(schema, Mapping) else (),
    )


def query_of(row: Row) -> str:
    """Return what a row asks; raises `UsageError` ``bad_data``."""
    turns = row.values.get("question")
    if isinstance(turns, list):  # BFCL: turns of messages; the first one asks
        while isinstance(turns, list) and turns:
            turns = cast("list[object]", turns)[0]
        said = cast("Object", turns).get("content") if isinstance(turns, Mapping) else None
        return Row(row.path, row.line, {"question": said}).text("question")
    return row.text("query", "question")


def _wanted(row: Row) -> list[str]:
    """Return the tools that a row names, in its own words."""
    values = row.values
    if "function_call_label" in values:
        return [_name(row, call, "name") for call in _objects(row, "function_call_label")]
    if "calling" in values:
        return [_name(row, call, "api") for call in _objects(row, "calling")]
    if "relevant APIs" in values:
        pairs = cast("list[list[object]]", values["relevant APIs"] or [])
        return ["/".join(map(str, pair)) for pair in pairs]
    if "ground_truth" in values:
        return [name for call in _objects(row, "ground_truth") for name in call] if values["ground_truth"] else []
    return list(row.texts("tools"))


def _resolved(
    row: Row, name: str, servers: Sequence[str], ids: Mapping[str, str], names: Mapping[str, list[str]]
) -> str | None:
    if name in ids:
        return name
    if "relevant APIs" in row.values:  # the set names a few that it does not describe
        return None
    here = [one for one in names.get(name, ()) if not servers or ids[one] in servers]
    if not here:
        raise row.fault("tools", f"the catalogue has no tool {name!r}")
    if len(here) > 1:
        raise UsageError(
            f"{str(row.path)!r}, line {row.line}: the tool {name!r} may be {', '.join(here)}",
            code="ambiguous_tool",
            path=row.path,
            line=row.line,
            field="tools",
            candidates=", ".join(here),
        )
    return here[0]


def _objects(row: Row, name: str) -> list[Object]:
    value = row.values.get(name)
    items = cast("list[object]", value) if isinstance(value, list) else []
    if not items or not all(isinstance(item, dict) for item in items):
        raise row.fault(name, f"needs {name!r} as a list of at least one object")
    return cast("list[Object]", items)


def _listed(values: Object, name: str) -> list[Object]:
    value = values.get(name)
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Object", item) for item in items if isinstance(item, dict)]


def _told(values: Object, name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _name(row: Row, values: Object, name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value.strip():
        raise row.fault(name, f"needs {name!r} as text")
    return value
