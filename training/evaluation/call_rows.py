"""Read tasks of function calling as BFCL has them: a question, the functions, and the calls that count as right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from questline.errors import UsageError

from .rows import Row, read_rows
from .tool_rows import query_of

__all__ = ["CallTask", "Function", "read_call_tasks"]

Object = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function that may be called."""

    name: str
    description: str
    parameters: Object
    """Its schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTask:
    """A question with the functions that are at hand."""

    id: str
    query: str
    functions: tuple[Function, ...]
    accepted: tuple[Object, ...]
    """One for each call that is right: function → argument → accepted values; empty where no function fits."""


def read_call_tasks(path: Path) -> list[CallTask]:
    """Read ``{question, function[], ground_truth, id?}`` rows; a ``ground_truth`` of null or [] wants no call.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field``; ``file_not_found``, ``unreadable_file``,
            ``bad_encoding``.
    """
    tasks = [_task(row) for row in read_rows(path)]
    if not tasks:
        raise UsageError(f"{str(path)!r} holds no task", code="bad_data", path=path, field="question")
    return tasks


def _task(row: Row) -> CallTask:
    functions = tuple(_function(row, one) for one in _objects(row, "function"))
    if not functions:
        raise row.fault("function", "needs 'function' as a list of at least one function")
    truth = row.values.get("ground_truth")
    if "ground_truth" not in row.values:
        raise row.fault("ground_truth", "needs 'ground_truth': a list of calls, or null where none is right")
    accepted = _objects(row, "ground_truth") if truth else []
    for one in accepted:
        if len(one) != 1 or not all(isinstance(values, Mapping) for values in one.values()):
            raise row.fault("ground_truth", "needs each call of 'ground_truth' as {function: {argument: [values]}}")
    name = row.identifier("id") if row.values.get("id") is not None else f"line-{row.line}"
    return CallTask(id=name, query=query_of(row), functions=functions, accepted=tuple(accepted))


def _function(row: Row, values: Object) -> Function:
    name, told, parameters = values.get("name"), values.get("description", ""), values.get("parameters", {})
    if not isinstance(name, str) or not name or not isinstance(told, str) or not isinstance(parameters, Mapping):
        raise row.fault("function", "needs each function with 'name', 'description' and 'parameters'")
    return Function(name=name, description=told, parameters=cast("Object", parameters))


def _objects(row: Row, name: str) -> list[Object]:
    value = row.values.get(name)
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    if not all(isinstance(one, Mapping) for one in items):
        raise row.fault(name, f"needs {name!r} as a list of objects")
    return [cast("Object", one) for one in items]
