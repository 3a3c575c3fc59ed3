"""From spans to what is asked: conditions, columns that answer, an operation; and so to SQL of the one engine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from questline.tools.tables.doubts import doubt, referring
from questline.tools.tables.lexicon import degrees
from questline.tools.tables.notes import Notes, Superlative, about
from questline.tools.tables.reading import Unsure
from questline.tools.tables.sources import Field
from questline.tools.tables.stating import answering, state
from questline.tools.tables.wanted import Wanted, Way
from questline.tools.tables.wording import Sheet

from .conditions import deny, note_conditions
from .features import Seen
from .parts import Parts, Unbuilt
from .spans import Span
from .spoken import marks

__all__ = ["Built", "Unbuilt", "build"]

_ASKING: Final = (
    ("many", r"\bhow many\b"), ("much", r"\bhow much\b"), ("how", r"\bhow\b"), ("who", r"\bwho(?:m|se)?\b"),
    ("when", r"\bwhen\b"), ("where", r"\bwhere\b"),
)  # fmt: skip
_EITHER: Final = frozenset({"best", "worst", "better", "worse", "longest", "shortest", "longer", "shorter"})
_GENERAL: Final = frozenset(
    form
    for plain in ("high", "low", "large", "big", "small", "good", "bad", "new")
    for form in (*degrees(plain), plain)
)
"""Forms of adjectives that may be said of any quantity."""
_RECENT: Final = frozenset({"newest", "newer"})
_ALL: Final = re.compile(r"\b(?:all|every|each|list|everything|everyone|everybody|names)\b")
_KINDS: Final = re.compile(r"\b(?:different|distinct|unique|kinds?|types?|sorts?|various)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A question as its spans make it."""

    sql: str
    reading: str
    answers: tuple[int, ...]
    sure: float
    """How sure the cells are that its words stand for, in (0, 1]."""
    way: Way
    conditions: int
    rows: str
    """What it selects from, as SQL writes it behind FROM."""


def build(seen: Seen, spans: Sequence[Span], *, today: date | None = None) -> Built:
    """Return what is asked.

    Args:
        seen: The question over its table.
        spans: What its words do.
        today: The day of the question.

    Raises:
        Unbuilt: Where the spans ask for nothing, for too much, or for what a column does not hold.
    """
    parts = Parts(seen=seen, spans=spans)
    if parts.of("absent"):
        raise Unbuilt("something that the table does not hold is asked for")
    sheet = Sheet(seen.spoken.sheet.cased)
    notes = Notes(sheet=sheet, source=seen.view.source, today=today)
    notes.kind = next((kind for kind, pattern in _ASKING if re.search(pattern, sheet.text)), "")
    deny(parts)
    sure = note_conditions(parts, notes)
    wanted = _wanted(parts, notes)
    _doubt(parts, notes, wanted)
    sql, reading = state(notes, wanted, 0)
    return Built(
        sql=sql,
        reading=reading,
        answers=answering(notes, wanted),
        sure=sure,
        way=wanted.way,
        conditions=len(notes.conditions) + len(notes.superlatives),
        rows=sql.partition(" FROM ")[2].partition(" ORDER BY ")[0],
    )


def _doubt(parts: Parts, notes: Notes, wanted: Wanted) -> None:
    """Raise where the rules would doubt such a reading too: of a pronoun that stands for nothing, of what will be."""
    spoken = [parts.reach(each)[0] for each in parts.of("value", "max", "min")]
    try:
        referring(notes.sheet.text, spoken)
        doubt(notes, wanted)
    except Unsure as reason:
        raise Unbuilt(reason.refused.message) from None


def _wanted(parts: Parts, notes: Notes) -> Wanted:
    asked = parts.fields("answer")
    extremes = [(each, down) for role, down in (("max", True), ("min", False)) for each in parts.fields(role)]
    sums: list[tuple[Way, Field]] = [("sum", each) for each in parts.fields("sum")]
    means: list[tuple[Way, Field]] = [("avg", each) for each in parts.fields("avg")]
    sums.extend(means)
    counted = bool(parts.of("count"))
    if len(extremes) > 1 or len(sums) > 1 or bool(extremes) + bool(sums) + counted > 1:
        raise Unbuilt("more than one thing is asked")
    identity = list(notes.source.identity)
    if counted:
        return _counted(parts, notes, asked)
    if sums:
        way, own = sums[0]
        equal = any(each.field == own and each.literals for each in notes.conditions)
        if not own.measured or equal or any(each != own for each in asked):
            raise Unbuilt(f"{own.name} cannot be summed, or more is asked")
        return Wanted(way=way, fields=[own])
    if extremes:
        own, down = extremes[0]
        if not (own.measured or own.temporal or own.kind == "year"):
            raise Unbuilt(f"{own.name} has no most and no least")
        notes.superlatives.append(Superlative(start=0, end=0, field=own, down=_way(parts, own, down=down)))
        return Wanted(way="rows", fields=asked or identity)
    if not notes.conditions and not _ALL.search(notes.sheet.text):
        raise Unbuilt("no row is meant")
    if not asked and not parts.of("row"):
        raise Unbuilt("nothing is asked for")
    return Wanted(way="rows", fields=asked or identity)


def _way(parts: Parts, own: Field, *, down: bool) -> bool:
    """Return whether the greatest is wanted: of dates as common adjectives say it, whatever the network says.

    Raises:
        Unbuilt: Where an adjective of a number says the other way.
    """
    for span in parts.of("max", "min"):
        for word in parts.seen.spoken.words[span.first : span.last + 1]:
            concepts, way, grade = marks().get(word.text, ((), 0, -1))
            if grade < 1 or not way or word.text in _EITHER:
                continue
            if word.text not in _GENERAL and own not in about(concepts, [own]):
                raise Unbuilt(f"{word.text!r} is not said of {own.name}")
            dated = own.temporal or own.kind == "year"
            if (dated and "age" in concepts) or word.text in _RECENT:
                return (way > 0) != dated
            if not dated and own in about(concepts, [own]) and (way > 0) != down:
                raise Unbuilt(f"{word.text!r} says the other way")
    return down


def _counted(parts: Parts, notes: Notes, asked: list[Field]) -> Wanted:
    others = [each for each in asked if each not in notes.source.identity]
    if others and _KINDS.search(notes.sheet.text) and len(others) == 1:
        return Wanted(way="distinct", fields=others)
    if others:
        raise Unbuilt("a count, and more, is asked")
    if not notes.conditions and not parts.of("row"):
        raise Unbuilt("it is not clear what is counted")
    if any(each.literals and notes.one_row(each) for each in notes.conditions):
        raise Unbuilt("of one row there is one")
    return Wanted(way="count", fields=[])
