"""Read sessions, and the categories of items, from JSON lines, plain or gzip: the forms in which they are published.

[12, 40, 12]                                          a session a line, its line number the id
{"id": "s1", "user": "ada", "items": ["tea", "cup"]}  with ids
{"session": "1", "user": "NA", "item": "81766", "timeframe": "526309"}   a click a line; by time within a session
{"item": 1, "attrs": [3, 4]}                          categories of an item
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError
from questline.tools.retrieval.readers.rows import json_object, opened

from .result import Session

__all__ = ["read_categories", "read_sessions"]

_NOBODY: Final = frozenset({"", "NA", "NULL", "None", None})
_TIMES: Final = ("time", "timestamp", "timeframe")


def read_sessions(path: Path) -> list[Session]:
    """Return the sessions of a file, in its order; clicks of one session may stand apart.

    Raises:
        UsageError: ``bad_data`` with the ``line``; ``file_not_found``, ``unreadable_file`` or ``bad_encoding``.
    """
    found: list[Session] = []
    clicks: dict[str, list[tuple[float, int, str]]] = {}
    owners: dict[str, str | None] = {}
    for line, row in _rows(path):
        if isinstance(row, list):
            items = tuple(_id(path, line, "item", item) for item in row)
            found.append(Session(id=str(line), items=items))
        elif "items" in row:
            items = row["items"]
            if not isinstance(items, list):
                raise _bad(path, line, "has 'items' that are no list")
            each = tuple(_id(path, line, "item", item) for item in cast("list[object]", items))
            found.append(
                Session(id=_id(path, line, "id", row.get("id", line)), items=each, user=_user(path, line, row))
            )
        elif "item" in row and "session" in row:
            name = _id(path, line, "session", row["session"])
            owners.setdefault(name, _user(path, line, row))
            clicks.setdefault(name, []).append((_time(path, line, row), line, _id(path, line, "item", row["item"])))
        else:
            raise _bad(path, line, "is neither a list of items, nor has it 'items', or 'session' and 'item'")
    for name, told in clicks.items():
        found.append(Session(id=name, items=tuple(item for _, _, item in sorted(told)), user=owners[name]))
    if not found:
        raise UsageError(f"{str(path)!r} holds no session", code="bad_data", path=path)
    return found


def read_categories(path: Path) -> dict[str, list[str]]:
    """Return item → categories from rows ``{item, attrs | categories}``; raises what `read_sessions` raises."""
    found: dict[str, list[str]] = {}
    for line, row in _rows(path):
        names = row.get("attrs", row.get("categories")) if not isinstance(row, list) else None
        if isinstance(row, list) or not isinstance(names, list) or "item" not in row:
            raise _bad(path, line, "has no 'item' with a list 'categories' (or 'attrs')")
        told = [_id(path, line, "category", name) for name in cast("list[object]", names)]
        found.setdefault(_id(path, line, "item", row["item"]), []).extend(dict.fromkeys(told))
    return found


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, object] | list[object]]]:
    with opened(path) as lines:
        for line, data in enumerate(lines, 1):
            if data.lstrip().startswith(b"["):
                try:
                    yield line, cast("list[object]", json.loads(data))
                except (ValueError, RecursionError) as error:
                    raise _bad(path, line, f"is not JSON ({getattr(error, 'msg', error)})") from error
            elif data.strip():
                yield line, json_object(data, path, line)


def _id(path: Path, line: int, what: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise _bad(path, line, f"has the {what} {value!r:.60}, which is neither text nor a whole number")
    return str(value)


def _user(path: Path, line: int, row: Mapping[str, object]) -> str | None:
    value = row.get("user")
    return None if value in _NOBODY else _id(path, line, "user", value)


def _time(path: Path, line: int, row: Mapping[str, object]) -> float:
    value = next((row[name] for name in _TIMES if row.get(name) is not None), 0.0)
    try:
        return float(cast("str", value))
    except (TypeError, ValueError) as error:
        raise _bad(path, line, f"has the time {value!r:.60}, which is no number") from error


def _bad(path: Path, line: int, what: str) -> UsageError:
    return UsageError(f"{str(path)!r}, line {line} {what}", code="bad_data", path=path, line=line)
