"""Days as a corpus writes them, to be put beside the words of a question."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import timedelta

from questline.tools.temporal.result import TimeReading

__all__ = ["written"]

_MOST = 3
"""Months or years of one interval that are written out; a longer one is left to tau."""


def written(readings: Iterable[TimeReading], *, chinese: bool) -> str:
    """Return the resolved intervals in words: ``2021年10月16日`` or ``16 October 2021``; nothing for an open one."""
    told: list[str] = []
    for each in readings:
        if each.start is None or each.end is None or each.kind in ("unresolved", "invalid", "event"):
            continue
        day, last = each.start, each.end
        if day == last:
            told.append(_day(day.year, day.month, day.day, chinese=chinese))
            continue
        names: dict[str, None] = {}
        whole_years = (day.month, day.day, last.month, last.day) == (1, 1, 12, 31)
        while day <= last and len(names) <= _MOST:
            names[f"{day.year}年" if chinese else str(day.year)] = None
            if not whole_years and (last - each.start).days < 93:
                names.pop(f"{day.year}年" if chinese else str(day.year))
                names[_month(day.year, day.month, chinese=chinese)] = None
            day = day.replace(day=1) + timedelta(days=32)
            day = day.replace(day=1)
        if len(names) <= _MOST:
            told += names
    return " ".join(dict.fromkeys(told))


def _day(year: int, month: int, day: int, *, chinese: bool) -> str:
    return f"{year}年{month}月{day}日" if chinese else f"{day} {calendar.month_name[month]} {year}"


def _month(year: int, month: int, *, chinese: bool) -> str:
    return f"{year}年{month}月" if chinese else f"{calendar.month_name[month]} {year}"
