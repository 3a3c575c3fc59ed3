"""From a plain question over one table to SQL, by rules that refuse rather than guess.

Columns, values and numbers are looked for in the question and marked, then the words of what is asked. A question is
answered only when nothing but idle words is left over and every marked word has one role.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from questline.tools.text import normalize

from .names import literal, quoted
from .result import Column, Reason, Refused, Rows, Table
from .wording import GROUPING, NUMBER, OPERATIONS, Sheet, name_pattern, number_text, signs

__all__ = ["look_up"]

_NUMERIC: Final = re.compile(
    r"(?:U?(?:TINY|SMALL|BIG|HUGE)?(?:INT|INTEGER)|FLOAT|DOUBLE|DECIMAL|INT\d|UINT\d)\w*(?:\(|$)"
)
_DATED: Final = re.compile(r"DATE|TIMESTAMP")
_TOP: Final = re.compile(
    r"\b(?:top|first)\s+(?P<k>\d{1,4})\b"
    r"|\b(?:the\s+)?(?P<k2>\d{1,4})\s+(?=(?:highest|largest|biggest|lowest|smallest)\b)"
    r"|前(?P<k3>\d{1,4})(?:名|个|位|条)?|(?:(?<=最高的)|(?<=最低的))(?P<k4>\d{1,4})(?:名|个|位|条)"
)
_BETWEEN: Final = re.compile(
    rf"\bbetween\s+{NUMBER.format('low', 'low')}\s+and\s+{NUMBER.format('high', 'high')}"
    rf"|在?{NUMBER.format('low2', 'low2')}[到至]{NUMBER.format('high2', 'high2')}之?间"
)
_YEAR: Final = re.compile(r"\bin\s+(?P<year>[12]\d{3})\b|(?P<year2>[12]\d{3})年")
_OR: Final = re.compile(r"\bor\b|或")
_GAP: Final = re.compile(r"\s*(?:(?:is|are|was|were|of|in|=|的|是|为|在|named|called)\s*)*")
_FUNCTIONS: Final = {"sum": "sum", "average": "avg", "max": "max", "min": "min"}


class _Unsure(Exception):
    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused


@dataclass(slots=True)
class _Mention:
    column: Column
    start: int
    end: int
    role: str = ""
    """``filter``, ``group`` or ``by`` once it is known; else it is what is asked for."""


@dataclass(slots=True)
class _Reading:
    sheet: Sheet
    table: Table
    source: str
    ask: Callable[[str], Rows]
    mentions: list[_Mention] = field(default_factory=list[_Mention])
    filters: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Column → conditions; several values of one column are one condition."""


def look_up(question: str, table: Table, source: str, ask: Callable[[str], Rows]) -> str | Refused:
    """Return the SQL of a question, or why it is refused.

    Args:
        question: In English or Chinese.
        table: What it is about.
        source: The table's name as SQL writes it.
        ask: Runs SQL, for the values of the text columns.
    """
    reading = _Reading(sheet=Sheet(question), table=table, source=source, ask=ask)
    try:
        _columns(reading)
        _values(reading)
        _comparisons(reading)
        return _statement(reading)
    except _Unsure as unsure:
        return unsure.refused


def _columns(reading: _Reading) -> None:
    names: dict[str, list[Column]] = {}
    for column in reading.table.columns:
        names.setdefault(name_pattern(column.name), []).append(column)
    for pattern, columns in sorted(names.items(), key=lambda item: -len(item[1][0].name)):
        for match in reading.sheet.take(pattern):
            if len(columns) > 1:
                raise _unsure("ambiguous", match.group(), message="several columns have this name: ask in SQL")
            reading.mentions.append(_Mention(column=columns[0], start=match.start(), end=match.end()))
    reading.sheet.take(name_pattern(reading.table.name.rpartition(".")[2]))
    reading.mentions.sort(key=lambda mention: mention.start)


