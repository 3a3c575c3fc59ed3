"""What is understood of a question over one table so far."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from questline.tools.text import normalize

from .result import Column, Reason, Refused, Rows, Table
from .wording import Sheet, name_pattern

__all__ = ["SAYING", "Mention", "Reading", "Unsure", "dated", "numeric", "unsure", "yearly"]

_NUMERIC: Final = re.compile(
    r"(?:U?(?:TINY|SMALL|BIG|HUGE)?(?:INT|INTEGER)|FLOAT|DOUBLE|DECIMAL|INT\d|UINT\d)\w*(?:\(|$)"
)
_DATED: Final = re.compile(r"DATE|TIMESTAMP")
_YEARLY: Final = re.compile(r"(?:^|[^a-z])year$|年(?:份|度)?$")
_GAP: Final = re.compile(r"\s*(?:(?:is|are|was|were|of|in|=|:|['\"“]|的|是|为|在|named|called)\s*)*")
_NUMBER_GAP: Final = re.compile(r"\s*(?:(?:is|are|was|were|of|=|:|的|是|为)\s*)*")
SAYING: Final = re.compile(r"\b(?:is|are|was|were|named|called)\b|[=:是为]")


class Unsure(Exception):
    """A question that the rules are not sure to understand."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused


def unsure(reason: Reason, *words: str, message: str) -> Unsure:
    """Return what is raised to refuse a question."""
    return Unsure(Refused(reason=reason, words=words, message=message))


@dataclass(slots=True)
class Mention:
    """A column's name in a question."""

    column: Column
    start: int
    end: int
    role: str = ""
    """``filter``, ``group`` or ``by`` once it is known; else it is what is asked for."""


@dataclass(slots=True)
class Reading:
    """What is understood of a question so far."""

    sheet: Sheet
    table: Table
    source: str
    ask: Callable[[str], Rows]
    mentions: list[Mention] = field(default_factory=list[Mention])
    possible: list[Mention] = field(default_factory=list[Mention])
    """Everyday words that are names of columns too: they count where a value or a number follows."""
    summed: bool = False
    """Whether "in total" is said."""
    doubtful: dict[str, str] = field(default_factory=dict[str, str])
    """Everyday word that was not taken for a name or a value → as the table writes it."""
    filters: list[str] = field(default_factory=list[str])
    equal: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Expression → the values that it may have."""

    def conditions(self) -> list[str]:
        """Return the conditions on a row; several values of one column are one condition."""
        listed = {name: list(dict.fromkeys(values)) for name, values in self.equal.items()}
        return [
            *(
                f"{name} = {values[0]}" if len(values) == 1 else f"{name} IN ({', '.join(values)})"
                for name, values in listed.items()
            ),
            *self.filters,
        ]

    def dates(self) -> list[Column]:
        """Return the columns of dates."""
        return [column for column in self.table.columns if dated(column)]

    def table_name(self) -> str:
        """Return the pattern of the table's name."""
        return name_pattern(self.table.name.rpartition(".")[2])

    def beside(self, start: int, end: int, *, number: bool = False) -> Mention | None:
        """Return the mention right before or right behind a place, with nothing but small words between."""
        text, gap = self.sheet.text, _NUMBER_GAP if number else _GAP
        for mention in [*self.mentions, *self.possible]:
            if mention.end <= start and gap.fullmatch(text[mention.end : start]):
                return mention
        for mention in self.mentions:
            if mention.start >= end and not text[end : mention.start].strip():
                return mention
        return None

    def used(self, mention: Mention) -> Mention:
        """Take a mention for the column of a condition."""
        mention.role = "filter"
        if mention not in self.mentions:
            self.mentions.append(mention)
            self.sheet.mark(mention.start, mention.end)
        return mention


def numeric(column: Column) -> bool:
    """Say whether a column holds numbers."""
    return bool(_NUMERIC.match(column.type))


def dated(column: Column) -> bool:
    """Say whether a column holds dates or times."""
    return bool(_DATED.match(column.type))


def yearly(column: Column) -> bool:
    """Say whether a column holds years as numbers, by its name."""
    return numeric(column) and bool(_YEARLY.search(normalize(column.name)))
