"""Read scenarios: questions whose right outcome is known, one JSON object a line; every fault names its field."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar, cast, get_args
from zoneinfo import available_timezones

from questline.errors import UsageError
from questline.types import AnswerStatus

from .rows import Row, read_rows
from .scenario_answers import ExpectedAnswer, ExpectedNow, ExpectedNumber

__all__ = ["Expected", "ExpectedCall", "Kind", "Level", "Scenario", "read_scenarios"]

Kind: TypeAlias = Literal["single", "parallel", "chained", "mixed", "impossible"]
Level: TypeAlias = Literal["easy", "middling", "hard"]
Value = TypeVar("Value")

_ROW = ("id", "kind", "level", "question", "servers", "expect", "free_writing", "note")
_EXPECT = ("status", "answer", "calls", "cites", "missing")
_ANSWER = ("contains_all", "one_of", "not_contains", "number", "date", "now")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCall:
    """A call that the usual way to the answer makes."""

    server: str
    tools: tuple[str, ...]
    """One of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The right outcome of a question."""

    status: tuple[AnswerStatus, ...]
    """One of these."""
    answer: ExpectedAnswer
    calls: tuple[ExpectedCall, ...] | None = None
    """None: not judged. Empty: no call at all."""
    cites: int = 0
    """At least as many different pieces of evidence are cited."""
    missing: tuple[tuple[str, ...], ...] = ()
    """What the answer must say is missing: of each, one form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One question and its right outcome."""

    id: str
    kind: Kind
    level: Level
    question: str
    servers: tuple[str, ...]
    """Those that the usual way to the answer needs."""
    expect: Expected
    free_writing: bool
    """It takes prose that templates over results cannot give."""
    note: str


def read_scenarios(path: Path) -> list[Scenario]:
    """Read a file of scenarios.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field`` for a row that is not well-formed, an unknown
            field or an id that stands twice; ``file_not_found``, ``unreadable_file``, ``bad_encoding``.
    """
    scenarios: dict[str, Scenario] = {}
    for row in read_rows(path):
        scenario = _scenario(row)
        if scenario.id in scenarios:
            raise row.fault("id", f"the id {scenario.id!r} stands on an earlier line already")
        scenarios[scenario.id] = scenario
    if not scenarios:
        raise UsageError(f"{str(path)!r} holds no scenario", code="bad_data", path=path, field="id")
    return list(scenarios.values())


def _scenario(row: Row) -> Scenario:
    _known(row, row.values, _ROW, "")
    free = row.values.get("free_writing")
    note = row.values.get("note")
    servers = row.values.get("servers")
    if not isinstance(free, bool):
        raise row.fault("free_writing", "needs 'free_writing' as true or false")
    if not isinstance(note, str):
        raise row.fault("note", "needs 'note' as text, which may be empty")
    return Scenario(
        id=row.identifier("id"),
        kind=_choice(row, "kind", row.values.get("kind"), cast("tuple[Kind, ...]", get_args(Kind))),
        level=_choice(row, "level", row.values.get("level"), cast("tuple[Level, ...]", get_args(Level))),
        question=row.text("question"),
        servers=_texts(row, "servers", [] if servers is None else servers, empty=True),
        expect=_expected(row, _object(row, "expect", row.values.get("expect"))),
        free_writing=free,
        note=note,
    )


def _expected(row: Row, values: Mapping[str, object]) -> Expected:
    _known(row, values, _EXPECT, "expect.")
    status = values.get("status")
    names = cast("list[object]", status) if isinstance(status, list) else [status]
    known = cast("tuple[AnswerStatus, ...]", get_args(AnswerStatus))
    cites = values.get("cites", 0)
    if isinstance(cites, bool) or not isinstance(cites, int) or cites < 0:
        raise row.fault("expect.cites", "needs 'expect.cites' as a whole number from 0")
    if not names:
        raise row.fault("expect.status", "needs 'expect.status' as at least one status")
    return Expected(
        status=tuple(_choice(row, "expect.status", name, known) for name in names),
        answer=_answer(row, _object(row, "expect.answer", values.get("answer"))),
        calls=_calls(row, values["calls"]) if "calls" in values else None,
        cites=cites,
        missing=tuple(_forms(row, "expect.missing", text) for text in _optional(row, values, "expect.", "missing")),
    )


def _answer(row: Row, values: Mapping[str, object]) -> ExpectedAnswer:
    _known(row, values, _ANSWER, "expect.answer.")

    def texts(name: str) -> tuple[str, ...]:
        return _optional(row, values, "expect.answer.", name)

    return ExpectedAnswer(
        contains_all=tuple(_forms(row, "expect.answer.contains_all", text) for text in texts("contains_all")),
        one_of=texts("one_of"),
        not_contains=texts("not_contains"),
        numbers=_several(values, "number", lambda value: _number(row, value)),
        dates=_several(values, "date", lambda value: _date(row, value)),
        now=_now(row, _object(row, "expect.answer.now", values["now"])) if "now" in values else None,
    )


def _number(row: Row, value: object) -> ExpectedNumber:
    field = "expect.answer.number"
    values = _object(row, field, value)
    _known(row, values, ("value", "tolerance", "unit"), f"{field}.")
    number = _finite(row, f"{field}.value", values.get("value"))
    tolerance = _finite(row, f"{field}.tolerance", values.get("tolerance", 0))
    if tolerance < 0:
        raise row.fault(f"{field}.tolerance", f"needs '{field}.tolerance' as a number from 0")
    units = _forms(row, f"{field}.unit", values["unit"]) if "unit" in values else ()
    return ExpectedNumber(value=number, tolerance=tolerance, units=units)


def _now(row: Row, values: Mapping[str, object]) -> ExpectedNow:
    field = "expect.answer.now"
    _known(row, values, ("zone", "minutes"), f"{field}.")
    zone = values.get("zone")
    if not isinstance(zone, str) or zone not in available_timezones():
        raise row.fault(f"{field}.zone", f"needs '{field}.zone' as a zone of the zone database")
    minutes = _finite(row, f"{field}.minutes", values.get("minutes"))
    if minutes <= 0:
        raise row.fault(f"{field}.minutes", f"needs '{field}.minutes' as a number above 0")
    return ExpectedNow(zone=zone, minutes=minutes)


def _calls(row: Row, value: object) -> tuple[ExpectedCall, ...]:
    if not isinstance(value, list):
        raise row.fault("expect.calls", "needs 'expect.calls' as a list")
    calls: list[ExpectedCall] = []
    for one in cast("list[object]", value):
        values = _object(row, "expect.calls", one)
        _known(row, values, ("server", "tool"), "expect.calls.")
        (server,) = _texts(row, "expect.calls.server", [values.get("server")])
        calls.append(ExpectedCall(server=server, tools=_forms(row, "expect.calls.tool", values.get("tool"))))
    return tuple(calls)


def _date(row: Row, value: object) -> date:
    try:
        return date.fromisoformat(cast("str", value))
    except (TypeError, ValueError):
        raise row.fault("expect.answer.date", "needs 'expect.answer.date' as days, YYYY-MM-DD") from None


def _finite(row: Row, field: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise row.fault(field, f"needs {field!r} as a number")
    return float(value)


def _forms(row: Row, field: str, value: object) -> tuple[str, ...]:
    forms = tuple(form.strip() for form in value.split("|")) if isinstance(value, str) else ()
    if not forms or not all(forms):
        raise row.fault(field, f"needs {field!r} as text, forms parted by '|'")
    return forms


def _optional(row: Row, values: Mapping[str, object], prefix: str, name: str) -> tuple[str, ...]:
    return _texts(row, f"{prefix}{name}", values[name]) if name in values else ()


def _texts(row: Row, field: str, value: object, *, empty: bool = False) -> tuple[str, ...]:
    items = cast("list[object]", value) if isinstance(value, list) else None
    if items is None or not (items or empty) or not all(isinstance(item, str) and item.strip() for item in items):
        raise row.fault(field, f"needs {field!r} as a list of texts")
    return tuple(cast("list[str]", items))


def _several(values: Mapping[str, object], name: str, read: Callable[[object], Value]) -> tuple[Value, ...]:
    if name not in values:
        return ()
    value = values[name]
    return tuple(read(one) for one in (cast("list[object]", value) if isinstance(value, list) else [value]))


def _choice(row: Row, field: str, value: object, choices: Sequence[Value]) -> Value:
    for choice in choices:
        if value == choice:
            return choice
    raise row.fault(field, f"needs {field!r} as one of {', '.join(map(str, choices))}")


def _object(row: Row, field: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise row.fault(field, f"needs {field!r} as an object")
    return cast("dict[str, object]", value)


def _known(row: Row, values: Mapping[str, object], names: Sequence[str], prefix: str) -> None:
    for name in values:
        if name not in names:
            raise row.fault(f"{prefix}{name}", f"has the unknown field '{prefix}{name}'")