def _values(reading: _Reading) -> None:
    """Mark values of text columns; each must be one of a single column, or stand beside the name of its column."""
    found: dict[str, list[tuple[Column, str]]] = {}
    for column in reading.table.columns:
        if column.type != "VARCHAR":
            continue
        name = quoted(column.name)
        rows = reading.ask(
            f"SELECT DISTINCT {name} FROM {reading.source} WHERE {name} IS NOT NULL AND length({name}) <= 60 LIMIT 5000"  # noqa: S608 because names are quoted
        ).rows
        for (value,) in rows:
            if (plain := normalize(str(value)).strip()) and plain in reading.sheet.text:
                found.setdefault(plain, []).append((column, str(value)))
    chosen: dict[str, list[str]] = {}
    for plain, homes in sorted(found.items(), key=lambda item: -len(item[0])):
        edge = r"(?<![a-z0-9])", r"(?![a-z0-9])"
        for match in reading.sheet.take(edge[0] + re.escape(plain) + edge[1]):
            beside = _beside(reading, match.start(), match.end())
            columns = {column.name for column, _ in homes}
            if beside is not None and beside.column.name in columns:
                beside.role, columns = "filter", {beside.column.name}
            if len(columns) > 1:
                raise _unsure(
                    "ambiguous", plain, message=f"it is a value of {', '.join(sorted(columns))}: name the column"
                )
            name = columns.pop()
            chosen.setdefault(name, []).extend(value for column, value in homes if column.name == name)
    for name, values in chosen.items():
        listed = ", ".join(literal(value) for value in dict.fromkeys(values))
        reading.filters.setdefault(name, []).append(f"{quoted(name)} IN ({listed})")


def _beside(reading: _Reading, start: int, end: int) -> _Mention | None:
    """Return the mention right before or right behind a place, with nothing but small words between."""
    for mention in reading.mentions:
        between = reading.sheet.text[mention.end : start] if mention.end <= start else None
        if between is not None and _GAP.fullmatch(between):
            return mention
    for mention in reading.mentions:
        if mention.start >= end and not reading.sheet.text[end : mention.start].strip():
            return mention
    return None


def _comparisons(reading: _Reading) -> None:
    for match in list(reading.sheet.find(_BETWEEN)):
        parts = match.groupdict()
        low, high = (
            number_text(parts[name] or parts[name + "2"], parts[name + "_scale"] or parts[name + "2_scale"])
            for name in ("low", "high")
        )
        _compared(reading, match, f"BETWEEN {low} AND {high}")
    for match in list(reading.sheet.find(_TOP)):  # its number is no comparison
        reading.sheet.mark(*match.span())
        reading.mentions.append(
            _Mention(column=Column(name=_first(match), type="TOP"), start=match.start(), end=match.end())
        )
    years = [column for column in reading.table.columns if _DATED.match(column.type)]
    for sign, pattern in signs():
        for match in list(reading.sheet.find(pattern)):
            if sign == "=" and _beside(reading, match.start(), match.end()) is None:
                continue
            _compared(reading, match, f"{sign} {number_text(match['value'], match['value_scale'])}")
    for match in list(reading.sheet.find(_YEAR)):
        if len(years) != 1:
            raise _unsure(
                "ambiguous", match.group(), message="there is not exactly one column of dates: name the column"
            )
        reading.sheet.mark(*match.span())
        name = years[0].name
        reading.filters.setdefault(name, []).append(f"year({quoted(name)}) = {_first(match)}")


def _first(match: re.Match[str]) -> str:
    return next(value for value in match.groups() if value)


def _compared(reading: _Reading, match: re.Match[str], condition: str) -> None:
    mention = _beside(reading, match.start(), match.end())
    if mention is None or mention.column.type == "TOP":
        raise _unsure("ambiguous", match.group().strip(), message="name the column right before it")
    name = quoted(mention.column.name)
    if _DATED.match(mention.column.type):
        name = f"year({name})"
    elif not _NUMERIC.match(mention.column.type):
        raise _unsure("wrong_type", mention.column.name, message=f"it holds {mention.column.type}, no numbers")
    mention.role = "filter"
    reading.sheet.mark(*match.span())
    reading.filters.setdefault(mention.column.name, []).append(f"{name} {condition}")


def _statement(reading: _Reading) -> str:
    sheet = reading.sheet
    operations = {name for name, pattern in OPERATIONS.items() if sheet.take(pattern)}
    tops = [mention for mention in reading.mentions if mention.column.type == "TOP"]
    mentions = [mention for mention in reading.mentions if mention.column.type != "TOP"]
    for mention in mentions:
        match = GROUPING.search(sheet.text[: mention.start])
        if match and not mention.role:
            mention.role = "by" if tops and match.group().startswith(("by", "按")) else "group"
            sheet.mark(*match.span())
    if left := sheet.left():
        raise _unsure(
            "not_understood", *left, message="these words have no meaning here: use names of columns and values"
        )
    groups = list(dict.fromkeys(each.column for each in mentions if each.role == "group").keys())
    order = [each.column for each in mentions if each.role == "by"]
    asked = list(dict.fromkeys(each.column for each in mentions if not each.role))
    conditions = [f"({condition})" for each in reading.filters.values() for condition in each]
    if len(conditions) > 1 and _OR.search(sheet.text):
        raise _unsure("ambiguous", "or", message="several conditions are joined by AND only: ask in SQL")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    if len(tops) > 1 or len(order) > 1 or len(operations - {"distinct"}) > 1:
        raise _unsure("ambiguous", *sorted(operations), message="more than one thing is asked: ask one at a time")
    if tops:
        return _top(reading, int(tops[0].column.name), operations, asked, order, groups, where)
    return _plain(reading, operations, asked, groups, where)


