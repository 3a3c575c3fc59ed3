"""Where the parts that name a place in the calendar lie: each inside what the larger parts before it left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Final, TypeAlias, cast

from .arithmetic import days_in_month
from .intervals import Stretch, century, decade, edge, half_of, month, quarter, season, unit_around, units_of
from .names import event_days, holiday_days, nth_weekday
from .numeric import DayOrder, orders
from .parts import Part, Role
from .result import Granularity, Kind
from .scene import EVEN, Scene

__all__ = ["PLACERS", "Placer"]

Placer: TypeAlias = Callable[[Part, Stretch | None, Scene], list[Stretch]]
"""Return the stretches that a part can mean, given that of the larger parts (None where there is none)."""
_LAST_YEAR: Final = 9999


def _failed(unit: Granularity, kind: Kind = "invalid") -> list[Stretch]:
    return [Stretch(unit=unit, kind=kind, sure=0.0)]


def _absolute(start: date, end: date, unit: Granularity, sure: float = 1.0, kind: Kind = "absolute") -> Stretch:
    return Stretch(start=start, end=end, unit=unit, kind=kind, sure=sure)


def _century(part: Part, _base: Stretch | None, scene: Scene) -> list[Stretch]:
    if part.name == "given":
        return [scene.given("century")]
    if part.relative:
        return [scene.own("century", part.low)]
    return [_absolute(*century(part.low), "century")]


def _decade(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    if part.name == "given":
        return [scene.given("decade")]
    if part.relative:
        return [scene.own("decade", part.low)]
    if not part.short:
        ten = _absolute(*decade(part.low), "decade")
        if part.low % 100:
            return [ten]
        hundred = _absolute(ten.start or date.min, date(part.low + 99, 12, 31), "century", EVEN)  # the 1800s
        return [replace(ten, sure=EVEN), hundred]
    if base is None and scene.inherit is not None:
        base = scene.given("century")
    if base is not None and base.start is not None:
        return [base.narrowed(_decades(base.start.year // 100 * 100, part), "decade")]
    hundreds = scene.anchor.year // 100 * 100
    firsts = [first for first in (hundreds - 100 + part.low, hundreds + part.low) if 0 < first <= scene.anchor.year]
    sure = EVEN if len(firsts) > 1 else 0.8
    return [_absolute(*_decades(first - part.low, part), "decade", sure, "partial") for first in firsts] or _failed(
        "decade", "unresolved"
    )


def _decades(hundreds: int, part: Part) -> tuple[date, date]:
    return decade(hundreds + part.low)[0], decade(hundreds + part.high)[1]


def _year(part: Part, _base: Stretch | None, scene: Scene) -> list[Stretch]:
    if part.name == "given":
        return [scene.given("year")]
    if part.relative:
        return [scene.own("year", part.low)]
    low, high = part.low, part.high
    if part.short:
        low = high = _full_year(low, scene)
    if not 1 <= low <= high <= _LAST_YEAR:
        return _failed("year")
    start, end = date(low, 1, 1), date(high, 12, 31)
    return [_absolute(start, end, "year", 0.8 if part.short else part.sure, "partial" if part.short else "absolute")]


def _full_year(short: int, scene: Scene) -> int:
    """Return the year that two digits mean: up to ten years after the anchor, else in the century before."""
    hundreds = scene.anchor.year // 100 * 100
    return hundreds + short if hundreds + short <= scene.anchor.year + 10 else hundreds - 100 + short


def _quarter(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    if part.name == "given":
        return [scene.given("quarter")]
    if part.relative:
        return [scene.own("quarter", part.low)]
    year = base or scene.given("year")
    if not 1 <= part.low <= part.high <= 4 or year.start is None:
        return _failed("quarter")
    return [year.narrowed((quarter(year.start.year, part.low)[0], quarter(year.start.year, part.high)[1]), "quarter")]


def _half(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    whole = base or scene.given("month" if part.unit == "month" else "year")
    if whole.days is None:
        return _failed("half")
    unit: Granularity = "half" if whole.unit == "year" else whole.unit
    return [whole.narrowed(half_of(whole.days, whole.unit, part.low), unit)]


def _season(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    if part.turn:
        return _turned("season", part.turn, scene, lambda year: season(year, part.name))
    year = scene.own("year", 0) if part.turn == 0 else base or scene.given("year")
    return (
        [year.narrowed(season(year.start.year, part.name), "season", sure=part.sure)]
        if year.start
        else _failed("season")
    )


def _month(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    if part.name == "given":
        return [scene.given("month")]
    if part.relative:
        return [scene.own("month", part.low)]
    if part.turn:
        return _turned("month", part.turn, scene, lambda year: month(year, part.low))
    year = scene.own("year", 0) if part.turn == 0 else base or scene.given("year")
    if not 1 <= part.low <= part.high <= 12 or year.start is None:
        return _failed("month")
    return [year.narrowed((month(year.start.year, part.low)[0], month(year.start.year, part.high)[1]), "month")]


def _turned(
    unit: Granularity,
    turn: int,
    scene: Scene,
    of_year: Callable[[int], tuple[date, date] | None],
    kind: Kind = "relative",
) -> list[Stretch]:
    """Return ``last March``: the nearest one before the anchor, and that of last year where it is another."""
    year, anchor = scene.anchor.year, scene.anchor
    near = [days for days in (of_year(year + step) for step in (-1, 0, 1)) if days is not None]
    past = [days for days in near if days[1] < unit_around(anchor, unit)[0]]
    future = [days for days in near if days[0] > unit_around(anchor, unit)[1]]
    nearest = (past[-1:] if turn < 0 else future[:1]) or [None]
    found = [days for days in dict.fromkeys((nearest[0], of_year(year + turn))) if days is not None]
    sure = EVEN if len(found) > 1 else 0.9
    return [_absolute(*days, unit, sure, kind) for days in found] or _failed(unit, "unresolved")


def _day(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    if part.relative:
        return [scene.own("day", part.low)]
    whole = base or scene.given("month")
    if whole.start is None:
        return _failed("day")
    year, number = whole.start.year, whole.start.month
    most = days_in_month(year, number)
    if not 1 <= part.low <= part.high <= most:
        leap = whole.kind == "partial" and (number, part.high) == (2, 29)
        return _failed("day", "unresolved" if leap else "invalid")
    return [whole.narrowed((date(year, number, part.low), date(year, number, part.high)), "day")]


def _week(part: Part, _base: Stretch | None, scene: Scene) -> list[Stretch]:
    return [scene.given("week") if part.name == "given" else scene.own("week", part.low)]


def _isoweek(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    year = base or scene.given("year")
    if year.start is None:
        return _failed("week")
    try:
        monday = date.fromisocalendar(year.start.year, part.low, 1)
    except ValueError:
        return _failed("week")
    return [year.narrowed(unit_around(monday, "week"), "week")]


def _nth(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    whole = base or scene.given("month")
    if whole.days is None:
        return _failed("day")
    if part.unit == "weekday":
        day = nth_weekday(whole.days, int(part.name), part.low)
        return [whole.narrowed((day, day), "day")] if day else _failed("day")
    unit = cast("Granularity", part.unit)
    days = units_of(whole.days, unit, part.low, part.high)
    return [whole.narrowed(days, unit, sure=0.8 if unit == "week" else 1.0)] if days else _failed(unit)


def _date(part: Part, _base: Stretch | None, scene: Scene) -> list[Stretch]:
    numbers = [int(number) for number in part.name.split()]
    if len(numbers) == 2:  # 12/25, of the year that is spoken of
        return _day_of_year(numbers[0], numbers[1], scene)
    first, second, third = numbers
    if part.turn is None:
        year, pairs = first, [(second, third)]
    else:
        dotted: tuple[DayOrder, ...] = ("day first",)
        allowed = dotted if part.unit == "dotted" and len(scene.orders) > 1 else scene.orders
        year, pairs = _full_year(third, scene) if part.short else third, orders(first, second, allowed)
    found = [
        date(year, number, day)
        for number, day in pairs
        if year >= 1 and 1 <= number <= 12 and 1 <= day <= days_in_month(year, number)
    ]
    kind: Kind = "partial" if part.short else "absolute"
    sure = (0.8 if part.short else 1.0) / max(1, len(found))
    return [_absolute(day, day, "day", sure, kind) for day in found] or _failed("day")


def _day_of_year(first: int, second: int, scene: Scene) -> list[Stretch]:
    year = scene.given("year")
    pairs = orders(first, second, scene.orders)
    found = [
        day
        for number, day_of_month in pairs
        for day in _day(
            Part(start=0, end=0, role="day", low=day_of_month, high=day_of_month),
            _month(Part(start=0, end=0, role="month", low=number, high=number), year, scene)[0],
            scene,
        )
    ]
    known = [day for day in found if day.days] or found[:1]
    return [replace(day, sure=day.sure / len(known)) for day in known]


def _holiday(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    if part.turn:
        return _turned("day", part.turn, scene, lambda year: holiday_days(part.name, year))
    year = scene.own("year", 0) if part.turn == 0 else base or scene.given("year")
    days = holiday_days(part.name, year.start.year) if year.start else None
    return [year.narrowed(days, "day", sure=part.sure)] if days else _failed("day", "unresolved")


def _event(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    editions = event_days(part.name)
    unit: Granularity = "year" if editions[0][0].month == 1 and editions[0][1].month == 12 else "day"
    if len(editions) == 1:
        return [_absolute(*editions[0], unit, part.sure)]
    year = base or scene.given("year")
    held = [days for days in editions if year.start and days[0].year == year.start.year]
    return [year.narrowed(days, unit, sure=part.sure) for days in held] or _failed("day", "unresolved")


def _edge(part: Part, base: Stretch | None, scene: Scene) -> list[Stretch]:
    whole = base or scene.given("month")
    if part.unit == "day" and whole.unit == "day" and whole.days is not None:  # the end of World War II
        day = whole.days[0 if part.name == "early" else 1]
        return [whole.narrowed((day, day), "day")] if part.name != "mid" else [whole]
    return [edge(whole, part.name)]


def _dead(part: Part, _base: Stretch | None, _scene: Scene) -> list[Stretch]:
    return _failed(cast("Granularity", part.unit), "unresolved")


PLACERS: Final[dict[Role, Placer]] = {
    "century": _century,
    "decade": _decade,
    "year": _year,
    "quarter": _quarter,
    "half": _half,
    "season": _season,
    "month": _month,
    "day": _day,
    "week": _week,
    "isoweek": _isoweek,
    "nth": _nth,
    "date": _date,
    "holiday": _holiday,
    "event": _event,
    "edge": _edge,
    "dead": _dead,
}
