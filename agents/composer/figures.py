"""The dates, clock times and numbers of a text, each with its place: what a sentence may state and evidence may hold.

A date is read before a time, and a time before a number, so that 2027-03-14 is one date and no three numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final, TypeVar

from questline.tools.calendar_words import MONTH, MONTHS
from questline.tools.number_words import NUMBERS, TENS, TO_NINETEEN
from questline.tools.slot_filling.units import measures
from questline.tools.temporal.numerals import chinese_number

__all__ = ["Clock", "Day", "Figures", "Quantity", "figures_of", "folded"]

T = TypeVar("T")
_MONTHS: Final = tuple(name[:3].casefold() for name in MONTHS)
_MONTH: Final = rf"(?P<month>{MONTH})\b\.?"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_ZH: Final = "[零〇一二两三四五六七八九十百千廿卅\\d]"
_DATES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\d-])(?P<year>\d{4})[-/](?P<month>\d{2})[-/](?P<day>\d{2})(?![\d-]|/\d)",
        rf"(?P<year>{_ZH}{{2,4}})\s*年\s*(?:(?P<month>{_ZH}{{1,3}})\s*月\s*(?:(?P<day>{_ZH}{{1,3}})\s*[日号])?)?",
        rf"(?<!{_ZH})(?P<month>{_ZH}{{1,3}})\s*月\s*(?P<day>{_ZH}{{1,3}})\s*[日号]",
        rf"\b{_DAY}(?:\s+of)?\s+{_MONTH}(?:,?\s+(?P<year>\d{{4}})(?!\d))?",
        rf"\b{_MONTH}\s+{_DAY}\b(?!:\d)(?:,?\s+(?P<year>\d{{4}})(?!\d))?",
        rf"\b{_MONTH},?\s+(?P<year>\d{{4}})(?!\d)",
        r"(?<![\d./])(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4})(?![\d/])",
    )
)
_SWAPPED: Final = _DATES[-1]
_TIMES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\d:.])(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2}(?:\.\d+)?)?(?!:?\d)(?:\s*(?P<half>[ap])\.?m\b)?",
        r"(?<![\d:.])(?P<hour>\d{1,2})\s*(?P<half>[ap])\.?m\b",
        rf"(?P<hour>{_ZH}{{1,3}})\s*[点时](?!间|区|候|代|期)(?:(?P<minute>{_ZH}{{1,3}})\s*分|(?P<thirty>半))?",
        r"(?:\b12\s+)?\b(?P<noon>noon|midnight)\b",
    )
)
_GROUP: Final = "[,']"
_THIN_SPACE: Final = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_SCALES: Final[dict[str, int]] = {
    "hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "万": 4, "亿": 8, "百万": 6,
}  # fmt: skip
_NUMBER: Final = re.compile(
    r"(?P<money>[$£€¥])?(?<![A-Za-z0-9_.])(?P<sign>(?<![\d)\]])[-\u2212])?"
    rf"(?P<body>\d{{1,3}}(?:{_GROUP}\d{{3}})+(?!\d)|\d+)(?P<fraction>\.\d+)?(?P<power>e[+-]?\d+)?"
    r"(?:\s?(?P<scale>(?:hundred|thousand|million|billion|trillion)\b|百万|万|亿))?(?:(?:st|nd|rd|th)\b)?",
    re.IGNORECASE,
)
_CHINESE: Final = re.compile(
    r"[零〇一二两三四五六七八九十百千万亿]{2,}|[二两三四五六七八九十](?=[个名次位人天日月年岁元条座届种艘本页周米克吨公])"
)
_WORDS: Final = {"zero": 0} | NUMBERS
_ENGLISH: Final = re.compile(
    rf"\b(?P<tens>{'|'.join(TENS)})(?:-(?P<ones>{'|'.join(TO_NINETEEN[:9])}))?\b"
    rf"|\b(?P<word>zero|{'|'.join(TO_NINETEEN)})\b",
    re.IGNORECASE,
)
_PERCENT: Final = re.compile(r"\s?(?:%|percent\b|per\s?cent\b)", re.IGNORECASE)
_UNIT: Final = re.compile(r"[\s-]?(?P<unit>[°℃℉]?[A-Za-z]+(?:/[A-Za-z]+)?(?:[\^²³]\d?)?|[\u4e00-\u9fff]{1,2})(?![\w/])")
_NO_UNITS: Final = frozenset({"in", "a", "second", "s", "c", "f", "may", "mar"})
_COINS: Final = {"$": "dollar", "£": "pound", "€": "euro", "¥": "yen"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A date; 0 stands for a part that is not said."""

    text: str
    readings: tuple[tuple[int, int, int], ...]
    """(year, month, day); two where day and month may be swapped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A time of the day."""

    text: str
    readings: tuple[tuple[int, int], ...]
    """(hour, minute); two where it may be of the morning or of the afternoon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number, and what stands beside it."""

    text: str
    value: Decimal
    step: Decimal
    """The worth of its last digit that is shown: what it may be rounded to."""
    percent: bool = False
    unit: str = ""
    """A unit of measure right behind it, or its sign of money; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All of a text."""

    days: tuple[Day, ...]
    clocks: tuple[Clock, ...]
    numbers: tuple[Quantity, ...]
    rest: str
    """The text with spaces in the place of dates and times."""


