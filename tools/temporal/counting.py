"""What is counted: weekdays, units before and after the anchor, the days up to now, and what waits for an event."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final, cast

from .intervals import Stretch, moved, unit_around
from .parts import Part, Role
from .placing import Placer
from .result import UNITS, Granularity
from .scene import EVEN, FROM_TEXT, Scene

__all__ = ["COUNTERS"]

_NAMED: Final[dict[str, Granularity]] = {"fortnight": "week", "half": "month"}
_DAY_MINUTES: Final = 24 * 60
_COMING: Final = 0.6
"""Confidence that ``the weekend`` is the coming one, not the last."""


def _unit(name: str) -> Granularity:
    return _NAMED.get(name, cast("Granularity", name))


def _one(start: date | None, end: date | None, unit: Granularity, sure: float = 1.0) -> Stretch:
    return Stretch(start=start, end=end, unit=unit, kind="relative", sure=sure)


def _weekday(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    if base is not None and base.unit == "day":
        agrees = base.start is None or base.start.isoweekday() == part.low
        return [base if agrees else replace(base, sure=base.sure * EVEN)]
    if base is None and scene.inherit is not None and scene.inherit.unit in {"day", "week"}:
        base = scene.given("week")
    if base is not None and base.start is not None:
        day = base.start + timedelta(days=part.low - 1)
        return [base.narrowed((day, day), "day")]
    anchor = scene.anchor
    this = anchor + timedelta(days=part.low - anchor.isoweekday())
    if part.turn is None and part.relative:
        return [_one(this, this, "day", 0.7)]
    before = anchor - timedelta(days=(anchor.isoweekday() - part.low) % 7)
    after = anchor + timedelta(days=(part.low - anchor.isoweekday()) % 7)
    week = timedelta(days=7)
    if part.turn is None:
        found = [before, after]
    elif part.turn == 0:
        found = [this]
    elif part.turn < 0:
        found = [before - week if before == anchor else before, this - week]
    else:
        found = [after + week if after == anchor else after, this + week]
    days = list(dict.fromkeys(found))
    return [_one(day, day, "day", EVEN if len(days) > 1 else 0.9) for day in days]


def _weekend(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    week = base or scene.own("week", part.low)
    if week.end is None:
        return [week]
    if part.name == "either" and base is None and scene.anchor < week.end - timedelta(days=1):
        return [
            found
            for count, sure in ((0, _COMING), (-1, 1 - _COMING))
            for found in _weekend(replace(part, name="", low=count, sure=sure), None, scene)
        ]
    return [week.narrowed((week.end - timedelta(days=1), week.end), "week", sure=part.sure)]


def _offset(part: Part, _base: Stretch | None, scene: Scene) -> list[Stretch]:
    if part.unit == "hour":
        return _by_the_clock(part, scene)
    unit = _unit(part.unit)
    shown: Granularity = "year" if unit in {"decade", "century"} else unit
    day = moved(scene.anchor, part.unit, part.low)
    found = _one(*unit_around(day, shown), shown, part.sure)
    context = scene.context
    if part.name == "same day":
        return [_one(day, day, "day")]
    if not part.name.startswith("from text"):
        return [found]
    if context is None or context.end is None or UNITS.index(context.unit) > UNITS.index(shown):
        waiting = Stretch(unit=shown, kind="event", sure=0.4, shift=part.low)
        return [replace(found, sure=0.6), waiting] if part.name.endswith("event") else [found]
    told = moved(context.end, part.unit, part.low)
    partial = Stretch(unit=shown, kind="partial", sure=0.6).narrowed(unit_around(told, shown), shown)
    return [partial, replace(found, sure=0.4)]


def _by_the_clock(part: Part, scene: Scene) -> list[Stretch]:
    """Return the day that lies so many minutes away; both where the time of the day would have to be known."""
    way = 1 if part.low >= 0 else -1
    days, rest = divmod(abs(part.low), _DAY_MINUTES)
    near, far = (moved(scene.anchor, "day", way * count) for count in (days, days + 1))
    share = rest / _DAY_MINUTES
    found = [_one(near, near, "day", (1 - share) * part.sure), _one(far, far, "day", share * part.sure)]
    kept = [each for each in found if each.sure > part.sure / 4]
    return sorted(kept, key=lambda each: -each.sure)


def _rolling(part: Part, _base: Stretch | None, scene: Scene) -> list[Stretch]:
    if part.unit == "hour":
        start, end = sorted((scene.anchor, moved(scene.anchor, "day", part.low * round(part.high / _DAY_MINUTES))))
        return [_one(start, end, "day", part.sure)]
    unit = _unit(part.name.removeprefix("unit ") if part.name.startswith("unit ") else part.unit)
    start, end = sorted((scene.anchor, moved(scene.anchor, part.unit, part.low * part.high)))
    found = _one(start, end, unit, part.sure)
    if part.name == "either":
        return [replace(found, sure=0.6), replace(scene.own(unit, part.low), sure=0.4)]
    if part.name == "both ways":
        past = moved(scene.anchor, part.unit, -part.high)
        return [replace(found, sure=EVEN), _one(past, scene.anchor, unit, EVEN)]
    if part.name == "or first":
        year = scene.given("year")
        assert year.start is not None
        first = (
            year.start,
            min(moved(year.start, "month", part.high) - timedelta(days=1), unit_around(year.start, "year")[1]),
        )
        return [replace(found, sure=EVEN), replace(year, start=first[0], end=first[1], unit="month", sure=EVEN)]
    return [found]


def _bound(part: Part, _base: Stretch | None, scene: Scene) -> list[Stretch]:
    if part.name == "until now":
        return [_one(None, scene.anchor, "day")]
    whole = scene.own(_unit(part.unit), 0)
    if part.low < 0:
        return [_one(whole.start, scene.anchor, whole.unit)]
    return [_one(scene.anchor, whole.end, whole.unit)]


def _anchored(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    unit = _unit(part.unit)
    if base is None and (part.name == "told" or scene.inherit is not None):
        base = _told(unit, scene)
    if base is None or base.days is None:
        earlier = base.shift if base is not None else 0
        return [Stretch(unit=unit, kind="event", sure=EVEN, shift=part.low + earlier)]
    day = base.days[1] if part.low > 0 else base.days[0]
    there = moved(day, part.unit, part.low)
    if part.name == "exact" and base.unit == "day" and unit in {"day", "week"}:
        return [base.narrowed((there, there), "day")]
    return [base.narrowed(unit_around(there, unit), unit)]


def _told(unit: Granularity, scene: Scene) -> Stretch | None:
    """Return what the text named last, where it is fine enough to count from: a year says no day."""
    if scene.inherit is not None:
        return scene.inherit
    context = scene.context
    if context is None or UNITS.index(context.unit) > UNITS.index(unit):
        return None
    return replace(context, kind="partial", sure=FROM_TEXT)


COUNTERS: Final[dict[Role, Placer]] = {
    "weekday": _weekday,
    "weekend": _weekend,
    "offset": _offset,
    "rolling": _rolling,
    "bound": _bound,
    "anchored": _anchored,
}
