"""What a question of times is answered with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from questline.tools.temporal.result import Granularity

__all__ = ["Interval", "TemporalAnswer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """When something was, by one passage."""

    event: str
    """In the question's words."""
    start: date
    """First day."""
    end: date
    """Last day, part of the interval."""
    granularity: Granularity
    said: str
    """The time expression, in the passage's words."""
    passage: str
    """The id of the passage that says so; empty where the question itself does."""
    coverage: float
    """In [0, 1]: how much of the event's words that passage holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalAnswer:
    """An answer with the intervals that it rests on; an empty text abstains, and the warnings say why."""

    text: str
    kind: str
    """``first``, ``last``, ``order``, ``same``, ``between``, ``within``, ``date``; ``none`` for a question that times
    alone do not answer."""
    intervals: Sequence[Interval] = ()
    evidence: Sequence[str] = ()
    """Ids of the passages of the intervals."""
    anchor: date
    """The day that relative words of the question were counted from."""
    anchor_assumed: bool
    """Today was taken, since no anchor was given."""
    warnings: Sequence[str] = ()