def folded(text: str) -> str:
    """Return a text with compatibility forms folded (full-width digits), of the same reading."""
    grouped = _THIN_SPACE.sub(",", text)  # before the forms are folded: then a thin space is one like others
    return unicodedata.normalize("NFKC", grouped).replace("\u2212", "-")


def figures_of(text: str) -> Figures:
    """Read the dates, times and numbers of a text."""
    rest = folded(text)
    days: list[Day] = []
    clocks: list[Clock] = []
    for pattern in _DATES:
        rest = pattern.sub(partial(_taken, into=days, read=partial(_day, swapped=pattern is _SWAPPED)), rest)
    for pattern in _TIMES:
        rest = pattern.sub(partial(_taken, into=clocks, read=_clock), rest)
    return Figures(days=tuple(days), clocks=tuple(clocks), numbers=tuple(_numbers(rest)), rest=rest)


def _taken(match: re.Match[str], *, into: list[T], read: Callable[[re.Match[str]], T | None]) -> str:
    """Keep what a match is read as, and leave spaces in its place."""
    found = read(match)
    if found is None:
        return match[0]
    into.append(found)
    return " " * len(match[0])


def _part(match: re.Match[str], name: str) -> int:
    text = match.groupdict().get(name)
    if not text:
        return 0
    if text.casefold()[:3] in _MONTHS:
        return _MONTHS.index(text.casefold()[:3]) + 1
    return chinese_number(text) if not text.isascii() else int(text)


def _day(match: re.Match[str], *, swapped: bool) -> Day | None:
    try:
        year, month, day = (_part(match, name) for name in ("year", "month", "day"))
    except (KeyError, ValueError):
        return None
    readings = [(year, month, day), *([(year, day, month)] if swapped else [])]
    valid = tuple(dict.fromkeys(each for each in readings if each[1] <= 12 and each[2] <= 31))
    return Day(text=match[0].strip(), readings=valid) if valid else None


def _clock(match: re.Match[str]) -> Clock | None:
    groups = match.groupdict()
    if groups.get("noon"):
        return Clock(text=match[0], readings=((12 if groups["noon"].casefold() == "noon" else 0, 0),))
    try:
        hour, minute = _part(match, "hour"), 30 if groups.get("thirty") else _part(match, "minute")
    except (KeyError, ValueError):
        return None
    if hour > 24 or minute > 59:
        return None
    half = (groups.get("half") or "").casefold()
    if half and hour > 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    readings = ((hour, minute),) if half or hour > 12 else ((hour, minute), (hour + 12, minute))
    return Clock(text=match[0].strip(), readings=readings if match.re is _TIMES[2] else readings[:1])


def _numbers(text: str) -> Iterator[Quantity]:
    taken: list[tuple[int, int]] = []
    for match in _NUMBER.finditer(text):
        if match.end() < len(text) and text[match.end()] == "_":
            continue
        taken.append(match.span())
        yield _quantity(match, text)
    for pattern, read in ((_CHINESE, _chinese), (_ENGLISH, _english)):
        for match in pattern.finditer(text):
            if any(start <= match.start() < end for start, end in taken):
                continue
            value = read(match)
            if value is not None:
                unit, percent = _beside(text, match.end())
                yield Quantity(text=match[0], value=value, step=Decimal(1), percent=percent, unit=unit)


def _quantity(match: re.Match[str], text: str) -> Quantity:
    body = re.sub(_GROUP, "", match["body"]) + (match["fraction"] or "")
    scale = _SCALES.get((match["scale"] or "").casefold(), 0)
    power = _power(match["power"])
    value = Decimal(body).scaleb(scale + power)
    step = Decimal(1).scaleb(scale + power - (len(match["fraction"]) - 1 if match["fraction"] else 0))
    unit, percent = _beside(text, match.end())
    return Quantity(
        text=match[0].strip(),
        value=-value if match["sign"] else value,
        step=step,
        percent=percent,
        unit=_COINS.get(match["money"] or "", "") or unit,
    )


def _power(text: str | None) -> int:
    """Return a power of ten, of at most 400 either way: no evidence tells two larger ones apart."""
    digits = (text or "e0")[1:]
    return max(-400, min(400, int(digits[:6])))


def _beside(text: str, end: int) -> tuple[str, bool]:
    """Return the unit behind a number, and whether it is a percentage."""
    if _PERCENT.match(text, end):
        return "", True
    found = _UNIT.match(text, end)
    unit = found["unit"] if found else ""
    forms = (unit,) if unit.isascii() else (unit, unit[:1])
    known = (form for form in forms if form.casefold() not in _NO_UNITS and measures(form))
    return next(known, ""), False


def _chinese(match: re.Match[str]) -> Decimal | None:
    value, section = 0, ""
    try:
        for character in match[0]:
            if character in "万亿":
                value = (value + (chinese_number(section) if section else 1)) * 10 ** _SCALES[character]
                section = ""
            else:
                section += character
        return Decimal(value + (chinese_number(section) if section else 0))
    except (KeyError, ValueError):
        return None


def _english(match: re.Match[str]) -> Decimal | None:
    if match["tens"]:
        return Decimal(_WORDS[match["tens"].casefold()] + (_WORDS[match["ones"].casefold()] if match["ones"] else 0))
    return Decimal(_WORDS[match["word"].casefold()])