def _top(
    reading: _Reading,
    count: int,
    operations: set[str],
    asked: list[Column],
    order: list[Column],
    groups: list[Column],
    where: str,
) -> str:
    ranked = order or [column for column in asked if _NUMERIC.match(column.type)]
    if len(ranked) != 1 or groups or operations & {"count", "distinct"} or count < 1:
        raise _unsure("ambiguous", "top", message="say by which one column, as in 'top 3 city by population'")
    by, others = ranked[0], [column for column in asked if column != ranked[0]]
    _measured(by, dates=True)
    down = "ASC" if "min" in operations else "DESC"
    field_name = quoted(by.name)
    if aggregate := operations & {"sum", "average"}:
        if len(others) != 1:
            raise _unsure("ambiguous", "top", message="say of which one column the totals are")
        _measured(by, dates=False)
        one, total = quoted(others[0].name), f"{_FUNCTIONS[aggregate.pop()]}({field_name})"
        last = f"GROUP BY {one} ORDER BY 2 DESC NULLS LAST, 1 LIMIT {count}"
        return f"SELECT {one}, {total} FROM {reading.source}{where} {last}"  # noqa: S608 because names are quoted
    shown = ", ".join(quoted(column.name) for column in [*others, by]) if others else "*"
    return f"SELECT {shown} FROM {reading.source}{where} ORDER BY {field_name} {down} NULLS LAST LIMIT {count}"  # noqa: S608 because names are quoted


def _plain(reading: _Reading, operations: set[str], asked: list[Column], groups: list[Column], where: str) -> str:
    source = f"FROM {reading.source}{where}"
    grouped = [quoted(column.name) for column in groups]
    behind = f" GROUP BY {', '.join(grouped)} ORDER BY {', '.join(grouped)}" if grouped else ""

    def measured(expression: str) -> str:
        return f"SELECT {', '.join([*grouped, expression])} {source}{behind}"

    if "count" in operations:
        if "distinct" in operations and len(asked) == 1:
            return measured(f"count(DISTINCT {quoted(asked[0].name)})")
        if asked or "distinct" in operations:
            words = [column.name for column in asked] or ["different"]
            raise _unsure("ambiguous", *words, message="say 'how many rows' or 'how many different …'")
        return measured("count(*)")
    if function := next((_FUNCTIONS[name] for name in operations if name in _FUNCTIONS), None):
        numbers = [column for column in asked if _NUMERIC.match(column.type) or _DATED.match(column.type)]
        others = [column for column in asked if column not in numbers]
        if "distinct" in operations or len(numbers) != 1:
            if len(asked) == 1:
                _measured(asked[0], dates=function in ("max", "min"))
            raise _unsure("ambiguous", *[column.name for column in asked], message="name one column of numbers")
        _measured(numbers[0], dates=function in ("max", "min"))
        value = f"{function}({quoted(numbers[0].name)})"
        if not others:
            return measured(value)
        if function in ("max", "min") and not groups:
            shown = ", ".join(quoted(column.name) for column in [*others, numbers[0]])
            also = f"{where} AND" if where else " WHERE"
            return f"SELECT {shown} FROM {reading.source}{also} {quoted(numbers[0].name)} = (SELECT {value} {source})"  # noqa: S608 because names are quoted
        raise _unsure("ambiguous", *[column.name for column in others], message="say 'by …' for groups")
    shown = ", ".join(quoted(column.name) for column in asked)
    if groups or not (asked or where):
        raise _unsure("nothing_asked", message="ask for a count, a sum, a column or a value")
    return f"SELECT {'DISTINCT ' if 'distinct' in operations else ''}{shown or '*'} {source}"


def _measured(column: Column, *, dates: bool) -> None:
    if not (_NUMERIC.match(column.type) or (dates and _DATED.match(column.type))):
        raise _unsure("wrong_type", column.name, message=f"it holds {column.type}, no numbers")


def _unsure(reason: Reason, *words: str, message: str) -> _Unsure:
    return _Unsure(Refused(reason=reason, words=words, message=message))
