"""What an expression is understood against: the anchor, what the text has said so far, the other end of its range."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from .intervals import Days, Stretch, moved, unit_around
from .numeric import DayOrder
from .result import UNITS, Granularity

__all__ = ["EVEN", "FROM_ANCHOR", "FROM_TEXT", "Scene"]

FROM_TEXT: Final = 0.8
"""Confidence of a year or month that was filled in from an earlier expression of the text."""
FROM_ANCHOR: Final = 0.7
"""And from the anchor."""
EVEN: Final = 0.5
"""Of each of two readings, neither of which is the better one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What an expression is understood against."""

    anchor: date
    orders: tuple[DayOrder, ...]
    """Which orders of day and month the locale allows."""
    context: Stretch | None = None
    """The last interval that the text named."""
    inherit: Stretch | None = None
    """The other end of the same range, where it says the year or month for both."""

    def given(self, unit: Granularity) -> Stretch:
        """Return the year, month, week … that an expression means which does not say it."""
        if self.inherit is not None:
            day = self.inherit.start or self.inherit.end
            if day is not None:
                return replace(self.inherit, start=None, end=None).narrowed(unit_around(day, unit), unit)
        told = self._told(unit)
        if told is not None:
            return Stretch(unit=unit, kind="partial", sure=FROM_TEXT).narrowed(told, unit)
        return Stretch(unit=unit, kind="partial", sure=FROM_ANCHOR).narrowed(unit_around(self.anchor, unit), unit)

    def _told(self, unit: Granularity) -> Days | None:
        """Return the unit in which the last interval lies; None for one of several units: a year says no month."""
        context = self.context
        day = context and (context.start or context.end)
        if context is None or day is None or UNITS.index(context.unit) > UNITS.index(unit):
            return None
        whole = unit_around(day, unit)
        return whole if context.end is None or context.end <= whole[1] else None

    def own(self, unit: Granularity, count: int) -> Stretch:
        """Return the unit that lies `count` units after the anchor's own."""
        start, end = unit_around(moved(unit_around(self.anchor, unit)[0], unit, count), unit)
        return Stretch(start=start, end=end, unit=unit, kind="relative")
