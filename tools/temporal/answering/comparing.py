"""Compare intervals of whole days: which is surely first, whether they lie in one unit, how far apart they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, cast

from questline.tools.temporal.arithmetic import CalendarUnit, difference
from questline.tools.temporal.result import Granularity

from .contract import Interval

__all__ = ["apart", "in_one", "inside", "surely_first"]

_MONTHS: Final[dict[Granularity, int]] = {"month": 1, "quarter": 3, "year": 12}


def surely_first(intervals: Sequence[Interval], *, last: bool = False) -> int | None:
    """Return the place of the interval that ends before all others start (``last``: starts after all others end).

    None where two overlap, so that what is known does not decide.
    """
    for place, one in enumerate(intervals):
        others = [each for number, each in enumerate(intervals) if number != place]
        if all(one.start > each.end if last else one.end < each.start for each in others):
            return place
    return None


def in_one(intervals: Sequence[Interval], unit: Granularity) -> bool | None:
    """Return whether all lie in the same day, week, month, quarter or year; None where that is undetermined."""
    spans = [(_number(each.start, unit), _number(each.end, unit)) for each in intervals]
    if all(first == last == spans[0][0] for first, last in spans):
        return True
    apart_ = any(one[1] < other[0] for one in spans for other in spans)
    return False if apart_ else None


def inside(interval: Interval, start: date | None, end: date | None) -> bool | None:
    """Return whether an interval lies in another, which may be open; None where only a part of it does."""
    after = start is None or interval.start >= start
    before = end is None or interval.end <= end
    if after and before:
        return True
    apart_ = (start is not None and interval.end < start) or (end is not None and interval.start > end)
    return False if apart_ else None


def apart(one: Interval, other: Interval, unit: Granularity) -> int | None:
    """Return the whole units from the earlier to the later; None where an interval is wider than one of them."""
    if unit == "day":
        if one.start != one.end or other.start != other.end:
            return None
        return abs((one.start - other.start).days)
    if unit in _MONTHS and (_wider(one, unit) or _wider(other, unit)):
        return None
    first, second = sorted((one, other), key=lambda each: each.start)
    if first.start == first.end and second.start == second.end and unit in ("week", "month", "year"):
        return difference(first.start, second.start, cast("CalendarUnit", f"{unit}s"))
    return abs(_number(second.start, unit) - _number(first.start, unit)) if unit in _MONTHS else None


def _wider(one: Interval, unit: Granularity) -> bool:
    return _number(one.start, unit) != _number(one.end, unit)


def _number(day: date, unit: Granularity) -> int:
    if unit == "week":
        return (day.toordinal() - 1) // 7
    if unit in _MONTHS:
        return (day.year * 12 + day.month - 1) // _MONTHS[unit]
    return day.toordinal()
