"""Which days the time expressions of a text mean, and calendar arithmetic; by rule, in English and Chinese."""

from .arithmetic import (
    CalendarUnit,
    Gap,
    IsoWeek,
    add,
    as_day,
    day_of_year,
    days_in_month,
    difference,
    gap,
    is_leap_year,
    iso_week,
    subtract,
    weekday,
)
from .resolver import resolve_time, with_event
from .result import Granularity, Kind, TimeReading
from .zones import in_zone, localized, zone

__all__ = [
    "CalendarUnit",
    "Gap",
    "Granularity",
    "IsoWeek",
    "Kind",
    "TimeReading",
    "add",
    "as_day",
    "day_of_year",
    "days_in_month",
    "difference",
    "gap",
    "in_zone",
    "is_leap_year",
    "iso_week",
    "localized",
    "resolve_time",
    "subtract",
    "weekday",
    "with_event",
    "zone",
]
