"""What a time expression means: an interval of whole days, how it was found, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias, get_args

from questline.types import TextSpan

__all__ = ["KINDS", "UNITS", "Granularity", "Kind", "TimeReading"]

Granularity: TypeAlias = Literal["day", "week", "month", "quarter", "season", "half", "year", "decade", "century"]
Kind: TypeAlias = Literal["absolute", "partial", "relative", "event", "unresolved", "invalid"]
UNITS: Final[tuple[Granularity, ...]] = get_args(Granularity)
"""From the finest to the coarsest."""
KINDS: Final[tuple[Kind, ...]] = ("absolute", "partial", "relative", "event", "unresolved", "invalid")
"""From the best known to the least: an interval with two ends has the later kind of the two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeReading:
    """One meaning of one time expression; an ambiguous expression has several readings with the same span."""

    span: TextSpan
    """The expression, in code points of the text that was given."""
    start: date | None
    """First day; None where the interval is open, or where there is none."""
    end: date | None
    """Last day, part of the interval; None where it is open, or where there is none."""
    granularity: Granularity
    """The unit that the text names: ``early March`` and ``the past three months`` are of months."""
    kind: Kind
    """``absolute``: the text says all. ``partial``: its year, month or century was filled in from what the text said
    before, else from the anchor. ``relative``: counted from the anchor. ``event``: counted from an event that has to be
    looked up first (`with_event`). ``unresolved``: a real time that the tables here do not know. ``invalid``: no such
    day. The last three have no interval."""
    confidence: float
    """In [0, 1]: 1 where only one meaning is possible, 0 for ``unresolved`` and ``invalid``; set by rule, not
    fitted."""
    shift: int = 0
    """For the kind ``event``: how many days, months, years … after the event, before it where negative."""

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON data: days as ISO strings."""
        return {
            "span": {"start": self.span.start, "end": self.span.end, "text": self.span.text},
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
            "granularity": self.granularity,
            "kind": self.kind,
            "confidence": self.confidence,
            "shift": self.shift,
        }
