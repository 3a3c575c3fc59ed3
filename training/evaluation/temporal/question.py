"""A question about time with what is known of it, and what a score says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, TypeAlias, get_args

from questline.tools.temporal.result import Granularity

__all__ = ["ANSWER_TYPES", "AnswerType", "Given", "Scored", "TimedQuestion"]

AnswerType: TypeAlias = Literal["judgement", "time", "numerical", "entity", "other", "choice"]
ANSWER_TYPES: Final[tuple[AnswerType, ...]] = get_args(AnswerType)
"""Those of ChronoQA, and ``choice`` for one of listed answers (RealTimeQA)."""


def _no_fields() -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A passage that comes with a question."""

    text: str
    title: str = ""
    published: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedQuestion:
    """One question of a set."""

    id: str
    question: str
    answers: tuple[str, ...]
    """The accepted ones, the first the main one; none where nothing answers it."""
    answer_type: AnswerType
    granularity: Granularity = "day"
    """The unit at which times are compared."""
    anchor: date | None = None
    """The day on which it is asked; None where the row has none that is a day."""
    options: tuple[str, ...] = ()
    """What a ``choice`` chooses from."""
    gold: tuple[Given, ...] = ()
    """The passages that answer it."""
    passages: tuple[Given, ...] = ()
    """Passages that come with it, whether they answer it or not."""
    fields: Mapping[str, str] = field(default_factory=_no_fields)
    """Taxonomy: field → value; slices are made by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What a rule says of an answer."""

    correct: bool | None
    """None where the rules cannot tell: a judge may."""
    rule: str
    """The rule that decided, such as ``time.equal``."""
    detail: str = ""
    """What it saw, for a reader."""
    partial: float = 0.0
    """For times the share of year, month and day, down to the asked unit, that agree; else 1 where right, 0 where
    not. Never part of the accuracy."""
