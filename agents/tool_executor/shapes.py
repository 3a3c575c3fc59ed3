"""What kind of thing a tool's result is: one value, a record, rows, a text, an answer with citations, a refusal.

Results are other people's JSON. Nothing here knows a server: only forms that many tools share, such as a value
beside its unit, columns beside rows, or one list of objects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

from .refusals import finds_nothing
from .views import Cited, Nothing, Passages, Place, Plain, Record, Refused, Rows, Text, Value, View

__all__ = ["view"]

_WRAPPERS: Final = frozenset({"result", "results", "data", "output", "response", "value", "content"})
_ABOUT: Final = frozenset(
    {"warnings", "sql", "truncated", "cached", "took", "took_ms", "elapsed", "request_id", "version", "left_out"}
    | {"unreadable", "score", "confidence", "rounded", "complete", "has_more", "hasmore", "next_cursor", "nextcursor"}
    | {"status", "ok", "success", "columns", "metadata", "meta", "answers"}
)
"""Members that speak of the result and not of the world."""
_FAILURES: Final = frozenset({"error", "errors", "failure"})
_REFUSALS: Final = frozenset({"refused", "refusal"})
_SAYINGS: Final = frozenset({"", "answer", "text", "message", "summary"})
"""Names of the one text of a result, beside those of wrappers, that may say that there is nothing."""
_TEXTS: Final = ("text", "content", "body", "answer", "summary", "description", "markdown")
_ANSWERS: Final = ("answer", "text", "summary", "content")
_VALUES: Final = ("decimal", "value", "amount", "result", "exact", "total", "quantity", "converted")
_UNITS: Final = ("unit", "units", "currency", "symbol")
_NAMES: Final = ("path", "title", "name", "source", "file", "url", "uri")
_LONG: Final = 160
"""Characters from which a text is something to read, and no value."""
_DEEPEST: Final = 4
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def view(value: object, name: str = "", *, depth: int = 0) -> View:
    """Say what a result is.

    Args:
        value: JSON.
        name: What it is called, where it is a member of something.
        depth: How many wrappers were taken off.
    """
    members = _members(value)
    if members is not None:
        return _of_members(members, name, depth)
    items = _items(value)
    if items is not None:
        return _of_items(items, name)
    if isinstance(value, str):
        return _of_text(value, name)
    return Nothing() if value is None else Value(value=cast("int | float | bool", value), name=name)


def _of_text(text: str, name: str) -> View:
    if not text.strip():
        return Nothing()
    inner = _parsed(text)
    if inner is not None and name in ("", *_WRAPPERS):
        return view(inner, name)
    if name.casefold() in _SAYINGS | _WRAPPERS and finds_nothing(text):
        return Refused(reason=" ".join(text.split()), nothing=True)
    long = len(text) > _LONG or "\n" in text.strip()
    return Text(text=text, name=name) if long else Value(value=text.strip(), name=name)


def _parsed(text: str) -> object:
    """Return the object or list that a text is the JSON of, or None."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return cast("object", json.loads(text))
    except ValueError:
        return None


def _of_items(items: Sequence[object], name: str, *, more: bool = False) -> View:
    if not items:
        return Nothing()
    records = [_members(item) for item in items]
    if all(record is not None for record in records):
        passages = [_passage(cast("Mapping[str, object]", record)) for record in records]
        if all(passage is not None for passage in passages):
            return Passages(items=tuple(passage for passage in passages if passage is not None))
        flat = [_flat(cast("Mapping[str, object]", record)) for record in records]
        columns = tuple(dict.fromkeys(column for row in flat for column in row))
        rows = tuple(tuple(row.get(column) for column in columns) for row in flat)
        return Rows(columns=columns, rows=rows, name=name, more=more) if columns else Nothing()
    lists = [_items(item) for item in items]
    if all(each is not None for each in lists):
        width = max(len(cast("list[object]", each)) for each in lists)
        cells = [[*map(_plain, cast("list[object]", each)), *[None] * width][:width] for each in lists]
        return Rows(columns=("",) * width, rows=tuple(map(tuple, cells)), name=name, more=more) if width else Nothing()
    return Rows(columns=("",), rows=tuple((_plain(item),) for item in items), name=name, more=more)


def _of_members(members: Mapping[str, object], name: str, depth: int) -> View:
    key = next((key for key in members if key.casefold() in _REFUSALS | _FAILURES and members[key]), None)
    if key is not None:
        said = _said(members[key])
        words = members.get("words")  # what was not understood
        named = ", ".join(map(str, cast("list[object]", words))) if isinstance(words, list) else ""
        nothing = key.casefold() in _REFUSALS or finds_nothing(said)
        return Refused(reason=f"{said} ({named})" if named else said, nothing=nothing)
    for read in (_table, _cited, _measured, _document):
        found = read(members, name)
        if found is not None:
            return found
    told = {key: value for key, value in members.items() if key.casefold() not in _ABOUT and value not in (None, "")}
    if not told:
        return Nothing()
    lists = [key for key, value in told.items() if _is_list_of_things(value)]
    scalars = [key for key in told if not isinstance(told[key], (dict, list))]
    if len(told) == 1 and depth < _DEEPEST:
        (key,) = told
        wrapped = key.casefold() in _WRAPPERS
        return _more(view(told[key], name if wrapped else key, depth=depth + 1), members)
    if len(lists) == 1 and len(scalars) <= 2 and not any(isinstance(told[key], dict) for key in told):
        return _of_items(cast("list[object]", told[lists[0]]), lists[0], more=_has_more(members))
    fields = _flat(told)
    return Record(fields=fields) if any(value not in (None, "") for value in fields.values()) else Nothing()


