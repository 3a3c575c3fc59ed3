"""Mark the columns, values and numbers of a question over one table.

A word that any question may hold, such as ``in``, ``no`` or ``a``, is a column or a value only where it is written as
the table writes it, in quotation marks, or right behind its column's name. Where it can be nothing else either, the
question is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from questline.tools.text import normalize

from .doubts import wrong_way
from .names import literal, quoted
from .reading import SAYING, Mention, Reading, unsure
from .result import Column
from .wording import OPERATIONS, YEARS, everyday, name_pattern

__all__ = ["mark_columns", "mark_values"]

_PLACING: Final = re.compile(r"\b(?:in|of|for|from|with|and|or|,)\s*\Z|[在和或、,]\s*\Z")
_COUNTED: Final = re.compile(r"\s*(?:the |all )?(?:rows?|records?|entries|people|persons|different|distinct|unique)\b")
_DIGITAL: Final = re.compile(r"[\d.,-]+")


def mark_columns(reading: Reading) -> None:
    """Mark the names of columns."""
    sheet = reading.sheet
    names: dict[str, list[Column]] = {}
    for column in reading.table.columns:
        names.setdefault(name_pattern(column.name), []).append(column)
    for pattern, columns in sorted(names.items(), key=lambda item: -len(item[1][0].name)):
        for match in list(sheet.find(pattern)):
            if phrase := _phrase(reading, match):  # `number of rows` asks for no column `number`
                _check_phrase(reading, match, phrase, names)
                continue
            mention = Mention(column=columns[0], start=match.start(), end=match.end())
            if _is_everyday(reading, mention):
                reading.possible.append(mention)
                continue
            if len(columns) > 1:
                raise unsure("ambiguous", match.group(), message="several columns have this name: ask in SQL")
            sheet.mark(*match.span())
            reading.mentions.append(mention)
    reading.mentions.sort(key=lambda mention: mention.start)


def _phrase(reading: Reading, match: re.Match[str]) -> re.Match[str] | None:
    """Return the longer words of an operation that a place is a part of."""
    for pattern in OPERATIONS.values():
        for phrase in re.finditer(pattern, reading.sheet.text):
            if phrase.start() <= match.start() and match.end() <= phrase.end() and phrase.span() != match.span():
                return phrase
    return None


def _check_phrase(reading: Reading, match: re.Match[str], phrase: re.Match[str], names: Iterable[str]) -> None:
    behind = reading.sheet.text[phrase.end() :]
    table = reading.table_name()
    if not (_COUNTED.match(behind) or any(re.match(rf"\s*(?:the )?{name}", behind) for name in [table, *names])):
        raise unsure("ambiguous", match.group(), message="it is a column, and a thing to ask for: ask in SQL")


def _is_everyday(reading: Reading, mention: Mention) -> bool:
    """Say whether a column's name is but a word of the question; refuse where it can be neither."""
    sheet, name = reading.sheet, mention.column.name
    plain = sheet.text[mention.start : mention.end]
    if not everyday(plain, operations=False):
        return False
    if sheet.spelled(mention.start, mention.end, name) or sheet.quoted(mention.start, mention.end):
        return False
    if sheet.alone(mention.end) and len(plain) == 1:
        return False  # no article stands before nothing
    reading.doubtful[plain] = name
    return True


def mark_values(reading: Reading) -> None:
    """Mark values of text columns; each must be one of a single column, or stand beside the name of its column."""
    unclear: list[tuple[re.Match[str], list[tuple[Column, str]]]] = []
    for plain, homes in sorted(_found(reading).items(), key=lambda item: -len(item[0])):
        for match in list(reading.sheet.find(rf"(?<![a-z0-9])(?<!\w['’]){re.escape(plain)}(?![a-z0-9])")):
            if _phrase(reading, match):
                continue
            if _is_sure(reading, match, homes):
                _take_value(reading, match, homes)
            else:
                unclear.append((match, homes))
    for match, homes in unclear:
        if _is_unmarked(reading, match) and _is_value(reading, match, homes):
            _take_value(reading, match, homes)


def _is_unmarked(reading: Reading, match: re.Match[str]) -> bool:
    return not any(reading.sheet.used[match.start() : match.end()])


def _take_value(reading: Reading, match: re.Match[str], homes: list[tuple[Column, str]]) -> None:
    sheet, beside = reading.sheet, reading.beside(*match.span())
    columns = {column.name for column, _ in homes}
    if beside is not None and beside.column.name in columns:
        columns = {reading.used(beside).column.name}
    elif beside is not None and SAYING.search(sheet.text[beside.end : match.start()]):
        raise unsure(
            "ambiguous", match.group(), message=f"it is a value of {min(columns)}, not of {beside.column.name}"
        )
    if len(columns) > 1:
        listed = ", ".join(sorted(columns))
        raise unsure("ambiguous", match.group(), message=f"it is a value of {listed}: name the column")
    name = columns.pop()
    if wrong_way(re.findall(r"[a-z]+", name.lower()), sheet.text[: match.start()]):
        raise unsure("not_understood", match.group(), message=f"it is a value of {name} alone")
    sheet.mark(*match.span())
    reading.equal.setdefault(quoted(name), []).extend(literal(value) for column, value in homes if column.name == name)


def _found(reading: Reading) -> dict[str, list[tuple[Column, str]]]:
    """Return the values of text columns that stand in the question, normalized, with where they come from."""
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
    return found


def _is_sure(reading: Reading, match: re.Match[str], homes: list[tuple[Column, str]]) -> bool:
    """Say whether a word is a value whatever stands around it: no number, and no word that a question may hold."""
    sheet, plain = reading.sheet, match.group()
    if sheet.quoted(*match.span()):
        return True
    if _DIGITAL.fullmatch(plain):
        return False
    if everyday(plain) or re.fullmatch(reading.table_name(), plain):
        return any(sheet.spelled(*match.span(), value) for _, value in homes)
    return True


def _is_value(reading: Reading, match: re.Match[str], homes: list[tuple[Column, str]]) -> bool:
    """Say whether a number or an everyday word is a value where it stands; refuse where neither is sure."""
    sheet, plain, (start, end) = reading.sheet, match.group(), match.span()
    beside = reading.beside(start, end)
    its_own = beside is not None and beside.column.name in {column.name for column, _ in homes}
    if _DIGITAL.fullmatch(plain):
        if beside is None and reading.dates() and YEARS.search(sheet.text[max(0, start - 10) : end]):
            raise unsure("ambiguous", plain, message="it is a value, and maybe a year: name the column")
        return its_own or (beside is None and bool(_PLACING.search(sheet.text[:start])))
    written = homes[0][1]
    reading.doubtful[plain] = written
    if not sheet.alone(end):
        return False
    if beside is not None and its_own and beside.end <= start and (plain.isascii() or sheet.text[beside.end : start]):
        return True
    raise unsure("ambiguous", plain, message=f"it may be a value: write it as the table does: {written}")
