"""Read the numbers of a question over one table: comparisons, ranges, years, and how many rows are wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.text import normalize, stem

from .lexicon import NAMES, STATES
from .names import quoted
from .reading import Mention, Reading, dated, numeric, unsure, yearly
from .result import Column
from .wording import TEMPORAL, YEARS, number, number_text, numbers, signs

__all__ = ["compare"]

_YEAR: Final = re.compile(r"[12]\d{3}")
_TOP: Final = re.compile(
    r"\b(?:top|first)\s+(?P<k>\d{1,4})\b"
    r"|\b(?:the\s+)?(?P<k2>\d{1,4})\s+(?=(?:highest|largest|biggest|lowest|smallest)\b)"
    r"|前(?P<k3>\d{1,4})(?:名|个|位|条)?|(?:(?<=最高的)|(?<=最低的))(?P<k4>\d{1,4})(?:名|个|位|条)"
)
_BETWEEN: Final = re.compile(
    rf"\bbetween\s+{number('low')}\s+and\s+{number('high')}|在?{number('low2')}[到至]{number('high2')}之?间"
)
_BARE: Final = re.compile(r"\s*(?:of\b)?\s*(?:\d|\Z)")
_CLEAR: Final = re.compile(r"\b(?:with|where|whose|having|and|if)\s+(?:the\s+)?\Z")


def compare(reading: Reading) -> None:
    """Mark numbers, and turn them into conditions.

    Raises:
        Unsure: For a number without a column, or one that may be a year.
    """
    sheet = reading.sheet
    for match in list(sheet.find(_BETWEEN)):
        parts = match.groupdict()
        low, high = (
            number_text(parts[name] or parts[name + "2"], parts[name + "_scale"] or parts[name + "2_scale"])
            for name in ("low", "high")
        )
        filter_ = _expression(reading, match, [low, high])
        reading.filters.append(f"{filter_} BETWEEN {low} AND {high}")
    for match in list(sheet.find(_TOP)):  # its number is no comparison
        sheet.mark(*match.span())
        count = Column(name=_first(match), type="TOP")
        reading.mentions.append(Mention(column=count, start=match.start(), end=match.end()))
    for match in list(sheet.find(YEARS)):
        expression = _expression_of_year(reading, match)
        sheet.mark(*match.span())
        reading.equal.setdefault(expression, []).extend(_YEAR.findall(_first(match)))
    for sign, match in list(_compared(reading)):
        value = number_text(match["value"], match["value_scale"])
        listed = [value, *numbers(match["more"])] if sign == "=" else [value]
        expression = _expression(reading, match, listed)
        if sign == "=":
            reading.equal.setdefault(expression, []).extend(listed)
        else:
            reading.filters.append(f"{expression} {sign} {value}")


def _compared(reading: Reading) -> Iterator[tuple[str, re.Match[str]]]:
    for sign, pattern in signs():
        for match in list(reading.sheet.find(pattern)):
            if sign != "=" or reading.beside(*match.span(), number=True) is not None:
                yield sign, match


def _first(match: re.Match[str]) -> str:
    return next(value for value in match.groups() if value)


def _expression(reading: Reading, match: re.Match[str], values: list[str]) -> str:
    """Mark numbers, and return what is compared with them: a column, or the year of one."""
    mention = reading.beside(*match.span(), number=True)
    if mention is not None and mention.column.type == "TOP":
        mention = None
    if all(_YEAR.fullmatch(value) for value in values) and (date := _date_meant(reading, match, mention)):
        reading.sheet.mark(*match.span())
        return f"year({quoted(date.name)})"
    if mention is None:
        raise unsure("ambiguous", match.group().strip(), message="name the column right before it")
    name = quoted(mention.column.name)
    if dated(mention.column):
        name = f"year({name})"
    elif not numeric(mention.column):
        raise unsure("wrong_type", mention.column.name, message=f"it holds {mention.column.type}, no numbers")
    reading.used(mention)
    reading.sheet.mark(*match.span())
    return name


def _date_meant(reading: Reading, match: re.Match[str], mention: Mention | None) -> Column | None:
    """Return the column of dates that years are compared with; refuse where they may be other numbers as well."""
    said, dates = match.group().strip(), reading.dates()
    if not dates or (mention is not None and (dated(mention.column) or yearly(mention.column))):
        return None
    spanning = _BETWEEN.fullmatch(match.group()) is not None
    if TEMPORAL.search(said) or (spanning and mention is None):
        return _only(dates, said)
    if mention is None:
        return None
    bare = spanning or _BARE.match(reading.sheet.text[mention.end : match.end()])
    if bare and not _CLEAR.search(reading.sheet.text[: mention.start]):
        name = mention.column.name
        raise unsure("ambiguous", said, message=f"a year, or a value of {name}? say 'in …' or '{name} = …'")
    return None


def _expression_of_year(reading: Reading, match: re.Match[str]) -> str:
    """Return what ``in 2023`` is compared with: the year of a date, or a column of years."""
    mention = reading.beside(*match.span())
    if mention is not None and (dated(mention.column) or yearly(mention.column)):
        column = reading.used(mention).column
    else:
        years = [column for column in reading.table.columns if yearly(column)]
        column = _only(reading.dates() or years, match.group().strip())
        if _begins(column) and any(numeric(each.column) for each in reading.mentions):
            raise unsure("not_understood", match.group().strip(), message=f"only of {column.name} there is a year")
    return f"year({quoted(column.name)})" if dated(column) else quoted(column.name)


def _begins(column: Column) -> bool:
    """Say whether a date tells since when something is so, and not when anything was measured."""
    words = {stem(word) for word in re.findall("[a-z]+", normalize(column.name))} | {column.name}
    return any(not words.isdisjoint(NAMES[concept]) for concept in STATES)


def _only(columns: list[Column], said: str) -> Column:
    if len(columns) != 1:
        raise unsure("ambiguous", said, message="there is not exactly one column of dates: name the column")
    return columns[0]
