"""Dates in digits: year first (ISO and its like), ISO weeks, or day and month in an order that the locale decides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, Literal, TypeAlias

from .parts import Part, Rule

__all__ = ["LOCALES", "RULES", "DayOrder", "orders"]

DayOrder: TypeAlias = Literal["month first", "day first"]
LOCALES: Final[dict[str, tuple[DayOrder, ...]]] = {
    "auto": ("month first", "day first"),
    "en": ("month first", "day first"),
    "en-US": ("month first",),
    "en-GB": ("day first",),
    "zh": ("month first", "day first"),
    "zh-CN": ("month first", "day first"),
    "zh-TW": ("month first", "day first"),
}
"""Which orders of day and month a locale allows where the year comes last; with dots the day is first unless the locale
allows one order alone."""
_YEAR_FIRST: Final = re.compile(
    r"(?<![0-9./-])(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})(?![0-9]|[./-][0-9])"
)
_MONTH_OF_YEAR: Final = re.compile(r"(?<![0-9./-])(?P<year>[12][0-9]{3})-(?P<month>0[1-9]|1[0-2])(?![0-9/-]|\.[0-9])")
_YEAR_LAST: Final = re.compile(
    r"(?<![0-9./-])(?P<one>[0-9]{1,2})(?P<mark>[-/.])(?P<two>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})(?![0-9]|[./-][0-9])"
)
_WEEK: Final = re.compile(
    r"(?<![0-9A-Za-z./-])(?P<year>[0-9]{4})\s?-?W(?P<week>[0-9]{2})(?:-?(?P<day>[1-7]))?(?![0-9A-Za-z]|-[0-9])"
)
_NO_YEAR: Final = re.compile(
    r"(?<![\w./$€£%-])(?P<one>[0-9]{1,2})/(?P<two>[0-9]{1,2})(?![0-9A-Za-z%°]|[./-][0-9A-Za-z]|\s+(?:of|cups?|teaspoons?"
    r"|tablespoons?|inch(?:es)?|miles?|pounds?|hours?|chance|correct|right|points?)\b)"
)
_SAID_ON: Final = re.compile(
    r"\b(?:on|by|due|until|till|before|after|since|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun|[a-z]{3,6}day),?\s+(?:the\s+)?$",
    re.IGNORECASE,
)
"""What stands before two numbers and shows that they are a day, where both might be a month."""
_DATE_BEFORE: Final = re.compile(
    r"(?<![0-9/])(?:(?:1[3-9]|2[0-9]|3[01])/[0-9]{1,2}|[0-9]{1,2}/(?:1[3-9]|2[0-9]|3[01]))\s*(?:-|–|to|until|and)\s*$"
)
_ALWAYS: Final = ("24", "7")
_SHORT_YEAR: Final = re.compile(
    r"(?<![0-9./-])(?P<one>[0-9]{1,2})/(?P<two>[0-9]{1,2})/(?P<year>[0-9]{2})(?![0-9]|[./-][0-9])"
)


def _year_first(match: re.Match[str]) -> Iterator[Part]:
    numbers = f"{match['year']} {match['month']} {match['day']}"
    yield Part(start=match.start(), end=match.end(), role="date", name=numbers)


def _month_of_year(match: re.Match[str]) -> Iterator[Part]:
    middle = match.end("year")
    year, month = int(match["year"]), int(match["month"])
    yield Part(start=match.start(), end=middle, role="year", low=year, high=year)
    yield Part(start=middle, end=match.end(), role="month", low=month, high=month)


def _year_last(match: re.Match[str]) -> Iterator[Part]:
    short = len(match["year"]) == 2
    numbers = f"{match['one']} {match['two']} {match['year']}"
    unit = "dotted" if match.groupdict().get("mark") == "." else ""
    yield Part(start=match.start(), end=match.end(), role="date", name=numbers, turn=1, short=short, unit=unit)


def _week(match: re.Match[str]) -> Iterator[Part]:
    year, week = int(match["year"]), int(match["week"])
    if match["day"]:
        try:
            day = date.fromisocalendar(year, week, int(match["day"]))
        except ValueError:  # no such week: said below
            pass
        else:
            yield Part(start=match.start(), end=match.end(), role="date", name=f"{day.year} {day.month} {day.day}")
            return
    middle = match.end("year")
    yield Part(start=match.start(), end=middle, role="year", low=year, high=year)
    yield Part(start=middle, end=match.end(), role="isoweek", low=week, high=week)


def _no_year(match: re.Match[str]) -> Iterator[Part]:
    """12/25: a day where one number is no month, or where the words before say so (due 3/4); else a fraction."""
    one, two = int(match["one"]), int(match["two"])
    if not orders(one, two, ("month first",)) or (match["one"], match["two"]) == _ALWAYS:
        return
    before = match.string[: match.start()]
    alone = match.string.strip() == match[0]
    if max(one, two) > 12 or alone or _SAID_ON.search(before) or _DATE_BEFORE.search(before):
        yield Part(start=match.start(), end=match.end(), role="date", name=f"{one} {two}", turn=1)


RULES: Final = (
    Rule(_YEAR_FIRST, _year_first),
    Rule(_MONTH_OF_YEAR, _month_of_year),
    Rule(_YEAR_LAST, _year_last),
    Rule(_SHORT_YEAR, _year_last),
    Rule(_WEEK, _week),
    Rule(_NO_YEAR, _no_year),
)


def orders(first: int, second: int, allowed: Iterable[DayOrder]) -> list[tuple[int, int]]:
    """Return the months and days that two numbers can be, one pair for each meaning; none when neither is possible.

    A number above 12 is no month: what the locale does not allow is read all the same when it alone is possible.
    """
    both: dict[DayOrder, tuple[int, int]] = {"month first": (first, second), "day first": (second, first)}
    possible = {order: pair for order, pair in both.items() if 1 <= pair[0] <= 12 and 1 <= pair[1] <= 31}
    kept = [possible[order] for order in allowed if order in possible] or list(possible.values())
    return list(dict.fromkeys(kept))
