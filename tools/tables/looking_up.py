"""From a plain question over one table to SQL, by rules that refuse rather than guess.

Columns, values and numbers are looked for in the question and marked, then the words of what is asked. A question is
answered only when nothing but idle words is left over and every marked word has one role.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from .comparing import compare
from .doubts import referring
from .marking import mark_columns, mark_values
from .names import quoted
from .reading import Mention, Reading, Unsure, dated, numeric, unsure
from .result import Column, Refused, Rows, Table
from .sources import numbers_rows
from .wording import GROUPING, OPERATIONS, Sheet

__all__ = ["look_up"]

_SUMMED: Final = r"\b(?:in total|in all|altogether)\b|一共|总共"
"""Words that ask for a sum where nothing else is counted or measured."""
_OF_ALL: Final = re.compile(r"\b(?:total|sum) of all\b")
_MOST: Final = re.compile(r"\b(?:most|least)\b|最[多少]")
_OR: Final = re.compile(r"\bor\b|或")
_ROWS: Final = re.compile(r"\b(?:who|whom|whose|which|where|with|ha[sd]|have|having)\b|谁|哪")
"""Words that ask for the rows which hold a maximum, and not for the maximum alone."""
_FUNCTIONS: Final = {"sum": "sum", "average": "avg", "max": "max", "min": "min"}


def look_up(question: str, table: Table, source: str, ask: Callable[[str], Rows]) -> str | Refused:
    """Return the SQL of a question, or why it is refused.

    Args:
        question: In English or Chinese.
        table: What it is about.
        source: The table's name as SQL writes it.
        ask: Runs SQL, for the values of the text columns.
    """
    reading = Reading(sheet=Sheet(question), table=table, source=source, ask=ask)
    try:
        reading.summed = bool(reading.sheet.take(_SUMMED))
        mark_columns(reading)
        mark_values(reading)
        reading.sheet.take(reading.table_name())
        compare(reading)
        reading.mentions.sort(key=lambda mention: mention.start)
        return _statement(reading)
    except Unsure as doubt:
        return doubt.refused


def _statement(reading: Reading) -> str:
    sheet = reading.sheet
    operations = {name for name, pattern in OPERATIONS.items() if sheet.take(pattern)}
    tops = [mention for mention in reading.mentions if mention.column.type == "TOP"]
    mentions = [mention for mention in reading.mentions if mention.column.type != "TOP"]
    for mention in mentions:
        match = GROUPING.search(sheet.text[: mention.start])
        if match and not mention.role:
            mention.role = "by" if tops and match.group().startswith(("by", "按")) else "group"
            sheet.mark(*match.span())
    _one_meaning(reading, mentions)
    either = any(True for _ in sheet.find(_OR))
    if left := sheet.left():
        if doubtful := [reading.doubtful[word] for word in left if word in reading.doubtful]:
            raise unsure("ambiguous", *left, message=f"write it as the table does: {', '.join(doubtful)}")
        raise unsure(
            "not_understood", *left, message="these words have no meaning here: use names of columns and values"
        )
    referring(sheet.text, [0] if reading.equal else [])
    if reading.summed and operations & {"max", "min"}:
        raise unsure("not_understood", "in total", message="a total of what is not clear here")
    if reading.summed and not tops and not operations & {"count", "distinct", "max", "min", "average"}:
        operations.add("sum")
    groups = list(dict.fromkeys(each.column for each in mentions if each.role == "group").keys())
    order = [each.column for each in mentions if each.role == "by"]
    asked = list(dict.fromkeys(each.column for each in mentions if not each.role))
    conditions = [f"({condition})" for condition in reading.conditions()]
    if len(conditions) > 1 and either:
        raise unsure("ambiguous", "or", message="several conditions are joined by AND only: ask in SQL")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    if len(tops) > 1 or len(order) > 1 or len(operations - {"distinct"}) > 1:
        raise unsure("ambiguous", *sorted(operations), message="more than one thing is asked: ask one at a time")
    if tops:
        return _top(reading, int(tops[0].column.name), operations, asked, order, groups, where)
    return _plain(reading, operations, asked, groups, where)


def _one_meaning(reading: Reading, mentions: list[Mention]) -> None:
    """Refuse a column named like an operation, such as ``total``, right before another column."""
    for mention, after in pairwise(mentions):
        word, between = (reading.sheet.text[a:b] for a, b in ((mention.start, mention.end), (mention.end, after.start)))
        near = numeric(after.column) and between.strip() in {"", "of", "的"}
        if near and any(re.fullmatch(each, word) for each in OPERATIONS.values()):
            raise unsure("ambiguous", word, message="it is a column, and a thing to ask for: ask in SQL")


def _top(
    reading: Reading,
    count: int,
    operations: set[str],
    asked: list[Column],
    order: list[Column],
    groups: list[Column],
    where: str,
) -> str:
    ranked = order or [column for column in asked if numeric(column)]
    if len(ranked) != 1 or groups or operations & {"count", "distinct"} or count < 1:
        raise unsure("ambiguous", "top", message="say by which one column, as in 'top 3 city by population'")
    by, others = ranked[0], [column for column in asked if column != ranked[0]]
    _measured(by, dates=True)
    down = "ASC" if "min" in operations else "DESC"
    field_name = quoted(by.name)
    if aggregate := operations & {"sum", "average"}:
        if len(others) != 1:
            raise unsure("ambiguous", "top", message="say of which one column the totals are")
        _measured(by, dates=False)
        one, total = quoted(others[0].name), f"{_FUNCTIONS[aggregate.pop()]}({field_name})"
        last = f"GROUP BY {one} ORDER BY 2 DESC NULLS LAST, 1 LIMIT {count}"
        return f"SELECT {one}, {total} FROM {reading.source}{where} {last}"  # noqa: S608 because names are quoted
    shown = ", ".join(quoted(column.name) for column in [*others, by]) if others else "*"
    return f"SELECT {shown} FROM {reading.source}{where} ORDER BY {field_name} {down} NULLS LAST LIMIT {count}"  # noqa: S608 because names are quoted


def _plain(reading: Reading, operations: set[str], asked: list[Column], groups: list[Column], where: str) -> str:
    source = f"FROM {reading.source}{where}"
    grouped = [quoted(column.name) for column in groups]
    behind = f" GROUP BY {', '.join(grouped)} ORDER BY {', '.join(grouped)}" if grouped else ""

    def measured(expression: str) -> str:
        return f"SELECT {', '.join([*grouped, expression])} {source}{behind}"

    if "count" in operations:
        if "distinct" in operations and len(asked) == 1:
            return measured(f"count(DISTINCT {quoted(asked[0].name)})")
        if where and not groups and "distinct" not in operations and _one_row(reading, asked, source):
            return f"SELECT {quoted(asked[0].name)} {source}"
        if asked or "distinct" in operations:
            words = [column.name for column in asked] or ["different"]
            raise unsure("ambiguous", *words, message="say 'how many rows' or 'how many different …'")
        return measured("count(*)")
    if function := next((_FUNCTIONS[name] for name in operations if name in _FUNCTIONS), None):
        numbers = [column for column in asked if numeric(column) or dated(column)]
        others = [column for column in asked if column not in numbers]
        if "distinct" in operations or len(numbers) != 1:
            if len(asked) == 1:
                _measured(asked[0], dates=function in ("max", "min"))
            words = [column.name for column in asked] or sorted(operations)
            raise unsure("ambiguous", *words, message="name one column of numbers")
        _measured(numbers[0], dates=function in ("max", "min"))
        if function in ("sum", "avg") and numbers_rows(numbers[0], reading.table):
            raise unsure("not_understood", numbers[0].name, message="it only numbers the rows")
        value = f"{function}({quoted(numbers[0].name)})"
        rows = function in ("max", "min") and not groups
        if not others and not (rows and _ROWS.search(reading.sheet.text)):
            return measured(value)
        if rows and len(others) == 1 and _MOST.search(reading.sheet.text) and _repeated(reading, others[0]):
            raise unsure("not_understood", "most", message="of one row, or of all rows together?")
        if rows:
            listed = [*others, numbers[0]] if others else []
            shown = ", ".join(quoted(column.name) for column in listed) or "*"
            also = f"{where} AND" if where else " WHERE"
            return f"SELECT {shown} FROM {reading.source}{also} {quoted(numbers[0].name)} = (SELECT {value} {source})"  # noqa: S608 because names are quoted
        raise unsure("ambiguous", *[column.name for column in others], message="say 'by …' for groups")
    shown = ", ".join(quoted(column.name) for column in asked)
    if groups or not (asked or where):
        raise unsure("nothing_asked", message="ask for a count, a sum, a column or a value")
    if len(asked) == 1 and not where and numeric(asked[0]) and _OF_ALL.search(reading.sheet.text):
        return measured(f"sum({quoted(asked[0].name)})")
    return f"SELECT {'DISTINCT ' if 'distinct' in operations else ''}{shown or '*'} {source}"


def _repeated(reading: Reading, column: Column) -> bool:
    """Say whether several rows hold one value of a column: "the most" may then be a sum."""
    name = quoted(column.name)
    return reading.ask(f"SELECT count(DISTINCT {name}) < count({name}) FROM {reading.source}").rows == ((True,),)  # noqa: S608 because names are quoted


def _one_row(reading: Reading, asked: list[Column], source: str) -> bool:
    """Say whether ``how many seats`` asks for a value: of one column of numbers, in the only row that is meant."""
    if len(asked) != 1 or not numeric(asked[0]):
        return False
    return reading.ask(f"SELECT count(*) {source}").rows == ((1,),)


def _measured(column: Column, *, dates: bool) -> None:
    if not (numeric(column) or (dates and dated(column))):
        raise unsure("wrong_type", column.name, message=f"it holds {column.type}, no numbers")
