"""The second step of ``the day of <event>``: which day the passages of the event and of what is asked have in common.

Each pair of a passage about the event and one about what is asked is worth the sum of their scores, and more where they
share the day, month or year that the question says they do. A day may also be told by one of them alone: then the other
counts as a fixed share of the best score that was to be had.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from questline.tools.temporal.result import Granularity

from .sparse import best_of

__all__ = ["common_days", "fits_unit"]

_DEPTH = 12


def fits_unit(one: tuple[date, date], other: tuple[date, date], unit: Granularity) -> bool:
    """Return whether two intervals can lie in the same day, week, month or year."""
    first, second = _unit(one, unit), _unit(other, unit)
    return first[0] <= second[1] and second[0] <= first[1]


def common_days(
    asked: NDArray[np.float32],
    event: NDArray[np.float32],
    days: Sequence[tuple[date, date] | None],
    *,
    unit: Granularity,
    together: float,
    alone: float,
) -> list[tuple[float, tuple[date, date], int | None, int | None]]:
    """Return the days that the event may have been on, best first: value, interval, passage asked, passage of event.

    Args:
        asked: Scores of the passages for what is asked, shape [passages].
        event: Scores for the event, shape [passages].
        days: What each passage is most likely about.
        unit: What they share.
        together: Worth of sharing it.
        alone: Share of the best score that a missing side counts as.
    """
    tops = [[int(p) for p in best_of(each, _DEPTH) if days[int(p)]] for each in (asked, event)]
    absent = [alone * float(each.max(initial=0.0)) for each in (asked, event)]
    found: list[tuple[float, tuple[date, date], int | None, int | None]] = []
    for one in tops[0]:
        day = days[one]
        assert day is not None
        if unit == "day" and day[0] == day[1]:
            found.append((float(asked[one]) + absent[1], day, one, None))
        for other in tops[1]:
            its = days[other]
            assert its is not None
            if fits_unit(day, its, unit):
                value = float(asked[one]) + float(event[other]) + together * (one != other)
                finer = min(day, its, key=lambda each: each[1] - each[0]) if unit == "day" else its
                found.append((value, finer, one, other))
    for other in tops[1]:
        its = days[other]
        assert its is not None
        found.append((float(event[other]) + absent[0], its, None, other))
    best: dict[tuple[date, date], tuple[float, tuple[date, date], int | None, int | None]] = {}
    for each in sorted(found, key=lambda each: -each[0]):
        best.setdefault(each[1], each)
    return list(best.values())


def _unit(interval: tuple[date, date], unit: Granularity) -> tuple[date, date]:
    first, last = interval
    if unit == "year":
        return first.replace(month=1, day=1), last.replace(month=12, day=31)
    if unit == "month":
        return first.replace(day=1), last.replace(day=28)
    return first, last
