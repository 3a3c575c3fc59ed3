"""Answer questions of order, sameness and distance in time from dated passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from questline.tools.temporal.searching.contract import DatedPassage

__all__ = ["Interval", "TemporalAnswer", "answer_from"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """When something was, by one passage."""

    text: str
    """The event, in the question's words."""
    start: date
    end: date
    passage: str
    """The id of the passage that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalAnswer:
    """An answer with the intervals that it rests on; an empty text abstains."""

    text: str
    kind: str
    intervals: Sequence[Interval]
    evidence: Sequence[str]
    """Ids of passages."""
    anchor: date
    anchor_assumed: bool
    warnings: Sequence[str] = ()


def answer_from(question: str, *, anchor: date | None, passages: Sequence[DatedPassage]) -> TemporalAnswer:
    """Return the answer that the intervals of the passages give, or abstain."""
    del question, passages
    return TemporalAnswer(
        text="", kind="", intervals=(), evidence=(), anchor=anchor or date.today(), anchor_assumed=anchor is None
    )
