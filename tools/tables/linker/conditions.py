"""The conditions of a question: from spans of values, comparisons and denials to what SQL selects."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.tables.names import literal
from questline.tools.tables.notes import Condition, Notes
from questline.tools.tables.sources import Field

from .cells import cells
from .moments import condition, told
from .parts import Parts, Unbuilt
from .spans import Span

__all__ = ["deny", "note_conditions"]

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
_NEAR: Final = 4
"""Words between a "not" and what it denies."""


def deny(parts: Parts) -> None:
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


def _nullable(parts: Parts, span: Span) -> bool:
    own = parts.field(span)
    spoken = any(each.column == span.column for each in parts.of("value", "lacks"))
    return not spoken and (own.flag or own.temporal)


def note_conditions(parts: Parts, notes: Notes) -> float:
    """Note the conditions; return how sure the cells are."""
    sure = 1.0
    signs = {place: each for place, each in enumerate(parts.spans) if each.role in _SIGNS}
    for place, span in enumerate(parts.spans):
        own = parts.field(span) if span.column >= 0 else None
        denied = place in parts.denied
        start, end = parts.reach(span)
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
        alone = all(each.role == "value" or each.column != span.column for each in parts.spans)
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


def _either(parts: Parts) -> bool:
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


def _note_named(notes: Notes, own: Field, start: int, end: int, *, denied: bool) -> None:
    if own.flag:
        sql, said = (f"NOT {own.holds}", f"not {own.name}") if denied else (own.holds, own.name)
    else:
        sql, said = f"{own.sql} IS NULL", f"{own.name} is empty"
    notes.of(Condition(start=start, end=end, field=own, sql=sql, said=said))


def _sign(parts: Parts, signs: dict[int, Span], place: int) -> str:
    """Take the comparison that a number or day is of: the nearest of its column."""
    span = parts.spans[place]
    own = [(abs(each.first - span.first), number) for number, each in signs.items() if each.column == span.column]
    if not own:
        return ""
    return signs.pop(min(own)[1]).role


def _said_sign(parts: Parts, span: Span) -> str:
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


def _including(parts: Parts, span: Span) -> bool:
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


def _compare(parts: Parts, notes: Notes, signs: dict[int, Span]) -> None:
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
        start, end = parts.reach(span)
        notes.of(Condition(start=start, end=end, field=own, sql=f"{own.sql} {sign} {value}", said=said))
