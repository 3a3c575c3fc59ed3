"""Bind the measures of a question to columns: numbers, dates, superlatives, comparisons of columns and of rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from questline.tools.text import stem

from .dates import When
from .lexicon import STATES
from .measures import LESS, MORE, TEMPORAL, Compared, Measures
from .notes import Condition, Mention, Notes, Ranked, Superlative, about, chinese
from .ranking import counted
from .reading import unsure
from .sources import Field
from .units import factor

__all__ = ["bind"]

_SMALL: Final = (
    r"(?:\s|\b(?:it|they|he|she|its|their|his|her|the|a|was|were|is|are|had|has|have|been|of|in|on|to|be|for|date|day)"
    r"\b)*"
)


_OF_DATES: Final = 2
_OF_ANYTHING: Final = frozenset({"highest", "lowest", "largest", "biggest", "smallest", "greatest"})
_GOING_BY: Final = re.compile(r"\b(?:going by|judging by|in terms of|measured by)\b")
_LIMITS: Final = frozenset(
    map(stem, ("minimum", "maximum", "min", "max", "limit", "reorder", "threshold", "target", "quota"))
)
_LIKE: Final = re.compile(
    r"(?:\b(?P<more>more|higher|greater)\b|\b(?P<less>less|fewer|lower)\b)[a-z\s]{0,24}?\bthan\s+(?:the\s+|in\s+)?\Z"
    r"|\b(?P<before>before|earlier than)\s+(?:the\s+)?\Z|\b(?P<after>after|later than)\s+(?:the\s+)?\Z"
)


def bind(notes: Notes, found: Measures) -> None:
    """Give each measure its column, and note it as a condition or a superlative.

    Raises:
        Unsure: For one without a column.
    """
    _bind_columns(notes)
    for each in found.numbers:
        _bind_number(notes, each)
    for extreme in found.extremes:
        _bind_extreme(notes, *extreme)
    _bind_like(notes)
    for row in found.rows:
        _bind_row(notes, *row)
    for when in found.dates:
        _bind_date(notes, when)


def _bind_number(notes: Notes, each: Compared) -> None:
    def fits(field: Field) -> bool:
        return field.measured and (not each.unit or not field.unit or factor(each.unit, field.unit) is not None)

    said = notes.sheet.text[each.start : each.end].strip()
    if each.concepts:
        field = next(filter(fits, about(each.concepts, notes.source.fields)), None)
    else:
        mention = notes.near(each.start, each.end, fits)
        field = mention.first(fits) if mention else None
    if field is None and each.unit:
        same = [one for one in notes.source.fields if fits(one) and one.unit]
        field = same[0] if len(same) == 1 else None
    if field is None and not each.concepts:
        measured = [one for one in notes.source.fields if fits(one)]
        raise unsure("ambiguous" if measured else "not_understood", said, message="say of which column the number is")
    if field is None:
        raise unsure("not_understood", said, message="no column holds such numbers")
    times = factor(each.unit, field.unit)
    values = [value if times in (None, 1.0) else f"({value} * {times:g})" for value in each.values]
    if each.sign == "between":
        sql = f"{field.sql} BETWEEN {values[0]} AND {values[1]}"
        told = f"{field.name} between {values[0]} and {values[1]}"
    else:
        sql, told = f"{field.sql} {each.sign} {values[0]}", f"{field.name} {each.sign} {values[0]}"
    notes.of(Condition(start=each.start, end=each.end, field=field, sql=sql, said=told))
    notes.score += 1.0


def _pick(notes: Notes, concepts: Sequence[str], start: int, end: int, fits: Callable[[Field], bool]) -> Field | None:
    """Return the column of a superlative: the one named right behind it or right ahead, else one by what it means."""
    text = notes.sheet.text

    def beside(mention: Mention) -> bool:
        if mention.start >= end:
            return not text[end : mention.start].strip() or text[end : mention.start].strip() in {"的", "in", "of"}
        return not re.sub(_SMALL, "", text[mention.end : start]).strip(" 的是")

    named = [each for each in notes.mentions if each.first(fits) and beside(each)]
    for mention in sorted(named, key=lambda each: each.start < end):
        if mention.how == "name" or not concepts or not about(concepts, notes.source.fields):
            return mention.first(fits)
    return next(filter(fits, about(concepts, notes.source.fields)), None)


def _bind_extreme(notes: Notes, start: int, end: int, concepts: tuple[str, ...], way: int) -> None:
    def fits(field: Field) -> bool:
        return field.temporal or field.measured

    field = _pick(notes, concepts, start, end, fits)
    said = notes.sheet.text[start:end].strip()
    if field is None and not concepts and counted(notes, start, end):
        notes.ranked = Ranked(start=start, end=end, down=way > 0)
        notes.score += 1.0
        return
    if field is None and (not concepts or said in _OF_ANYTHING):
        mention = notes.near(start, end, fits)
        field = mention.first(fits) if mention else None
    if field is None and (by := _GOING_BY.search(notes.sheet.text, end)):
        behind = [one for each in notes.mentions if each.start >= by.end() and (one := each.first(fits))]
        field = max(behind, key=lambda one: one.temporal, default=None)
    if field is None and abs(way) == _OF_DATES:
        born = about(("birth",), notes.source.fields)  # nobody is born for the last time
        dates = [each for each in notes.source.fields if each.temporal and each.kind != "time" and each not in born]
        field = dates[0] if len(dates) == 1 else None
        notes.confidence *= 0.9
    if field is None:
        raise unsure("not_understood", said, message="no column says that: use the name of one")
    if concepts and (other := _of_another(notes, end)):
        raise unsure(
            "ambiguous", said, other.word, message="it may be said of a column that has no such numbers itself"
        )
    turned = field.temporal and concepts and abs(way) == 1
    down = (way > 0) != bool(turned)
    notes.superlatives.append(Superlative(start=start, end=end, field=field, down=down))
    notes.score += 1.0


def _of_another(notes: Notes, end: int) -> Mention | None:
    """Return the noun right behind an adjective where it is a column of texts, whose own numbers are not here.

    "The longest river" is not the river of the longest bridge.
    """
    for mention in notes.mentions:
        between = notes.sheet.text[end : mention.start] if mention.start >= end else "-"
        first = mention.fields[0]
        if not between.strip(" 的") and first.kind == "text" and not mention.optional:
            return None if any(each in notes.source.identity for each in mention.fields) else mention
    return None


def _bind_like(notes: Notes) -> None:
    """Bind "earns less than Ken Abara" and "started before Ken Abara" to the column that is spoken of."""
    text = notes.sheet.text
    for other in list(notes.conditions):
        match = _LIKE.search(text[: other.start])
        if other.field not in notes.source.identity or match is None or other.negated:
            continue
        kind = match.lastgroup or ""
        if not notes.free(*match.span(kind)):
            continue

        def fits(field: Field, *, dates: bool = kind in {"before", "after"}) -> bool:
            return field.temporal if dates else field.measured

        spoken = [each for each in notes.mentions if each.end <= other.start and each.first(fits)]
        field = max(spoken, key=lambda each: each.end).first(fits) if spoken else None
        same = [each for each in notes.conditions if each.field == other.field]
        if field is None or len(same) != 1 or len(other.literals) != 1:
            continue
        notes.sheet.mark(*match.span(kind))
        notes.conditions.remove(other)
        sign = ">" if kind in {"more", "after"} else "<"
        _compare(notes, other, field, sign, match.start())


def _compare(notes: Notes, other: Condition, field: Field, sign: str, start: int) -> None:
    if not notes.one_row(other):
        said = notes.sheet.text[other.start : other.end]
        raise unsure("ambiguous", said, message="several rows go by that name: say which")
    where = f"{other.field.sql} = {other.literals[0]}"
    value = f"(SELECT {field.sql} FROM {notes.source.sql} WHERE {where} LIMIT 1)"  # noqa: S608 because names are quoted
    said = f"{field.name} {sign} that of {other.literals[0]}"
    notes.of(Condition(start=start, end=other.end, field=field, sql=f"{field.sql} {sign} {value}", said=said))
    notes.score += 1.0


def _bind_row(notes: Notes, start: int, end: int, concepts: tuple[str, ...], way: int) -> None:
    """Bind "longer than the Vanda": the column of that row is what is compared with."""
    named = [
        each for each in notes.conditions
        if each.field in notes.source.identity and each.literals and (start <= each.start <= end + 12)
    ]  # fmt: skip

    def fits(field: Field) -> bool:
        return field.temporal if abs(way) == 2 else field.measured

    field = next((each for each in about(concepts, notes.source.fields) if each.measured or each.temporal), None)
    if field is None and chinese(notes.sheet.text):  # 工资比…高, 比…入职早
        spoken = [each for each in notes.mentions if each.end <= end and each.first(fits)]
        field = max(spoken, key=lambda each: each.end).first(fits) if spoken else None
    said = notes.sheet.text[start:end].strip()
    if field is None or len(named) != 1 or len(named[0].literals) != 1:
        raise unsure("not_understood", said, message="no column says that, or what it is compared with is not clear")
    other = named[0]
    notes.conditions.remove(other)
    down = (way > 0) != (field.temporal and abs(way) == 1)
    _compare(notes, other, field, ">" if down else "<", start)


def _bind_date(notes: Notes, when: When) -> None:
    def fits(field: Field) -> bool:
        if field.kind == "year":
            return when.grain == "year"
        return field.kind == "date" or (field.kind == "month" and when.grain != "day")

    said = notes.sheet.text[when.start : when.end].strip()
    if _is_of_column(notes, when):
        return
    mention = notes.near(when.start, when.end, fits)
    field = mention.first(fits) if mention else None
    if field is None:
        dates = [each for each in notes.source.fields if fits(each)]
        if len(dates) != 1:
            message = "say of which column the date is" if dates else "no column holds such dates"
            raise unsure("ambiguous" if dates else "not_understood", said, message=message)
        field = dates[0]
        named = any(each.literals and each.field.unique and each.field != field for each in notes.conditions)
        if named or field in about(STATES, notes.source.fields):
            raise unsure("not_understood", said, message="no column holds by date what is asked")
        notes.confidence *= 0.95
    low, high = (_written(field, each.isoformat()) for each in (when.low, when.high))
    name = field.comparable
    sql = {
        "in": f"{name} >= {low} AND {name} < {high}",
        "before": f"{name} < {low}",
        "after": f"{name} >= {high}",
        "since": f"{name} >= {low}",
        "until": f"{name} < {high}",
    }[when.relation]
    notes.of(Condition(start=when.start, end=when.end, field=field, sql=sql, said=f"{field.name} {said}"))
    notes.score += 1.0


def _is_of_column(notes: Notes, when: When) -> bool:
    """Say whether a year belongs to a column that is spoken of, as in ``hours_2025``.

    Raises:
        Unsure: Where that column is of another year.
    """
    spoken = [each.fields[0] for each in notes.mentions if len(each.fields) == 1 and each.fields[0].year]
    if not spoken:
        return False
    if all(each.year == str(when.low.year) for each in spoken) and when.grain == "year" and when.relation == "in":
        notes.score += 1.5
        return True
    raise unsure("not_understood", str(when.low.year), message=f"{spoken[0].name} is of {spoken[0].year}")


def _written(field: Field, iso: str) -> str:
    if field.kind == "year":
        return str(int(iso[:4]))
    return f"'{iso[:7]}'" if field.kind == "month" else f"DATE '{iso}'"


def _limited(notes: Notes, limit: Field | None) -> Field | None:
    """Return the column that a limit is of where none is named: "below the minimum" is said of what there is."""
    if limit is None or not _LIMITS.intersection(limit.words):
        return None
    return next((each for each in about(("stock", "quantity"), notes.source.fields) if each != limit), None)


def _bind_columns(notes: Notes) -> None:
    """Bind a comparison of two columns: "shipped later than promised"."""
    text = notes.sheet.text
    for sign, words in {**TEMPORAL, ">=": "", "> ": MORE, "< ": LESS}.items():
        for match in re.finditer(rf"(?<![a-z])(?:{words})(?![a-z])", text) if words else ():
            if not notes.free(*match.span()):
                continue
            dates = sign in TEMPORAL

            def fits(field: Field, *, dates: bool = dates) -> bool:
                return field.temporal if dates else field.measured

            behind = [
                each for each in notes.mentions
                if each.start >= match.end() and each.first(fits)
                and not re.sub(_SMALL, "", text[match.end() : each.start]).strip()
            ]  # fmt: skip
            ahead = [each for each in notes.mentions if each.end <= match.start() and each.first(fits)]
            if not behind:
                continue
            right = behind[0].first(fits)
            last = max(ahead, key=lambda each: each.end) if ahead else None
            left = last.first(lambda each: fits(each) and each != right) if last else _limited(notes, right)  # noqa: B023 because it is called here
            if left is None or right is None or left.kind != right.kind:
                continue
            notes.sheet.mark(*match.span())
            plain = sign.strip()
            notes.of(
                Condition(
                    start=match.start(), end=match.end(), field=left, said=f"{left.name} {plain} {right.name}",
                    sql=f"{left.comparable} {plain} {right.comparable}",
                )
            )  # fmt: skip
            behind[0].bound = True
            notes.score += 1.0
