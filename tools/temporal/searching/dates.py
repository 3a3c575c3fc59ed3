"""When the passages of a list are: all their intervals as arrays, and how well an interval of a question fits them.

tau = |a ∩ b| / min(|a|, |b|), or exp(-gap / h) where they are apart, h by the coarser granularity. The gap is the days
that the shorter one would have to move to lie inside the other: for single days the days between them, and a year for
two years side by side, which else would be one day apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.tools.temporal.resolver import resolve_time
from questline.tools.temporal.result import UNITS, TimeReading

from .contract import DatedPassage

__all__ = ["Calendar", "times_of"]

_NO_ANCHOR: Final = date(1, 1, 1)
_KNOWN: Final = ("absolute", "partial", "relative")
_MOST_DATES: Final = 24
"""Of one passage; a table of a thousand days is about none of them."""


def times_of(passage: DatedPassage) -> tuple[TimeReading, ...]:
    """Return the likeliest interval of each time expression of a passage, in the order of the text.

    Without a day of publication the first full date of the text stands for it; in a text that has neither, what is
    relative or lacks its year is left out.
    """
    if not passage.text.strip():
        return ()
    anchor = passage.published
    found = resolve_time(passage.text, anchor or _NO_ANCHOR)
    if anchor is None and any(each.kind in ("partial", "relative") for each in found):
        first = next((each.start for each in found if each.kind == "absolute" and each.start), None)
        if first is None:
            found = tuple(each for each in found if each.kind == "absolute")
        else:
            found = resolve_time(passage.text, first)
    kept: dict[int, TimeReading] = {}
    for each in found:
        if each.kind in _KNOWN and (each.start or each.end):
            kept.setdefault(each.span.start, each)
    return tuple(kept.values())[:_MOST_DATES]


class Calendar:
    """The intervals of many passages, to compare them all with one interval at once.

    Args:
        passages: Read once.
        hears: Called before each is read; what it raises ends the reading.
    """

    def __init__(self, passages: Sequence[DatedPassage], *, hears: Callable[[], None] | None = None) -> None:
        owners: list[int] = []
        starts: list[int] = []
        ends: list[int] = []
        units: list[int] = []
        self.times: list[tuple[TimeReading, ...]] = []
        """Of each passage, what its text says."""
        for passage in passages:
            if hears is not None:
                hears()
            self.times.append(times_of(passage))
        self.first: list[tuple[date, date] | None] = []
        """Of each passage the interval that it is most likely about: its text's first, else its publication."""
        for place, (passage, times) in enumerate(zip(passages, self.times, strict=True)):
            rows = [(_first(each), _last(each), UNITS.index(each.granularity)) for each in times]
            if passage.published is not None:
                day = passage.published.toordinal()
                rows.append((day, day, 0))
            for start, end, unit in rows:
                owners.append(place)
                starts.append(start)
                ends.append(end)
                units.append(unit)
            self.first.append(_likely(passage, times))
        self.size = len(passages)
        self._owners = np.array(owners, np.int64)
        self._starts = np.array(starts, np.int64)
        self._ends = np.array(ends, np.int64)
        self._units = np.array(units, np.int64)
        self.dated = np.zeros(self.size, np.bool_)
        self.dated[self._owners] = True

    @property
    def undated(self) -> int:
        """How many passages have no date at all."""
        return int(self.size - self.dated.sum())

    def newest(self) -> NDArray[np.int64]:
        """Return the last day of each passage as an ordinal, 0 for an undated one; shape [passages]."""
        days = np.zeros(self.size, np.int64)
        np.maximum.at(days, self._owners, self._ends)
        return days

    def tau(
        self, start: date | None, end: date | None, unit: str, gap_days: Mapping[str, float]
    ) -> NDArray[np.float32]:
        """Return how well each passage fits an interval, in [0, 1]; 0 for an undated one; shape [passages]."""
        fits = np.zeros(self.size, np.float32)
        if not self._owners.size:
            return fits
        first = start.toordinal() if start else 1
        last = end.toordinal() if end else date.max.toordinal()
        common = np.minimum(self._ends, last) - np.maximum(self._starts, first) + 1
        shorter = np.minimum(self._ends - self._starts + 1, last - first + 1)
        coarser = np.maximum(self._units, UNITS.index(unit))  # pyright: ignore[reportArgumentType]  # because a name of a unit is checked by index
        decay = np.array([_decay(name, gap_days) for name in UNITS], np.float32)[coarser]
        apart = np.maximum(shorter - common, 0)
        values = np.where(common > 0, common / shorter, np.exp(-apart / decay)).astype(np.float32)
        np.maximum.at(fits, self._owners, values)
        return fits


def _decay(unit: str, gap_days: Mapping[str, float]) -> float:
    if unit in gap_days:
        return gap_days[unit]
    return gap_days["month"] if unit in ("week", "quarter", "season") else gap_days["year"]


def _first(reading: TimeReading) -> int:
    return reading.start.toordinal() if reading.start else 1


def _last(reading: TimeReading) -> int:
    return reading.end.toordinal() if reading.end else date.max.toordinal()


def _likely(passage: DatedPassage, times: Iterable[TimeReading]) -> tuple[date, date] | None:
    for each in times:
        if each.start and each.end:
            return each.start, each.end
    return (passage.published, passage.published) if passage.published else None
