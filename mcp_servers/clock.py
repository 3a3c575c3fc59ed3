"""The server `clock`: now, time zones, and the calendar with its arithmetic and its words in English and Chinese."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, NotRequired, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict

from questline.errors import UsageError
from questline.tools import temporal
from questline.tools.calendar_words import WEEKDAYS

from .serving import READ_ONLY, QuestlineServer, tool
from .shapes import line, lines

__all__ = ["server"]

Zone: TypeAlias = Annotated[str, Field(description="Such as Asia/Shanghai.")]
Locale: TypeAlias = Literal["auto", "en", "en-US", "en-GB", "zh"]


class Moment(TypedDict):
    """One moment on the clock of a zone."""

    time: str
    zone: str
    weekday: str


class Reading(TypedDict):
    """One meaning of one time expression; both days belong to it."""

    text: str
    start: str | None
    end: str | None
    kind: str
    confidence: float


class Day(TypedDict):
    """A day, and what was asked of it."""

    day: str
    weekday: str
    week: str
    day_of_year: int
    moved_to: NotRequired[str]
    apart: NotRequired[dict[str, int]]
    readings: NotRequired[list[Reading]]


def server(now: Callable[[], datetime] = lambda: datetime.now(UTC), **options: Any) -> QuestlineServer:
    """Return the server.

    Args:
        now: The clock: a moment with its zone.
        options: Of `QuestlineServer`.
    """

    def tell_now(zone: Zone = "UTC") -> Moment:
        """Tell the time now."""
        return _moment(temporal.in_zone(now(), _zone(zone, "zone")), zone)

    def convert(
        time: Annotated[str, Field(description="ISO 8601.")],
        to: Zone,
        zone: Annotated[str, Field(description="Of a time without one.")] = "",
    ) -> Moment:
        """Show a moment on another zone's clock."""
        return _moment(temporal.in_zone(_read(time, zone), _zone(to, "to")), to)

    def calendar(
        day: Annotated[str, Field(description="YYYY-MM-DD; else today.")] = "",
        text: Annotated[
            str, Field(description="English or Chinese words to resolve from the day: last month, 上周三.")
        ] = "",
        years: int = 0,
        months: int = 0,
        weeks: int = 0,
        days: Annotated[int, Field(description="To add; may be negative.")] = 0,
        until: Annotated[str, Field(description="Count up to this day.")] = "",
        zone: Zone = "UTC",
        locale: Locale = "auto",
    ) -> Day:
        """Describe a day, move from it, count to another, or resolve time words from it."""
        start = temporal.as_day(day) if day else temporal.in_zone(now(), _zone(zone, "zone")).date()
        found = _day(start)
        if years or months or weeks or days:
            found["moved_to"] = temporal.add(start, years=years, months=months, weeks=weeks, days=days).isoformat()
        if until:
            found["apart"] = _apart(start, temporal.as_day(until, argument="until"))
        if text:
            found["readings"] = [_reading(each) for each in temporal.resolve_time(text, start, locale)]
        return found

    return QuestlineServer(
        "clock",
        title="Clock and calendar",
        description="The time, time zones, calendar arithmetic, and time words in English and Chinese.",
        tools=[
            tool(tell_now, name="now", title="Now", hints=READ_ONLY, text=_moment_text),
            tool(convert, title="Convert a time", hints=READ_ONLY, text=_moment_text),
            tool(calendar, title="Calendar", hints=READ_ONLY, text=_day_text),
        ],
        **options,
    )


def _zone(name: str, argument: str) -> str:
    temporal.zone(name, argument=argument)
    return name


def _read(time: str, zone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(time.strip())
    except ValueError as error:
        raise UsageError(
            f"time={time!r} is no time; write 2026-05-17T12:00", code="bad_param", argument="time"
        ) from error
    if moment.tzinfo is not None:
        return moment
    if not zone:
        raise UsageError(f"time={time!r} has no zone; give one as zone", code="bad_param", argument="zone")
    return temporal.localized(moment, _zone(zone, "zone"))


def _moment(moment: datetime, zone: str) -> Moment:
    return Moment(
        time=moment.isoformat(timespec="seconds"), zone=zone, weekday=WEEKDAYS[temporal.weekday(moment.date()) - 1]
    )


def _day(day: date) -> Day:
    week = temporal.iso_week(day)
    return Day(
        day=day.isoformat(),
        weekday=WEEKDAYS[temporal.weekday(day) - 1],
        week=f"{week.year}-W{week.week:02}",
        day_of_year=temporal.day_of_year(day),
    )


def _apart(first: date, second: date) -> dict[str, int]:
    gap = asdict(temporal.gap(first, second))
    return {
        **gap,
        "days_in_all": temporal.difference(first, second, "days"),
        "weeks_in_all": temporal.difference(first, second, "weeks"),
        "months_in_all": temporal.difference(first, second, "months"),
    }


def _reading(found: temporal.TimeReading) -> Reading:
    return Reading(
        text=found.span.text,
        start=found.start.isoformat() if found.start else None,
        end=found.end.isoformat() if found.end else None,
        kind=found.kind,
        confidence=found.confidence,
    )


def _moment_text(found: Moment) -> str:
    return f"{found['weekday']} {found['time']} ({line(found['zone'])})"


def _day_text(found: Day) -> str:
    apart = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in found.get("apart", {}).items())
    readings = found.get("readings")
    return lines(
        f"{found['day']} is a {found['weekday']}, week {found['week']}, day {found['day_of_year']} of the year",
        f"moved to {found['moved_to']}" if "moved_to" in found else "",
        f"apart: {apart}" if apart else "",
        "no time expression was found" if readings == [] else "",
        [f"{line(each['text'])}: {each['start']} to {each['end']} ({each['kind']})" for each in readings or []],
    )
