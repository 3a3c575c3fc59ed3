"""The values that a question says outright, typed: days, times, zones, paths, counts of days, formulas, equations.

A formula is what the grammar of `questline.tools.mathematics` can read and what works something out: the longest run
of words that it takes. What stands in a day, a time or a path is never part of one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final, Literal, TypeAlias

from questline.errors import QuestlineError
from questline.tools.mathematics.functions import CONSTANTS
from questline.tools.mathematics.parser import parse
from questline.tools.mathematics.tree import Call, Comparison, Number, names_of
from questline.tools.mathematics.units import asked_conversion, convert
from questline.tools.mathematics.wording import quantity_words
from questline.tools.slot_filling.dates import dates_in
from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.stopping import check
from questline.tools.temporal import TimeReading

from .places import zones_in

__all__ = ["PATH", "Literals", "Said", "SaidKind"]

SaidKind: TypeAlias = Literal["day", "time", "zone", "path", "count", "formula", "equation"]
PATH: Final = re.compile(
    r"(?<![\w/])~?/[A-Za-z][\w.-]+(?![\w/])|(?<![\w/])(?:~?/)?(?:[\w.-]+/)+[\w-]+(?:\.\w{1,8})*(?!\w)|(?<![\w/])[\w-]+(?:\.[\w-]+)*\.(?:csv|tsv|txt|md|json|jsonl|ya?ml|toml"
    r"|ini|cfg|log|xml|html?|pdf|docx?|xlsx?|pptx?|py|js|ts|rs|go|java|c|h|cpp|sh|sql|png|jpe?g|svg|zip)\b"
)
_FOLDER: Final = re.compile(r"(?<![\w/.])[A-Za-z][\w-]{2,}(?:/[\w-]{3,})+/?(?![\w/]|\.\w)")
_SHARE_OF: Final = re.compile(
    r"(?:%|per ?cent|\d/\d+|half|third|thirds|quarters?|fifths?|tenths?|twice|double|root|square|cube|sum|product"
    r"|max|min)\s+of\b|\bof\b(?!\s*(?:1[5-9]|20|21)\d\d(?!\d))",
    re.IGNORECASE,
)
"""So much of a number; "340 of 2027" is of a year."""
_ROOT: Final = re.compile(r"(?:the )?square root of (?P<x>\d+(?:\.\d+)?|\([^()]*\))", re.IGNORECASE)
_MOMENT: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:?\d{2})?")
_CLOCK: Final = re.compile(r"\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?!\w)")
_COUNT: Final = re.compile(
    r"(?P<unit>days?|weeks?|months?|years?|hours?|minutes?)\b|(?P<zh>天|周|个月|年)", re.IGNORECASE
)
_ZH: Final = {"天": "days", "周": "weeks", "个月": "months", "年": "years"}
_WORD: Final = re.compile(r"\S+")
_OPENS: Final = re.compile(
    r"[\d(−+.$€£√π-]|(?:the )?square root of|(?:sqrt|sin|cos|tan|log|ln|exp|abs|max|min|sum|half|twice)\b"
    r"|[a-z](?=[\^²³+*/= -])",
    re.IGNORECASE,
)
_SHIFTED: Final = re.compile(
    r"(?:\d+|that many|[a-z]+(?:-[a-z]+)?)\s+(?:days?|weeks?|months?|years?)\s+(?:after|before|from|following)\s+",
    re.IGNORECASE,
)
_MONEY: Final = re.compile(r"[$€£¥](?=\s?\d)")
_EDGE: Final = ".,;:?!，。？；"
_WINDOW: Final = 16
_READ: Final = 2_000
_OPERATORS: Final = re.compile(
    r"\b(?:plus|minus|times|squared|cubed|divided by|multiplied by|percent of|over)\b|[-+*/^%²³×÷]|\d\s?x\s?\d",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One value, with its place."""

    kind: SaidKind
    value: object
    start: int
    end: int
    unit: str = ""
    """Of a count: ``days``, ``weeks`` …"""


