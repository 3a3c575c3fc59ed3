"""Calendar arithmetic on days of the Gregorian calendar, reckoned back to year 1, by one stated rule.

Years and months are added first: the day stays the same, or becomes the last of its month where that month has no such
day (31 January + 1 month = 28 or 29 February; 29 February + 1 year = 28 February). Weeks and days come after. So adding
months and taking them away again need not come back to the same day.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, TypeAlias, get_args

from questline.errors import UsageError

__all__ = [
    "CalendarUnit",
    "Gap",
    "IsoWeek",
    "add",
    "as_day",
    "day_of_year",
    "days_in_month",
    "difference",
    "gap",
    "is_leap_year",
    "iso_week",
    "subtract",
    "weekday",
]

CalendarUnit: TypeAlias = Literal["days", "weeks", "months", "years"]
_UNITS: Final[tuple[CalendarUnit, ...]] = get_args(CalendarUnit)
_LAST_YEAR: Final = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What lies between two days, in whole units; all parts are negative when the second day is earlier."""

    years: int
    months: int
    """Beyond the years, -11 to 11."""
    days: int
    """Beyond the months, -30 to 30."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IsoWeek:
    """A week by ISO 8601: Monday to Sunday, the first of a year holds its first Thursday."""

    year: int
    """The year that the week belongs to; near 1 January not always the day's own."""
    week: int
    """1 to 53."""


def as_day(value: object, *, argument: str = "day") -> date:
    """Return a day that is given as a `date`, a `datetime` (its own day) or an ISO string ``YYYY-MM-DD``.

    Args:
        value: What was given.
        argument: The name that an error carries.

    Raises:
        UsageError: ``bad_param`` when it is none of these, or no day of the calendar (``2023-02-30``).
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        parts = value.strip().split("-")
        if [len(part) for part in parts] == [4, 2, 2] and all(part.isascii() and part.isdigit() for part in parts):
            try:
                return date(*map(int, parts))
            except ValueError:
                pass
    raise UsageError(f"{argument}={value!r} is not a day; write YYYY-MM-DD", code="bad_param", argument=argument)


def add(day: date, *, years: int = 0, months: int = 0, weeks: int = 0, days: int = 0) -> date:
    """Return the day that lies so much later: years and months first, then weeks and days.

    Raises:
        UsageError: ``bad_param`` when a count is not whole, or the result is not in the years 1 to 9999.
    """
    counts: dict[str, object] = {"years": years, "months": months, "weeks": weeks, "days": days}
    for name, whole in counts.items():
        if isinstance(whole, bool) or not isinstance(whole, int):
            raise UsageError(f"{name}={whole!r} must be a whole number", code="bad_param", argument=name)
    month = day.year * 12 + day.month - 1 + years * 12 + months
    year = month // 12
    if not 1 <= year <= _LAST_YEAR:
        raise _outside(day, "months" if months else "years")
    moved = date(year, month % 12 + 1, min(day.day, monthrange(year, month % 12 + 1)[1]))
    try:
        return moved + timedelta(days=weeks * 7 + days)
    except OverflowError as error:
        raise _outside(day, "days" if days else "weeks") from error


def subtract(day: date, *, years: int = 0, months: int = 0, weeks: int = 0, days: int = 0) -> date:
    """Return the day that lies so much earlier: `add` with each count negated, in the same order.

    Raises:
        UsageError: ``bad_param`` when a count is not whole, or the result is not in the years 1 to 9999.
    """
    return add(day, years=-years, months=-months, weeks=-weeks, days=-days)


def difference(first: date, second: date, unit: CalendarUnit = "days") -> int:
    """Return how many whole units lie from `first` to `second`, negative when `second` is earlier.

    A month is over on the day that `add` reaches: from 31 January to 28 February 2023 it is one month.

    Raises:
        UsageError: ``bad_param`` for an unknown unit.
    """
    if unit not in _UNITS:
        raise UsageError(f"unit={unit!r} must be one of {', '.join(_UNITS)}", code="bad_param", argument="unit")
    if unit in {"days", "weeks"}:
        days = abs((second - first).days) // (7 if unit == "weeks" else 1)
        return days if second >= first else -days
    months = _whole_months(first, second)
    return months if unit == "months" else abs(months) // 12 * (1 if months > 0 else -1)


def gap(first: date, second: date) -> Gap:
    """Return the years, months and days from `first` to `second`: added in that order they lead there."""
    months = _whole_months(first, second)
    sign = 1 if months >= 0 else -1
    years = abs(months) // 12 * sign
    return Gap(years=years, months=months - years * 12, days=(second - add(first, months=months)).days)


def weekday(day: date) -> int:
    """Return the day of the week, 1 for Monday to 7 for Sunday."""
    return day.isoweekday()


def iso_week(day: date) -> IsoWeek:
    """Return the week by ISO 8601 that holds a day."""
    year, week, _ = day.isocalendar()
    return IsoWeek(year=year, week=week)


def day_of_year(day: date) -> int:
    """Return the number of a day in its year, 1 to 366."""
    return day.timetuple().tm_yday


def days_in_month(year: int, month: int) -> int:
    """Return how many days a month has.

    Raises:
        UsageError: ``bad_param`` when there is no such month.
    """
    if not (1 <= year <= _LAST_YEAR and 1 <= month <= 12):
        raise UsageError(f"there is no month {month!r} of {year!r}", code="bad_param", argument="month")
    return monthrange(year, month)[1]


def is_leap_year(year: int) -> bool:
    """Say whether a year has a 29 February."""
    return isleap(year)


def _whole_months(first: date, second: date) -> int:
    months = (second.year - first.year) * 12 + second.month - first.month
    while months > 0 and add(first, months=months) > second:
        months -= 1
    while months < 0 and add(first, months=months) < second:
        months += 1
    return months


def _outside(day: date, argument: str) -> UsageError:
    return UsageError(
        f"that many {argument} from {day.isoformat()} leave the years 1 to {_LAST_YEAR}",
        code="bad_param",
        argument=argument,
    )
