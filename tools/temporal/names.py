"""Holidays and named events: where they stand in a text, and on which days they fall, by ``named.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final, Literal

from .arithmetic import add, days_in_month
from .chinese import NUMERAL, guarded
from .english import FLAGS, turn
from .intervals import Days
from .parts import Part, Rule
from .tables import one_of, table

__all__ = ["RULES", "easter", "event_days", "holiday_days", "nth_weekday"]

_NAMED: Final = table("named.toml")
_NOT_HERE: Final = r"(?!\s+(?:Islands?|eggs?|trees?|Rising|cards?|carols?|songs?)\b)"


def _by_name(language: Literal["english", "chinese"]) -> dict[str, tuple[Literal["holiday", "event"], str]]:
    names: dict[str, tuple[Literal["holiday", "event"], str]] = {}
    for role, group in (("holiday", "holidays"), ("event", "events")):
        for key, row in _NAMED[group].items():
            names |= {name.casefold(): (role, key) for name in row[language]}
    return names


_ENGLISH: Final = _by_name("english")
_CHINESE: Final = _by_name("chinese")


def _english(match: re.Match[str]) -> Iterator[Part]:
    role, key = _ENGLISH[match["name"].casefold()]
    way = turn(match["turn"]) if match["turn"] else None
    start = match.start() if role == "holiday" else match.start("name")
    yield Part(start=start, end=match.end(), role=role, name=key, turn=way if role == "holiday" else None, sure=0.9)


def _chinese(match: re.Match[str]) -> Iterator[Part]:
    role, key = _CHINESE[match[0].casefold()]
    yield Part(start=match.start(), end=match.end(), role=role, name=key, sure=0.9)


_CHINESE_NAMES: Final = "|".join(guarded(name) for name in sorted(_CHINESE, key=len, reverse=True))
RULES: Final = (
    Rule(
        re.compile(rf"(?:\b(?P<turn>last|this|next)\s+)?(?<!\w)(?P<name>{one_of(_ENGLISH)})(?!\w){_NOT_HERE}", FLAGS),
        _english,
    ),
    Rule(
        re.compile(
            rf"(?<![{NUMERAL}])(?:{_CHINESE_NAMES})(?!(?:祖国)?[{NUMERAL}]+周年)",
            re.ASCII,
        ),
        _chinese,
    ),
)


def holiday_days(name: str, year: int) -> Days | None:
    """Return the days of a holiday in a year; None where the table has no date for it."""
    row: dict[str, Any] = _NAMED["holidays"][name]
    if "day" in row:
        month, number = map(int, row["day"].split("-"))
        day = date(year, month, number)
    elif "nth" in row:
        month, wanted, place = row["nth"]
        found = nth_weekday((date(year, month, 1), date(year, month, days_in_month(year, month))), wanted, place)
        assert found is not None
        day = found + timedelta(days=row.get("after", 0))
    elif "easter" in row:
        day = easter(year) + timedelta(days=row["easter"])
    else:
        lunar, after = row["lunar"]
        place = year - _NAMED["lunar"]["first_year"]
        days: list[str] = _NAMED["lunar"][lunar]
        if not 0 <= place < len(days):
            return None
        day = add(date.fromisoformat(f"{year}-{days[place]}"), days=after)
    return day, day


@lru_cache(maxsize=64)
def event_days(name: str) -> tuple[Days, ...]:
    """Return the days of an event, once for each year in which it was held."""
    return tuple(
        (date.fromisoformat(first), date.fromisoformat(last)) for first, last in _NAMED["events"][name]["days"]
    )


def nth_weekday(days: Days, wanted: int, place: int) -> date | None:
    """Return the nth weekday (1 for Monday) of a stretch, from its end where `place` is negative, if there is one."""
    start, end = days
    if place > 0:
        found = start + timedelta(days=(wanted - start.isoweekday()) % 7 + 7 * (place - 1))
    else:
        found = end - timedelta(days=(end.isoweekday() - wanted) % 7 - 7 * (place + 1))
    return found if start <= found <= end else None


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (the method of Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
