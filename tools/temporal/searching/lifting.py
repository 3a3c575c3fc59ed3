"""Lift what fits the times of a question among passages that another search found, whatever its scores mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np

from questline.tools.temporal.resolver import resolve_time
from questline.tools.temporal.result import TimeReading
from questline.types import Passage

from .dates import Calendar
from .over import dated
from .shipped import shipped_weights

__all__ = ["LIFT", "lifted", "times_asked"]

LIFT: Final = 0.5
"""What a passage gains that fits in full, in deviations of the scores that were found."""
_KINDS: Final = ("absolute", "partial", "relative")


def times_asked(question: str, anchor: date) -> tuple[TimeReading, ...]:
    """Return the intervals that a question names; none where it names no time that is known."""
    if not question.strip():
        return ()
    return tuple(each for each in resolve_time(question, anchor) if each.kind in _KINDS and (each.start or each.end))


def lifted(passages: Sequence[Passage], times: Sequence[TimeReading], *, lift: float = LIFT) -> list[Passage]:
    """Return the same passages, those first that fit the times better than their place says.

    Args:
        passages: As found, best first, with scores.
        times: Of the question, by `times_asked`.
        lift: See `LIFT`.
    """
    if len(passages) < 2 or not times:
        return list(passages)
    scores = np.array([each.score for each in passages], np.float64)
    spread = float(scores.std())
    if not spread:
        return list(passages)
    calendar = Calendar([dated(each) for each in passages])
    gaps = shipped_weights().gap_days
    gains = np.zeros(len(passages), np.float64)
    for each in times:
        fits = calendar.tau(each.start, each.end, each.granularity, gaps)
        gains = np.maximum(gains, each.confidence * fits)
    order = np.argsort(-(scores / spread + lift * gains), kind="stable")
    return [passages[int(place)] for place in order]