def _more(found: View, members: Mapping[str, object]) -> View:
    if isinstance(found, Rows) and _has_more(members):
        return replace(found, more=True)
    return found


def _has_more(members: Mapping[str, object]) -> bool:
    return any(members.get(key) is True for key in ("truncated", "has_more", "hasMore", "incomplete"))


def _table(members: Mapping[str, object], name: str) -> View | None:
    columns, rows = _items(members.get("columns")), _items(members.get("rows"))
    if columns is None or rows is None or any(_items(row) is None for row in rows):
        return None
    named = tuple(str((_members(column) or {}).get("name", column)) for column in columns)
    cells = tuple(tuple(map(_plain, cast("list[object]", row)))[: len(named)] for row in rows)
    said = _items(members.get("answers")) or []
    answers = tuple(dict.fromkeys(named.index(str(each)) for each in said if str(each) in named))
    held = answers or range(len(named))  # a row without what was asked for says nothing
    kept = tuple(
        row for row in cells if any(cell not in (None, "") for cell in (row[at] for at in held if at < len(row)))
    )
    if not kept:
        return Nothing()
    return Rows(columns=named, rows=kept, name=name, more=_has_more(members), answers=answers)


def _cited(members: Mapping[str, object], _name: str) -> View | None:
    places = _items(members.get("citations"))
    text = next((members[key] for key in _ANSWERS if isinstance(members.get(key), str)), None)
    if places is None or not isinstance(text, str):
        return None
    short, status = members.get("short"), members.get("status")
    return Cited(
        text=text,
        short=short if isinstance(short, str) else "",
        status=status if isinstance(status, str) else "",
        places=tuple(place for place in map(_place, places) if place is not None),
    )


def _place(value: object) -> Place | None:
    members = _members(value) or {}
    start, end = members.get("start"), members.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or not members.get("id"):
        return None
    return Place(start=start, end=end, id=str(members["id"]), source=str(members.get("source") or ""))


def _measured(members: Mapping[str, object], name: str) -> View | None:
    """Return a value beside its unit; of several forms of it the decimal one."""
    unit = next((members[key] for key in _UNITS if isinstance(members.get(key), str)), None)
    forms = [key for key in _VALUES if isinstance(members.get(key), (int, float, str)) and members[key] != ""]
    others = [
        key
        for key, value in members.items()
        if key not in (*_VALUES, *_UNITS) and key.casefold() not in _ABOUT and value not in (None, "", [])
    ]
    if not forms or others or (unit is None and len(forms) < 2):
        return None
    number = next((key for key in forms if _is_number(members[key])), forms[0])
    value = cast("str | int | float", members[number])
    return Value(value=value, name=name, unit=cast("str | None", unit) or "")


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return _NUMBER.fullmatch(value.strip()) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _document(members: Mapping[str, object], _name: str) -> View | None:
    """Return a text with a name or with offsets: a file, a page, a passage."""
    text = next((key for key in _TEXTS if isinstance(members.get(key), str)), None)
    if text is None or any(isinstance(value, (dict, list)) for value in members.values() if value):
        return None
    named = next((str(members[key]) for key in _NAMES if isinstance(members.get(key), str)), "")
    body = cast("str", members[text])
    placed = isinstance(members.get("start"), int) and isinstance(members.get("end"), int)
    if not (placed or (len(body) > _LONG and len(members) <= 12)):
        return None
    return Text(text=body, name=named) if body.strip() else Nothing()


def _passage(members: Mapping[str, object]) -> Text | None:
    """Return one of several texts: it has words, and an id or a source."""
    text = next((members[key] for key in ("text", "snippet", "content", "body") if key in members), None)
    named = [key for key in ("id", "source", "url", "uri", "path", "document") if members.get(key)]
    if not isinstance(text, str) or not text.strip() or not named:
        return None
    title = next((str(members[key]) for key in ("title", "name") if isinstance(members.get(key), str)), "")
    source = next((str(members[key]) for key in ("source", "url", "uri", "path") if members.get(key)), "")
    date = members.get("date")
    return Text(
        text=text,
        name=title,
        id=str(members.get("id") or source),
        source=source,
        date=date if isinstance(date, str) else "",
    )


def _flat(members: Mapping[str, object], prefix: str = "", depth: int = 0) -> dict[str, Plain]:
    fields: dict[str, Plain] = {}
    for key, value in members.items():
        inner = _members(value)
        if inner is not None and depth < _DEEPEST:
            fields |= _flat(inner, f"{prefix}{key}.", depth + 1)
        else:
            fields[f"{prefix}{key}"] = _plain(value)
    return fields


def _plain(value: object) -> Plain:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    items = _items(value)
    if items is not None and all(isinstance(item, (str, int, float)) for item in items):
        return ", ".join(map(str, items))
    return json.dumps(value, ensure_ascii=False)


def _said(value: object) -> str:
    members = _members(value)
    if members is not None and isinstance(members.get("message"), str):
        return str(members["message"])
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_list_of_things(value: object) -> bool:
    items = _items(value)
    return items is not None and any(isinstance(item, (dict, list)) for item in items)


def _members(value: object) -> Mapping[str, object] | None:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else None


def _items(value: object) -> list[object] | None:
    return list(cast("list[object]", value)) if isinstance(value, (list, tuple)) else None
