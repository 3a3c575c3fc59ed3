"""A plan as JSON (spec 02 §2.5): written for people to read and change, and read without losing or guessing anything.

``{"tasks": [{"id", "intent", "server", "tool", "args"}], "edges": [["T1", "T2"]]}``; of a plan that ran, tasks also
have ``status``, ``result``, ``decided_by`` and ``reason``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast, get_args

from questline.errors import UsageError
from questline.types import Plan, Task, TaskStatus

__all__ = ["as_json", "from_json", "load", "save"]

_LARGEST: Final = 1024 * 1024
"""Bytes of a plan file."""
_MOST: Final = 1_000
"""Tasks of a plan."""
_NEEDED: Final = ("id", "server", "tool")
_PLAIN: Final = ("id", "intent", "server", "tool", "status", "result", "decided_by", "reason")
_WRITTEN: Final = ("status", "result", "decided_by", "reason")
"""Fields that are written only where they say something."""
_STATUSES: Final[tuple[str, ...]] = get_args(TaskStatus)


def as_json(plan: Plan) -> str:
    """Write a plan; `from_json` gives it back where its ids are unique.

    Raises:
        UsageError: ``bad_plan`` with ``task`` and ``field``: an argument is not JSON data.
    """
    empty = Task(id="", intent="")
    tasks: list[dict[str, object]] = []
    for task in plan.tasks:
        written: dict[str, object] = {"id": task.id, "intent": task.intent, "server": task.server, "tool": task.tool}
        written |= {"args": dict(task.arguments)}
        written |= {name: getattr(task, name) for name in _WRITTEN if getattr(task, name) != getattr(empty, name)}
        try:
            json.dumps(written, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise _fault(task.id, "args", f"they are not JSON data ({error})") from None
        tasks.append(written)
    lines = ",\n".join(_indented(json.dumps(task, ensure_ascii=False, indent=2), 4) for task in tasks)
    edges = ", ".join(json.dumps(list(edge), ensure_ascii=False) for edge in plan.edges)
    listed = f"[\n{lines}\n  ]" if tasks else "[]"
    return f'{{\n  "tasks": {listed},\n  "edges": [{edges}]\n}}\n'


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.split("\n"))


def save(plan: Plan, path: Path) -> None:
    """Write a plan to a file, in UTF-8.

    Raises:
        UsageError: ``bad_plan``: an argument is not JSON data; ``unreadable_file``: the file cannot be written.
    """
    text = as_json(plan)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be written ({error})", code="unreadable_file", path=path) from error


def load(path: Path) -> Plan:
    """Read a plan file, which a user may have written or changed.

    Raises:
        UsageError: ``file_not_found``, ``unreadable_file``, ``bad_encoding``; ``bad_plan`` with ``path``, ``task``,
            ``field`` and ``reason``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {str(path)!r}", code="file_not_found", path=path) from error
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read ({error})", code="unreadable_file", path=path) from error
    try:
        return from_json(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{str(path)!r} is not UTF-8", code="bad_encoding", path=path) from error
    except UsageError as error:
        raise UsageError(
            f"{str(path)!r}: {error.message}", code=error.code, retryable=False, path=path, **error.fields
        ) from error


def from_json(text: str) -> Plan:
    """Read a plan. Only its form is checked: `repair` and `check` say whether it can run.

    Raises:
        UsageError: ``bad_plan`` with ``task`` (its id, or ``#3`` where it has none), ``field`` and ``reason``: no JSON,
            a name that is given twice or unknown, a field that is missing or of another type, an id that two tasks
            have, an edge to no task.
    """
    if len(text) > _LARGEST:
        raise _fault("", "", f"it is longer than {_LARGEST} characters")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError:
        raise _fault("", "", "it nests too deeply") from None
    except ValueError as error:
        raise _fault("", "", f"it is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise _fault("", "", 'it is not an object with "tasks"')
    members = cast("dict[str, object]", value)
    _known(members, ("tasks", "edges"), "")
    listed = members.get("tasks")
    if not isinstance(listed, list):
        raise _fault("", "tasks", "it is missing, or no list")
    items = cast("list[object]", listed)
    if len(items) > _MOST:
        raise _fault("", "tasks", f"there are more than {_MOST}")
    tasks: dict[str, Task] = {}
    for number, item in enumerate(items, 1):
        task = _task(item, number)
        if task.id in tasks:
            raise _fault(task.id, "id", "two tasks have this id")
        tasks[task.id] = task
    waits: dict[str, list[str]] = {name: [] for name in tasks}
    for before, after in _edges(members.get("edges", []), tasks):
        waits[after].append(before)
    return Plan(tasks=tuple(replace(task, depends_on=tuple(waits[name])) for name, task in tasks.items()))


def _task(item: object, number: int) -> Task:
    if not isinstance(item, dict):
        raise _fault(f"#{number}", "", "it is not an object")
    members = cast("dict[str, Any]", item)
    given = members.get("id")
    name = given if isinstance(given, str) and given else f"#{number}"
    _known(members, (*_PLAIN, "args"), name)
    for field in _NEEDED:
        if field not in members:
            raise _fault(name, field, "it is missing")
    for field in _PLAIN:
        if field in members and not isinstance(members[field], str):
            raise _fault(name, field, "it is no text")
    if not members["id"]:
        raise _fault(name, "id", "it is empty")
    if members.get("status", "pending") not in _STATUSES:
        raise _fault(name, "status", f"it is none of {', '.join(_STATUSES)}")
    arguments = members.pop("args", {})
    if not isinstance(arguments, dict):
        raise _fault(name, "args", "it is no object")
    texts: dict[str, Any] = {"intent": "", **members}
    return Task(**texts, arguments=cast("dict[str, object]", arguments))


def _edges(value: object, tasks: Mapping[str, Task]) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list):
        raise _fault("", "edges", "it is no list")
    for number, edge in enumerate(cast("list[object]", value)):
        pair = cast("list[object]", edge) if isinstance(edge, list) else []
        if len(pair) != 2 or not all(isinstance(end, str) for end in pair):
            raise _fault("", f"edges[{number}]", "it is no pair of task ids")
        before, after = cast("list[str]", pair)
        for end in (before, after):
            if end not in tasks:
                raise _fault(end, f"edges[{number}]", f"there is no task {end!r}")
        yield before, after


def _known(members: Mapping[str, object], names: Sequence[str], task: str) -> None:
    for name in members:
        if name not in names:
            raise _fault(task, name, f"no such field; there are {', '.join(names)}")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} stands twice in one object")
    return members


def _constant(name: str) -> object:
    raise ValueError(f"{name} is no number of JSON")


def _fault(task: str, field: str, reason: str) -> UsageError:
    where = f"task {task!r}" + (f", {field}" if field else "") if task else field or "the whole"
    return UsageError(
        f"the plan cannot be read: {where}: {reason}", code="bad_plan", task=task, field=field, reason=reason
    )
