"""Stretches of days: the unit around a day, units that follow each other, and parts of a stretch.

Weeks go from Monday to Sunday. Quarters and halves are those of the calendar year. Seasons are of three whole months,
spring from March on, winter from December into the next year (northern, meteorological). A decade begins with the year
that ends in 0, a century with the year that ends in 01.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, TypeAlias, cast

from .arithmetic import add, days_in_month
from .result import KINDS, Granularity, Kind
from .tables import table

__all__ = [
    "SEASONS",
    "Days",
    "Stretch",
    "century",
    "cut",
    "decade",
    "edge",
    "half_of",
    "later_kind",
    "moved",
    "quarter",
    "season",
    "unit_around",
    "units_of",
]

Days: TypeAlias = tuple[date, date]
"""First and last day."""
SEASONS: Final = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
"""First month of each."""
_EDGE_SURE: Final = 0.7
"""Where early, mid and late begin is a convention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """An interval with what is known of it, on its way to becoming a `TimeReading` (whose fields say more)."""

    start: date | None = None
    end: date | None = None
    unit: Granularity
    kind: Kind = "absolute"
    sure: float = 1.0
    shift: int = 0

    @property
    def days(self) -> Days | None:
        """Both ends, when there are both."""
        return (self.start, self.end) if self.start and self.end else None

    def narrowed(self, days: Days, unit: Granularity, *, sure: float = 1.0) -> Stretch:
        """Return a part of this stretch, found in the same way."""
        return replace(self, start=days[0], end=days[1], unit=unit, sure=self.sure * sure)

    def failed(self, kind: Kind, unit: Granularity) -> Stretch:
        """Return what is left when there is no such interval."""
        return Stretch(unit=unit, kind=kind, sure=0.0)


def later_kind(*kinds: Kind) -> Kind:
    """Return the one that is known least."""
    return max(kinds, key=KINDS.index)


def month(year: int, number: int) -> Days:
    """Return the days of a month."""
    return date(year, number, 1), date(year, number, days_in_month(year, number))


def quarter(year: int, number: int) -> Days:
    """Return the days of a quarter, 1 to 4."""
    return date(year, number * 3 - 2, 1), month(year, number * 3)[1]


def season(year: int, name: str) -> Days:
    """Return the days of the season that begins in a year."""
    start = date(year, SEASONS[name], 1)
    return start, add(start, months=3, days=-1)


def decade(first_year: int) -> Days:
    """Return the days of ten years."""
    return date(max(first_year, 1), 1, 1), date(first_year + 9, 12, 31)


def century(number: int) -> Days:
    """Return the days of a century, 19 for 1801 to 1900."""
    return date(number * 100 - 99, 1, 1), date(min(number * 100, 9999), 12, 31)


def unit_around(day: date, unit: Granularity) -> Days:
    """Return the whole unit that holds a day."""
    year = day.year
    if unit == "day":
        return day, day
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    if unit == "month":
        return month(year, day.month)
    if unit == "quarter":
        return quarter(year, (day.month + 2) // 3)
    if unit == "season":
        name = max((name for name in SEASONS if SEASONS[name] <= day.month), key=SEASONS.__getitem__, default="winter")
        return season(year if day.month > 2 else year - 1, name)
    if unit == "half":
        return half_of((date(year, 1, 1), date(year, 12, 31)), "year", 1 if day.month <= 6 else 2)
    if unit == "decade":
        return decade(year // 10 * 10)
    return century((year + 99) // 100) if unit == "century" else (date(year, 1, 1), date(year, 12, 31))


def moved(day: date, unit: str, count: int) -> date:
    """Return the day so many units later; half years are ``half`` units, a fortnight is two weeks.

    Raises:
        UsageError: ``bad_param`` outside the years 1 to 9999.
    """
    if unit == "day":
        return add(day, days=count)
    if unit in {"week", "fortnight"}:
        return add(day, weeks=count * (2 if unit == "fortnight" else 1))
    return add(
        day,
        months=count * {"month": 1, "quarter": 3, "season": 3, "half": 6, "decade": 120, "century": 1200}.get(unit, 12),
    )


def edge(stretch: Stretch, name: str) -> Stretch:
    """Return the early, mid or late part of a stretch, by the table of ``words.toml``; a day has none."""
    rule = table("words.toml")["edges"].get(stretch.unit)
    if rule is None or stretch.days is None:
        return stretch
    names = name.split()  # mid-to-late is both
    first, last = rule[names[0]][0], rule[names[-1]][1]
    return stretch.narrowed(cut(stretch.days, rule["parts"], first, last), stretch.unit, sure=_EDGE_SURE)


def cut(days: Days, parts: str, first: int, last: int) -> Days:
    """Return the first to the last of the days, months or years of a stretch, counted from 1, within its end."""
    start, end = days
    unit = parts.removesuffix("s")
    return moved(start, unit, first - 1), min(end, add(moved(start, unit, last), days=-1))


def half_of(days: Days, unit: Granularity, number: int) -> Days:
    """Return the first or second half of a stretch: of a month up to its 15th day, of longer ones by whole months."""
    start, end = days
    if unit == "month":
        middle = add(start, days=14)
    elif unit in {"day", "week", "quarter", "season"}:
        middle = start + timedelta(days=((end - start).days + 1) // 2 - 1)
    else:
        months = {"half": 3, "decade": 60, "century": 600}.get(unit, 6)
        middle = add(start, months=months, days=-1)
    return (start, middle) if number == 1 else (add(middle, days=1), end)


def units_of(days: Days, unit: Granularity, first: int, last: int) -> Days | None:
    """Return the `first` to the `last` unit inside a stretch, counted from 1, or from its end where negative.

    The first week is the first seven days. None where the stretch has not so many.
    """
    start, end = days
    step = cast("str", unit)
    if first < 0:
        lower = add(moved(end + timedelta(days=1), step, first)) if end.year < 9999 else end
        return (lower, end) if lower >= start else None
    lower, upper = moved(start, step, first - 1), add(moved(start, step, last), days=-1)
    return (lower, min(upper, end)) if lower <= end else None