class Literals:
    """The typed values of one text, found once."""

    def __init__(self, text: str, today: date | None = None) -> None:
        self.text = text[:_READ]
        self._today = today

    @cached_property
    def paths(self) -> list[Said]:
        """Paths and file names; no fraction, unit or date is one."""
        found = [match for match in PATH.finditer(self.text) if re.search(r"[A-Za-z]{2}|\.\w", match[0])]
        return [
            Said(kind="path", value=match[0], start=match.start(), end=match.end())
            for match in found
            if "." in match[0]
            or match[0].startswith(("/", "~"))
            or (match[0].count("/") > 1 and not re.search(r"/h$|/s$", match[0]))
        ]

    @cached_property
    def folders(self) -> list[Said]:
        """What may be a folder where a tool wants one: words with a slash between them."""
        return [
            Said(kind="path", value=match[0], start=match.start(), end=match.end())
            for match in _FOLDER.finditer(self.text)
        ]

    @cached_property
    def times(self) -> list[Said]:
        """Moments, and times of day joined with the day that is said beside them."""
        found = [
            Said(kind="time", value=match[0].replace(" ", "T"), start=match.start(), end=match.end())
            for match in _MOMENT.finditer(self.text)
        ]
        for match in _CLOCK.finditer(self.text):
            if any(one.start <= match.start() < one.end for one in found):
                continue
            day = min(self.days, key=lambda one: abs(one.start - match.end()), default=None)
            clock = match[0] if len(match[0].split(":")[0]) == 2 else f"0{match[0]}"
            value = f"{day.value}T{clock}" if day else clock
            found.append(Said(kind="time", value=value, start=match.start(), end=match.end()))
        return found

    @cached_property
    def days(self) -> list[Said]:
        """Whole days as ``YYYY-MM-DD``; of a stretch both ends."""
        found: list[Said] = []
        for one in dates_in(self.text, self._today):
            value = one.value
            shift = _SHIFTED.match(self.text[one.start : one.end])
            if shift:  # "45 days after 3 May" is a day, and a count
                found += [
                    replace(each, start=each.start + one.start + shift.end(), end=each.end + one.start + shift.end())
                    for each in Literals(self.text[one.start + shift.end() : one.end], self._today).days
                ]
                continue
            inside = any(path.start <= one.start < path.end for path in self.paths)
            if inside or not isinstance(value, TimeReading) or value.start is None or value.end is None:
                continue
            if value.start == value.end:
                year = re.match(rf",?\s+{value.start.year}\b", self.text[one.end : one.end + 8])
                end = one.end + (year.end() if year else 0)
                found.append(Said(kind="day", value=value.start.isoformat(), start=one.start, end=end))
            elif value.granularity == "day":
                middle = (one.start + one.end) // 2
                found += [
                    Said(kind="day", value=value.start.isoformat(), start=one.start, end=middle),
                    Said(kind="day", value=value.end.isoformat(), start=middle, end=one.end),
                ]
        return _apart(found)

    @cached_property
    def zones(self) -> list[Said]:
        """Time zones, by their names or their cities."""
        return [Said(kind="zone", value=zone, start=start, end=end) for start, end, zone in zones_in(self.text)]

    @cached_property
    def counts(self) -> list[Said]:
        """Numbers of days, weeks, months and years."""
        found: list[Said] = []
        for one in numbers_in(self.text):
            unit = _COUNT.match(self.text, one.end + (self.text[one.end : one.end + 1] == " "))
            if unit and isinstance(one.value, int) and not one.ordinal and not self._taken(one.start):
                name = _ZH.get(unit["zh"] or "", "") or f"{unit['unit'].casefold().rstrip('s')}s"
                found.append(Said(kind="count", value=one.value, start=one.start, end=unit.end(), unit=name))
        return found

    def _taken(self, at: int) -> bool:
        return any(one.start <= at < one.end for one in (*self.paths, *self.days, *self.times))

    @cached_property
    def formulas(self) -> list[Said]:
        """Formulas and conversions that can be worked out."""
        conversion = asked_conversion(self.text)
        if conversion is not None and _works_out(self.text):  # "how many kilograms are 11 stone?"
            return [Said(kind="formula", value=self.text.strip(" ?？"), start=0, end=len(self.text))]
        whole = [one for one in self.equations if "=" in str(one.value)]
        found = self._runs("formula", _works_out)
        return [one for one in found if not any(each.start < one.end and one.start < each.end for each in whole)]

    @cached_property
    def equations(self) -> list[Said]:
        """Equations and inequalities with unknowns, and formulas of unknowns."""
        return self._runs("equation", _has_unknowns)

    def _runs(self, kind: SaidKind, fits: Callable[[str], bool]) -> list[Said]:
        words = [(match.start(), match.end()) for match in _WORD.finditer(self.text)]
        found: list[Said] = []
        place = 0
        while place < len(words):
            check()
            start = words[place][0]
            last = place
            if _OPENS.match(self.text, start) and not self._taken(start):
                for other in range(min(len(words), place + _WINDOW), place, -1):
                    end = words[other - 1][1]
                    end -= len(self.text[start:end]) - len(self.text[start:end].rstrip(_EDGE))
                    if any(self._taken(words[each][0]) for each in range(place, other)):
                        continue
                    value = _ROOT.sub(_rooted, _MONEY.sub("", self.text[start:end]))
                    if fits(value):
                        found.append(Said(kind=kind, value=value, start=start, end=end))
                        last = other - 1
                        break
            place = last + 1
        return found


def _apart(found: Sequence[Said]) -> list[Said]:
    """Return values in their order, without those that stand inside of an earlier one."""
    kept: list[Said] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _works_out(text: str) -> bool:
    """Say whether a text is a formula without unknowns that has something to work out, or a conversion."""
    try:
        asked = asked_conversion(text)
        if asked is not None:
            convert(*asked)
            return True
        tree = parse(text, units=quantity_words(text)).tree
    except (QuestlineError, RecursionError, ValueError):
        return False
    inner = names_of(tree) - CONSTANTS
    return (
        isinstance(tree, Call | Comparison)
        and not (inner and not quantity_words(text))
        and bool(_OPERATORS.search(text) or "(" in text or re.search(r"[<>=]|\boff\b", text) or _SHARE_OF.search(text))
    )


def _rooted(match: re.Match[str]) -> str:
    return f"sqrt({match['x'].strip('()')})"


def _has_unknowns(text: str) -> bool:
    try:
        tree = parse(text).tree
    except (QuestlineError, RecursionError, ValueError):
        return False
    unknowns = names_of(tree) - CONSTANTS
    if isinstance(tree, Number) or not unknowns or any(len(name) > 2 for name in unknowns):
        return False
    return isinstance(tree, Comparison) or bool(_OPERATORS.search(text) or "(" in text)
