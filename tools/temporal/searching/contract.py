"""What is searched, what is found, and what the search is set to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from questline.tools.temporal.result import Granularity, TimeReading

__all__ = ["DatedPassage", "Found", "Part", "Reading", "Weights"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedPassage:
    """A text, and the day that it was published, where that is known."""

    id: str
    text: str
    published: date | None = None
    """Relative words of the text are counted from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A passage that was found, and why."""

    id: str
    score: float
    """Only the order of one question's passages means something."""
    lexical: float = 0.0
    """BM25 of the whole question."""
    tau: float = 0.0
    """In [0, 1]: how well its dates fit those of the question, or of the part that found it; 0 where either has
    none."""
    part: int | None = None
    """Which of the question's parts holds a slot for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the events that a question speaks of."""

    text: str
    readings: Sequence[TimeReading] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A question as the search understands it."""

    question: str
    anchor: date
    anchor_assumed: bool
    """Today was taken, since no anchor was given."""
    readings: Sequence[TimeReading]
    expansion: str
    """The resolved days in the writing of the corpus."""
    parts: Sequence[Part] = ()
    """Empty for a question about one thing."""
    shared: Granularity | None = None
    """The parts have one day, month or year in common: ``the day of <event>``."""
    chinese: bool = True
    """The language that resolved days are written in."""


def _by_kind() -> dict[str, float]:
    return {"absolute": 1.0, "partial": 1.0, "relative": 1.0}


def _by_unit() -> dict[str, float]:
    return {"day": 3.0, "month": 20.0, "year": 120.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each sign counts; `agents train temporal-ranking` fits them."""

    time: dict[str, float] = field(default_factory=_by_kind)
    """lambda by the kind of the reading; it is multiplied with the reading's confidence."""
    gap_days: dict[str, float] = field(default_factory=_by_unit)
    """h by the coarser granularity: after so many days apart tau is exp(-1)."""
    expansion: float = 0.5
    """Weight of a term of the resolved days beside one of the question."""
    recency: float = 1.0
    """mu, for a question that asks for what is newest."""
    whole: float = 1.0
    """Weight of the undivided question beside that of a part."""
    together: float = 2.0
    """What it counts, in standard scores, that two parts' passages share the day that the question says they do."""
    alone: float = 0.6
    """Share of the best score that counts for an event of which no passage is known, when its day is sought."""
    days: int = 2
    """Possible days of such an event for which a passage that names the day alone gets a slot."""
    later: float = 0.5
    """What a passage loses that is about a time after the anchor, in standard scores."""
    rank_offset: float = 10.0
    """k of reciprocal-rank fusion, 1 / (k + rank)."""
