"""What a scenario expects of an answer's text, as data, and whether a text has it.

A text is read for words, numbers, dates and clock times; the marks of citations (``[3]``), dates and times are no
numbers. Several accepted forms of one thing stand in one text, parted by ``|``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

__all__ = ["ExpectedAnswer", "ExpectedNow", "ExpectedNumber", "dates_in", "has_words", "numbers_in", "times_in"]

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH = "(" + "|".join(f"{name[:3]}(?:{name[3:]})?" if name != "may" else name for name in MONTHS) + r")\.?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_DATES = (
    ("ymd", re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")),
    ("ymd", re.compile(r"(?<!\d)(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")),
    ("dmy", re.compile(rf"(?<!\d){_DAY}(?: of)? {_MONTH},? (\d{{4}})(?!\d)", re.IGNORECASE)),
    ("mdy", re.compile(rf"\b{_MONTH} {_DAY},? (\d{{4}})(?!\d)", re.IGNORECASE)),
)
_TIME = re.compile(r"(?<![\d:+])(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?!\d)(?:\s*([ap])\.?m\b)?", re.IGNORECASE)
_CITED = re.compile(r"\[\d{1,2}\]")
_GROUPS = "[,\u00a0\u2009\u202f]"
_NUMBER = re.compile(
    rf"(?<![A-Za-z0-9_.])[-\u2212]?(?:\d{{1,3}}(?:{_GROUPS}\d{{3}})+(?!\d)|\d+)(?:\.\d+)?(?:e[+-]?\d+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedNumber:
    """A number that a text must hold, as a decimal; ``17/4`` is not read as one."""

    value: float
    tolerance: float = 0.0
    """Largest accepted distance, in the number's own unit."""
    units: tuple[str, ...] = ()
    """Where there are any, one of them must stand beside the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedNow:
    """A clock time that a text must hold: that of the moment of asking, in a zone."""

    zone: str
    minutes: float
    """Largest accepted distance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAnswer:
    """All that a text must hold, and what it must not."""

    contains_all: tuple[tuple[str, ...], ...] = ()
    """Of each, one form."""
    one_of: tuple[str, ...] = ()
    not_contains: tuple[str, ...] = ()
    numbers: tuple[ExpectedNumber, ...] = ()
    dates: tuple[date, ...] = ()
    now: ExpectedNow | None = None

    def faults(self, text: str, at: datetime) -> Iterator[str]:
        """Yield what is wrong with a text; ``at`` is the moment of asking, with its zone."""
        for forms in self.contains_all:
            if not has_words(text, forms):
                yield f"contains_all: {' | '.join(forms)}"
        if self.one_of and not has_words(text, self.one_of):
            yield f"one_of: {' | '.join(self.one_of)}"
        yield from (f"not_contains: {words}" for words in self.not_contains if has_words(text, [words]))
        found = list(numbers_in(text))
        for number in self.numbers:
            if not any(
                abs(value - number.value) <= number.tolerance + 1e-9 * abs(number.value)
                and (not number.units or _beside(text, start, end, number.units))
                for value, start, end in found
            ):
                yield f"number: {number.value:g} {'|'.join(number.units)}".rstrip()
        told = set(dates_in(text))
        yield from (f"date: {day.isoformat()}" for day in self.dates if day not in told)
        if self.now is not None:
            local = at.astimezone(ZoneInfo(self.now.zone))
            wanted = local.hour * 60 + local.minute + local.second / 60
            apart = (abs(minutes - wanted) for minutes in times_in(text))
            if not any(min(minutes, 1440 - minutes) <= self.now.minutes for minutes in apart):
                yield f"now: {local:%H:%M} in {self.now.zone}"


def has_words(text: str, forms: Sequence[str]) -> bool:
    """Say whether a text holds one of some forms, whatever its case, spaces and quotation marks.

    A form that begins or ends with a letter or digit does not fit inside a longer word or number.
    """
    text = _plain(text)
    return any(_has(text, _plain(form)) for form in forms)


def numbers_in(text: str) -> Iterator[tuple[float, int, int]]:
    """Yield each number of a text with its first character and the one past its last."""
    blank = text
    for pattern in (*(pattern for _, pattern in _DATES[:2]), _TIME, _CITED):
        blank = pattern.sub(lambda found: "_" * len(found[0]), blank)
    for found in _NUMBER.finditer(blank):
        digits = re.sub(_GROUPS, "", found[0]).replace("\u2212", "-")
        yield float(digits), found.start(), found.end()


def dates_in(text: str) -> Iterator[date]:
    """Yield the full dates of a text: ISO, English with the month's name, and Chinese."""
    for order, pattern in _DATES:
        for found in pattern.finditer(text):
            parts = dict(zip(order, found.groups(), strict=True))
            month = parts["m"].lower()
            number = int(month) if month.isdecimal() else [name[:3] for name in MONTHS].index(month[:3]) + 1
            try:
                yield date(int(parts["y"]), number, int(parts["d"]))
            except ValueError:  # 2027-02-30 is no day
                continue


def times_in(text: str) -> Iterator[int]:
    """Yield the clock times of a text as minutes after midnight."""
    for hour, minute, half in _TIME.findall(text):
        hours = int(hour) % 12 + 12 * (half.lower() == "p") if half else int(hour)
        if hours < 24 and int(minute) < 60:
            yield hours * 60 + int(minute)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold().translate(str.maketrans("‘’“”", "''\"\""))
    return " ".join(text.split())


def _has(text: str, form: str) -> bool:
    if not form:
        return False
    before = r"(?<!\d)(?<!\d[.,])" if form[0].isdecimal() else r"(?<![a-z0-9])" if form[0].isascii() else ""
    after = r"(?![.,]?\d)" if form[-1].isdecimal() else r"(?![a-z0-9])" if form[-1].isascii() else ""
    return re.search(f"{before}{re.escape(form)}{after}", text) is not None


def _beside(text: str, start: int, end: int, units: Sequence[str]) -> bool:
    after, before = text[end:].lstrip(" \u00a0\u202f-"), text[:start].rstrip(" \u00a0\u202f")
    for unit in units:
        tail = after[len(unit) : len(unit) + 2]
        closed = not tail or not (tail[0].isalnum() or tail[0] in "/^²³")
        if after[: len(unit)].casefold() == unit.casefold() and (closed or not unit[-1].isascii()):
            return True
        if before.casefold().endswith(unit.casefold()) and not unit[0].isalpha():
            return True
    return False
