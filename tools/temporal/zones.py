"""Moments in time zones: the same moment on another zone's clock, with the rules of the tz database.

The zones are those that the system's database knows (`zoneinfo`); where a system has none, the package ``tzdata``
brings one. A local time that a change of the clock leaves out is an error; one that occurs twice is the earlier of the
two, unless the later is asked for.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from questline.errors import UsageError

__all__ = ["in_zone", "localized", "zone"]


def zone(name: str, *, argument: str = "zone") -> ZoneInfo:
    """Return a time zone by its name in the tz database (``Asia/Shanghai``, ``UTC``).

    Raises:
        UsageError: ``bad_param`` for an unknown name, with ``argument``.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError, AttributeError) as error:  # what odd names make of the lookup
        raise UsageError(
            f"{argument}={name!r} is no time zone of this system; write one like Europe/Berlin (a system without a "
            "database of zones needs the package tzdata)",
            code="bad_param",
            argument=argument,
        ) from error


def localized(moment: datetime, name: str, *, later: bool = False) -> datetime:
    """Return a clock's time with its zone.

    Args:
        moment: What the clock shows, without a zone.
        name: The clock's zone.
        later: Of a time that occurs twice (clocks were set back), the second.

    Raises:
        UsageError: ``bad_param`` when `moment` has a zone already, the zone is unknown, or the clock never showed this.
    """
    if moment.tzinfo is not None:
        raise UsageError(f"moment={moment.isoformat()!r} has a zone already", code="bad_param", argument="moment")
    placed = moment.replace(tzinfo=zone(name, argument="name"), fold=int(later))
    try:
        shown = placed.astimezone(UTC).astimezone(placed.tzinfo)
    except OverflowError as error:
        raise _outside(moment) from error
    if shown.replace(tzinfo=None) != moment.replace(fold=0):
        raise UsageError(
            f"the clocks of {name} never showed {moment.isoformat()}: they were set forward",
            code="bad_param",
            argument="moment",
        )
    return placed


def in_zone(moment: datetime, name: str) -> datetime:
    """Return the same moment as a clock in another zone shows it.

    Raises:
        UsageError: ``bad_param`` when `moment` has no zone (see `localized`), or the zone is unknown.
    """
    if moment.tzinfo is None:
        raise UsageError(
            f"moment={moment.isoformat()!r} has no zone; give it one with localized()",
            code="bad_param",
            argument="moment",
        )
    try:
        return moment.astimezone(zone(name, argument="name"))
    except OverflowError as error:
        raise _outside(moment) from error


def _outside(moment: datetime) -> UsageError:
    return UsageError(
        f"moment={moment.isoformat()!r} leaves the years 1 to 9999 there", code="bad_param", argument="moment"
    )
