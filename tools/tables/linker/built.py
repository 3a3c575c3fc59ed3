"""From spans to what is asked: conditions, columns that answer, an operation; and so to SQL of the one engine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from questline.tools.tables.doubts import doubt, referring
from questline.tools.tables.names import literal
from questline.tools.tables.notes import Condition, Notes, Superlative, about
from questline.tools.tables.reading import Unsure
from questline.tools.tables.sources import Field
from questline.tools.tables.stating import answering, state
from questline.tools.tables.wanted import Wanted, Way
from questline.tools.tables.wording import Sheet

from .cells import cells
from .features import Seen
from .moments import condition, told
from .spans import Span
from .spoken import marks

__all__ = ["Built", "Unbuilt", "build"]

_SIGNS: Final = frozenset({"more", "less", "from", "until"})
_INCLUDING: Final = re.compile(
    r"\b(?:at least|at most|no (?:more|less|fewer|later|earlier) than"
    r"|not (?:more|less|fewer|later|earlier|before|after)|up to|since|from|until|till|by|minimum|maximum|max|min"
    r"|onwards?|as of|starting|or (?:more|less|fewer|over|under|above|below|later|earlier|before|after|up))\b"
)
_SAID: Final = {
    "more": r"\b(?:over|above|more than|at least|exceeding|after|since|later than|older than|greater than|higher than"
    r"|starting|from)\s+(?:the\s+)?\Z",
    "less": r"\b(?:under|below|less than|fewer than|at most|up to|before|until|till|by|earlier than|lower than"
    r"|cheaper than)\s+(?:the\s+)?\Z",
}  # fmt: skip
_DATED: Final = {"more": "from", "less": "until"}
_SAID_BEHIND: Final = re.compile(
    r"\s*(?:\w+\s+)?(?:(?P<more>(?:or|and) (?:more|over|above|up|later|after)|onwards?\b|on\Z|plus\b|\+)"
    r"|(?P<less>(?:or|and) (?:less|fewer|under|below|earlier|before)))"
)
_ASKING: Final = (
    ("many", r"\bhow many\b"), ("much", r"\bhow much\b"), ("how", r"\bhow\b"), ("who", r"\bwho(?:m|se)?\b"),
    ("when", r"\bwhen\b"), ("where", r"\bwhere\b"),
)  # fmt: skip
_NEAR: Final = 4
"""Words between a "not" and what it denies."""
_EITHER: Final = frozenset({"best", "worst", "better", "worse", "longest", "shortest", "longer", "shorter"})
_RECENT: Final = frozenset({"newest", "newer"})
_ALL: Final = re.compile(r"\b(?:all|every|each|list|everything|everyone|everybody|names)\b")
_KINDS: Final = re.compile(r"\b(?:different|distinct|unique|kinds?|types?|sorts?|various)\b")


class Unbuilt(Exception):
    """Spans that make no question of the table."""


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


@dataclass(slots=True, kw_only=True)
class _Parts:
    """Spans sorted by what they do."""

    seen: Seen
    spans: Sequence[Span]
    denied: set[int] = field(default_factory=set[int])
    """Places in `spans` of what is said not to be so."""

    def of(self, *roles: str) -> list[Span]:
        return [each for each in self.spans if each.role in roles]

    def field(self, span: Span) -> Field:
        return self.seen.view.columns[span.column].field

    def text(self, span: Span) -> str:
        words = self.seen.spoken.words
        return self.seen.spoken.sheet.text[words[span.first].start : words[span.last].end]

    def fields(self, *roles: str) -> list[Field]:
        return list(dict.fromkeys(self.field(each) for each in self.of(*roles)))


def build(seen: Seen, spans: Sequence[Span], *, today: date | None = None) -> Built:
    """Return what is asked.

    Args:
        seen: The question over its table.
        spans: What its words do.
        today: The day of the question.

    Raises:
        Unbuilt: Where the spans ask for nothing, for too much, or for what a column does not hold.
    """
    parts = _Parts(seen=seen, spans=spans)
    if parts.of("absent"):
        raise Unbuilt("something that the table does not hold is asked for")
    sheet = Sheet(seen.spoken.sheet.cased)
    notes = Notes(sheet=sheet, source=seen.view.source, today=today)
    notes.kind = next((kind for kind, pattern in _ASKING if re.search(pattern, sheet.text)), "")
    _deny(parts)
    sure = _conditions(parts, notes)
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


def _doubt(parts: _Parts, notes: Notes, wanted: Wanted) -> None:
    """Raise where the rules would doubt such a reading too: of a pronoun that stands for nothing, of what will be."""
    spoken = [_reach(parts, each)[0] for each in parts.of("value", "max", "min")]
    try:
        referring(notes.sheet.text, spoken)
        doubt(notes, wanted)
    except Unsure as reason:
        raise Unbuilt(reason.refused.message) from None


def _deny(parts: _Parts) -> None:
    """Find what each "not" denies: the next value or name of a column of yes and no, else the one before."""
    for denial in parts.of("not"):
        ahead = [
            (each.first - denial.last, place) for place, each in enumerate(parts.spans)
            if each.role in {"value", "lacks", "names"} and 0 < each.first - denial.last <= _NEAR + 1
            and (each.role != "names" or _nullable(parts, each))
        ]  # fmt: skip
        if not ahead:
            ahead = [
                (denial.first - each.last, place) for place, each in enumerate(parts.spans)
                if each.role in {"value", "lacks"} and 0 < denial.first - each.last <= _NEAR + 1
            ]  # fmt: skip
        if not ahead:
            raise Unbuilt("it is not clear what is denied")
        near = min(ahead)[1]
        listed = parts.spans[near]
        parts.denied.add(near)
        for place in range(near + 1, len(parts.spans)):  # neither red nor blue
            each = parts.spans[place]
            between = parts.spans[place - 1]
            if (each.role, each.column) != (listed.role, listed.column) or each.first - between.last > 2:
                break
            parts.denied.add(place)


def _nullable(parts: _Parts, span: Span) -> bool:
    own = parts.field(span)
    spoken = any(each.column == span.column for each in parts.of("value", "lacks"))
    return not spoken and (own.flag or own.temporal)


def _conditions(parts: _Parts, notes: Notes) -> float:
    """Note the conditions; return how sure the cells are."""
    sure = 1.0
    signs = {place: each for place, each in enumerate(parts.spans) if each.role in _SIGNS}
    for place, span in enumerate(parts.spans):
        own = parts.field(span) if span.column >= 0 else None
        denied = place in parts.denied
        start, end = _reach(parts, span)
        if own is None or span.role not in {"value", "lacks", "names"}:
            continue
        if span.role == "names":
            if (denied or own.flag) and _nullable(parts, span):
                _note_named(notes, own, start, end, denied=denied)
            continue
        if own.flag:
            holds = (span.role == "value") != denied
            sql, said = (own.holds, own.name) if holds else (f"NOT {own.holds}", f"not {own.name}")
            notes.of(Condition(start=start, end=end, field=own, sql=sql, said=said))
            continue
        if span.role == "lacks":
            raise Unbuilt(f"{own.name} holds more than yes and no")
        if own.kind == "text":
            found, certain = cells(parts.seen, span)
            if not found:
                raise Unbuilt(f"{own.name} holds nothing like {parts.text(span)!r}")
            sure *= certain
            values = tuple(dict.fromkeys(map(literal, found)))
            notes.of(Condition(start=start, end=end, field=own, sql="", said="", literals=values, negated=denied))
            continue
        one = told(parts.text(span), own)
        if one is None:
            raise Unbuilt(f"{parts.text(span)!r} is nothing that {own.name} can be compared with")
        sign = _sign(parts, signs, place) or _said_sign(parts, span)
        alone = all(each is span or each.column != span.column for each in parts.spans)
        if sign == "=" and own.measured and not own.unique and alone:
            raise Unbuilt(f"it is not said of what {parts.text(span)!r} is")
        if sign == "=" and not one.high and one.name == own.sql:  # several are one of them
            notes.of(Condition(start=start, end=end, field=own, sql="", said="", literals=(one.low,), negated=denied))
            continue
        sql, said = condition(one, sign, including=sign != "=" and _including(parts, span))
        if denied:
            sql = f"NOT ({sql})"
        notes.of(Condition(start=start, end=end, field=own, sql=sql, said=f"{own.name} {'not ' * denied}{said}"))
    _compare(parts, notes, signs)
    if re.search(r"\bor\b", notes.sheet.text):
        literals = {each.field.sql for each in notes.conditions}
        if len(literals) > 1 and _either(parts):
            raise Unbuilt("several conditions are joined by AND only")
    return sure


def _either(parts: _Parts) -> bool:
    """Say whether "or" stands between values of two columns."""
    spoken = parts.seen.spoken.words
    for place, word in enumerate(spoken):
        if word.text != "or":
            continue
        ahead = [each for each in parts.of("value", "lacks") if each.last < place]
        behind = [each for each in parts.of("value", "lacks") if each.first > place]
        if ahead and behind and ahead[-1].column != behind[0].column and behind[0].first - place <= 3:
            return True
    return False


def _reach(parts: _Parts, span: Span) -> tuple[int, int]:
    spoken = parts.seen.spoken.words
    return spoken[span.first].start, spoken[span.last].end


def _note_named(notes: Notes, own: Field, start: int, end: int, *, denied: bool) -> None:
    if own.flag:
        sql, said = (f"NOT {own.holds}", f"not {own.name}") if denied else (own.holds, own.name)
    else:
        sql, said = f"{own.sql} IS NULL", f"{own.name} is empty"
    notes.of(Condition(start=start, end=end, field=own, sql=sql, said=said))


def _sign(parts: _Parts, signs: dict[int, Span], place: int) -> str:
    """Take the comparison that a number or day is of: the nearest of its column."""
    span = parts.spans[place]
    own = [(abs(each.first - span.first), number) for number, each in signs.items() if each.column == span.column]
    if not own:
        return ""
    return signs.pop(min(own)[1]).role


def _said_sign(parts: _Parts, span: Span) -> str:
    """Return the comparison that the words right around a number or day say, ``=`` where they say none."""
    words = parts.seen.spoken.words
    text = parts.seen.spoken.sheet.text
    ahead = text[words[max(0, span.first - 3)].start : words[span.first].start] if span.first else ""
    behind = text[words[span.last].end : words[min(len(words) - 1, span.last + 3)].end]
    own = parts.field(span)
    for sign, pattern in _SAID.items():
        if re.search(pattern, ahead):
            return _DATED.get(sign, sign) if own.temporal else sign
    match = _SAID_BEHIND.match(behind)
    return ("less" if match["less"] else "more") if match else "="


def _including(parts: _Parts, span: Span) -> bool:
    """Say whether the words around a number mean it too: "at least 3", "from May on"."""
    words = parts.seen.spoken.words
    low, high = max(0, span.first - 4), min(len(words) - 1, span.last + 3)
    text = parts.seen.spoken.sheet.text
    ahead, behind = text[words[low].start : words[span.first].start], text[words[span.last].end : words[high].end]
    return any(
        match.group().startswith("or ") == (where == "behind")
        or match.group() in {"onwards", "onward", "minimum", "max", "maximum", "min"}
        for where, piece in (("ahead", ahead), ("behind", behind))
        for match in _INCLUDING.finditer(piece)
    )


def _compare(parts: _Parts, notes: Notes, signs: dict[int, Span]) -> None:
    """Bind comparisons without a number to the one row that is named: "heavier than Pepper"."""
    for span in signs.values():
        own = parts.field(span)
        spoken = re.search(r"\bthan\b", notes.sheet.text)
        rows = [each for each in notes.conditions if each.field in notes.source.identity and each.literals]
        if len(rows) != 1 or spoken is None or not (own.measured or own.temporal) or not notes.one_row(rows[0]):
            raise Unbuilt(f"it is not clear what {own.name} is compared with")
        other = rows[0]
        if other.start < spoken.start():
            raise Unbuilt("a row is compared with nothing")
        notes.conditions.remove(other)
        sign = ">" if span.role in {"more", "from"} else "<"
        where = f"{other.field.sql} = {other.literals[0]}"
        value = f"(SELECT {own.sql} FROM {notes.source.sql} WHERE {where} LIMIT 1)"  # noqa: S608 because names are quoted
        said = f"{own.name} {sign} that of {other.literals[0]}"
        start, end = _reach(parts, span)
        notes.of(Condition(start=start, end=end, field=own, sql=f"{own.sql} {sign} {value}", said=said))


def _wanted(parts: _Parts, notes: Notes) -> Wanted:
    asked = parts.fields("answer")
    extremes = [(each, down) for role, down in (("max", True), ("min", False)) for each in parts.fields(role)]
    sums: list[tuple[Way, Field]] = [("sum", each) for each in parts.fields("sum")]
    sums += [("avg", each) for each in parts.fields("avg")]
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
    if not asked and not (parts.of("row") or notes.conditions):
        raise Unbuilt("nothing is asked for")
    if not asked and not parts.of("row"):
        raise Unbuilt("nothing is asked for")
    return Wanted(way="rows", fields=asked or identity)


def _way(parts: _Parts, own: Field, *, down: bool) -> bool:
    """Return whether the greatest is wanted: of dates as common adjectives say it, whatever the network says.

    Raises:
        Unbuilt: Where an adjective of a number says the other way.
    """
    for span in parts.of("max", "min"):
        for word in parts.seen.spoken.words[span.first : span.last + 1]:
            concepts, way, grade = marks().get(word.text, ((), 0, -1))
            if grade < 1 or not way or word.text in _EITHER:
                continue
            dated = own.temporal or own.kind == "year"
            if (dated and "age" in concepts) or word.text in _RECENT:
                return (way > 0) != dated
            if not dated and own in about(concepts, [own]) and (way > 0) != down:
                raise Unbuilt(f"{word.text!r} says the other way")
    return down


def _counted(parts: _Parts, notes: Notes, asked: list[Field]) -> Wanted:
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
