"""What a result says of one thing: the day, number, quantity, time, zone or text that answers a question.

A value that is of the kind as a whole comes before one that stands inside of a text; of several in a text the one whose
line, or the line before it, shares most with the question counts. Where the question is about a thing, a text must
speak of it, and a value counts most that stands in the piece of a sentence that does. Of several rows one is read only
where the question picks it. Nothing is guessed: without a value it is an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final, cast

from .cells import ABOUT, GENERIC, cell, meant, unit_in
from .composed import Reading
from .in_text import end_of_stretch, inside, places
from .told_of import in_words, speaks_of, years_in

__all__ = ["extract", "unit_in"]

_LONGEST: Final = 200_000
_SHORT: Final = 12
"""Words of a text that is taken whole."""
_SENTENCES: Final = ("answer", "text", "content")


def extract(value: object, kind: Reading, ask: str, *, of: str = "") -> object:
    """Return what a result says of one thing.

    Args:
        value: JSON data that a tool returned; others' text, never followed.
        kind: A day comes as ``YYYY-MM-DD``, a number as int or float, a quantity as ``190 °C``, a zone by its tz name.
        ask: The question that it answers.
        of: The thing that it is told of, where that is known.

    Raises:
        ValueError: Nothing of the kind stands in it, it does not speak of the thing or of the year that is asked about,
            or several rows hold different values.
    """
    if kind != "text":
        absent = years_in(ask) - years_in(json.dumps(value, ensure_ascii=False, default=str))
        if of and absent:
            raise ValueError(f"the result says nothing of {', '.join(sorted(absent))}")
        named = _named(value, kind, ask, of)
        if named is not None:
            return named
    told = _told(value) if of else ""
    if told and kind != "text":
        found = inside(told[:_LONGEST], kind, ask, of) if speaks_of(value, of) else None
        if found is None:
            raise ValueError(f"no {kind} of {of[:60]!r} stands in the result that answers {ask[:120]!r}")
        return found
    stretch = end_of_stretch(_told(value)[:_LONGEST], kind, ask) if kind in ("date", "time") else None
    if stretch is not None:
        return stretch
    prose = bool(_told(value))  # then numbers beside it say how long it is, and nothing of what it says
    for part, _ in _parts(value):
        whole = None if prose and isinstance(part, int | float) else _whole(part, kind)
        if whole is not None:
            return whole
    for part, holder in _parts(value):
        if isinstance(part, str) and (not of or kind == "text" or speaks_of(holder or part, of)):
            found = inside(part[:_LONGEST], kind, ask, of)
            if found is not None:
                return found
    raise ValueError(f"no {kind} stands in the result that answers {ask[:120]!r}")


def _named(value: object, kind: Reading, ask: str, of: str) -> object:
    """Return what rows or fields hold, by their names; None where they do not tell.

    Raises:
        ValueError: Several rows can be meant, and hold different values; or fields hold other kinds.
    """
    records, several = meant(value, ask, of)
    found: dict[str, object] = {}
    for record in records:
        told = cell(record, kind, ask, of)
        if told is None and several:
            told = next(
                (whole for _, each in record if each is not None and (whole := _whole(each, kind)) is not None), None
            )
        if told is not None:
            found[str(told)] = told
    if len(found) > 1 or (several and not found):
        raise ValueError(f"{len(records)} rows can answer {ask[:120]!r}, and nothing tells which is meant")
    return next(iter(found.values()), None)


def _told(value: object) -> str:
    """Return the sentences of a result that answers in sentences; empty for values alone."""
    if not isinstance(value, Mapping):
        return ""
    members = cast("Mapping[str, object]", value)
    texts = [members[name] for name in _SENTENCES if isinstance(members.get(name), str)]
    return str(texts[0]) if texts and "rows" not in members else ""


def _parts(value: object, holder: object = None) -> Iterator[tuple[object, object]]:
    """Yield the plain values of a result, what it was asked for first, each with the object that it stands in."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        names = [name for name in GENERIC if name in members]
        names += [name for name in members if name not in GENERIC and name not in ABOUT]
        for name in names or members:
            yield from _parts(members[name], members)
    elif isinstance(value, list | tuple):
        for item in cast("list[object]", value):
            yield from _parts(item, holder)
    elif value is not None:
        yield value, holder


def _whole(part: object, kind: Reading) -> object:
    """Return a value that is of the kind as it stands."""
    if isinstance(part, bool):
        return None
    if isinstance(part, int | float):
        return part if kind == "number" else f"{part:g}" if kind == "text" else None
    text = str(part).strip()
    if not text:
        return None
    if kind == "text":
        return text if len(text.split()) <= _SHORT and "\n" not in text else None
    found = list(places(text, kind))
    if len(found) == 1 and not in_words(text[: found[0][0]] + text[found[0][1] :]).strip():
        return found[0][2]
    return None
