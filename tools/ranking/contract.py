"""What every ranker promises, and the values that it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from questline.budget import Budget, Meter
from questline.types import AnswerWarning, Backend, Passage, Usage

from .permutation import Report

__all__ = ["Limits", "RankStatus", "RankedPassage", "Ranker", "Ranking"]

RankStatus: TypeAlias = Literal["ranked", "partial", "unranked"]
"""Every item was judged; some were left where the first stage put them; all were."""
Limits: TypeAlias = "Budget | Meter | None"
"""Limits of their own, what is left of a question's, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedPassage:
    """One passage in its new place."""

    id: str
    index: int
    """Its position in the caller's list, from 0."""
    rank: int
    """From 1."""
    score: float
    """Calibrated: how likely it is relevant, in [0, 1]; never rises down the list."""
    raw: float
    """The strength behind the score, comparable only inside one ranking."""
    warnings: tuple[str, ...] = ()
    """``truncated``: text was cut; ``untouched``: time or budget ended before it was judged, or its judge failed;
    ``unread``: it stands below the head of a long list, where cheaper signs alone decide;
    ``instructions``: orders to a judge were left out of what was judged."""

    @property
    def truncated(self) -> bool:
        """Whether a part of its text was not looked at."""
        return "truncated" in self.warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All passages, best first, with what it cost and what went wrong."""

    items: tuple[RankedPassage, ...] = ()
    """Every passage of the call exactly once."""
    top_n: int = 0
    """How many from the top were asked for; the order below them may be rougher."""
    status: RankStatus = "ranked"
    warnings: tuple[AnswerWarning, ...] = ()
    usage: Usage = field(default_factory=Usage)
    rounds: int = 0
    """Steps that had to wait for each other; the windows of one round are judged side by side."""
    reports: tuple[Report, ...] = ()
    """One for each window that a judge was asked about, in order of completion."""
    backend: Backend = "embedded"
    model: str = ""
    degraded: bool = False
    """A language model failed somewhere, and the order before it stands there."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all passages, best first."""
        return tuple(item.id for item in self.items)

    @property
    def top(self) -> tuple[RankedPassage, ...]:
        """The ``top_n`` best."""
        return self.items[: self.top_n]

    def passages(self, given: Sequence[Passage]) -> tuple[Passage, ...]:
        """Return the caller's own passages, `given` to the call, in the new order; the ``top_n`` best."""
        return tuple(given[item.index] for item in self.top)

    def scores(self) -> Mapping[str, float]:
        """Return the calibrated score of each id."""
        return {item.id: item.score for item in self.items}


@runtime_checkable
class Ranker(Protocol):
    """Order passages by how well they answer a query.

    ``questline.testing.RankerContract`` holds an implementation to this.
    """

    async def rank(
        self, query: str, passages: Sequence[Passage], *, top_n: int | None = None, budget: Limits = None
    ) -> Ranking:
        """Return every id of `passages` exactly once, best first; no passages are an empty ranking with a warning.

        When the budget's seconds end, the best order so far comes back, with ``untouched`` on what was not judged.

        Args:
            query: What is asked.
            passages: As a first stage found them: by falling ``score``, or where those are equal or missing, best
                first. They are never changed.
            top_n: How many places from the top matter; all by default.
            budget: Limits of this call, or the meter of the question that it belongs to.

        Raises:
            UsageError: ``empty_query``, ``bad_document``, ``duplicate_id`` or ``bad_param``.
            ModelError: A language model failed and the ranker is strict.
        """
        ...
