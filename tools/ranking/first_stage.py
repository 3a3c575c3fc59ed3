"""Check what a ranker is given, and read the order that it had before.

The first stage's order is that of its scores; equal scores keep the caller's order. Scores of which one is not a number
say nothing: the caller's order stands in for them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from questline.budget import Budget, Meter
from questline.errors import UsageError
from questline.tools.arguments import check_is, check_passages
from questline.types import AnswerWarning, Passage

from .contract import Limits

__all__ = ["LONGEST_QUERY", "FirstStage", "as_meter", "check_number", "check_top_n"]

LONGEST_QUERY: Final = 4_000
"""Characters; what comes after says nothing more about what is wanted."""
_STEP = "rank"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStage:
    """The passages of a call, checked, in the order in which the first stage found them."""

    query: str
    passages: tuple[Passage, ...]
    """In the caller's order."""
    order: tuple[int, ...]
    """Positions in ``passages``, best first."""
    strength: NDArray[np.float64]
    """Standard scores of the first stage, by position in ``passages``: shape [n], mean 0; falling ranks where the
    scores say nothing."""
    scored: bool
    """Whether the scores tell the passages apart."""
    warnings: tuple[AnswerWarning, ...] = ()

    @classmethod
    def read(cls, query: str, passages: Sequence[Passage]) -> FirstStage:
        """Check query and passages.

        Raises:
            UsageError: ``empty_query``; ``bad_document`` with the position of what is no passage with text;
                ``duplicate_id``.
        """
        if not isinstance(cast("object", query), str) or not query.strip():
            raise UsageError("the query is empty: write what to rank for", code="empty_query", argument="query")
        kept = _checked(passages)
        warnings: list[AnswerWarning] = []
        if len(query) > LONGEST_QUERY:
            message = f"the query has {len(query)} characters: the first {LONGEST_QUERY} count"
            warnings.append(AnswerWarning(code="query_truncated", message=message, step=_STEP))
            query = query[:LONGEST_QUERY]
        if not kept:
            warnings.append(AnswerWarning(code="no_documents", message="there is nothing to rank", step=_STEP))
        scores = np.array([_float(passage.score) for passage in kept], np.float64)
        unknown = bool(np.isnan(scores).any())
        if unknown:
            message = "a first-stage score is not a number: the given order stands in for the scores"
            warnings.append(AnswerWarning(code="scores_ignored", message=message, step=_STEP))
            scores = np.zeros(len(kept))
        order = sorted(range(len(kept)), key=lambda index: (-scores[index], index))
        finite = scores[np.isfinite(scores)]
        scored = bool(len(kept) and len(finite) == len(scores) and finite.min() < finite.max())
        return cls(
            query=query,
            passages=kept,
            order=tuple(order),
            strength=_standard(scores) if scored else _falling(order),
            scored=scored,
            warnings=tuple(warnings),
        )

    @property
    def ranks(self) -> list[int]:
        """The first stage's rank of each position, from 0."""
        places = [0] * len(self.order)
        for rank, index in enumerate(self.order):
            places[index] = rank
        return places


def as_meter(budget: Limits) -> Meter:
    """Return the question's meter, or one of this call's own.

    Raises:
        UsageError: ``bad_budget`` when it is neither.
    """
    check_is("budget", budget, (Meter, Budget), "a Budget, a Meter or None", code="bad_budget")
    return budget if isinstance(budget, Meter) else Meter(budget=budget or Budget())


def check_top_n(top_n: int | None, n: int) -> int:
    """Return how many places matter.

    Raises:
        UsageError: ``bad_param`` when it is below 1 or no whole number.
    """
    if top_n is None:
        return n
    if isinstance(top_n, bool) or not isinstance(cast("object", top_n), int) or top_n < 1:
        raise UsageError(f"top_n={top_n!r} must be a whole number above 0", code="bad_param", argument="top_n")
    return min(top_n, n)


def check_number(name: str, value: float | None, *, low: float = -math.inf, high: float = math.inf) -> None:
    """Refuse what is no number from `low` to `high`; None is no limit.

    Raises:
        UsageError: ``bad_param`` naming it.
    """
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(cast("object", value), (int, float)) or not low <= value <= high:
        raise UsageError(
            f"{name}={value!r} must be a number from {low:g} to {high:g}", code="bad_param", argument=name, value=value
        )


def _checked(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    seen: dict[str, int] = {}
    kept = check_passages(passages)
    for index, passage in enumerate(kept):
        if not passage.id:
            raise UsageError(
                f"passages[{index}] has an empty id: nothing could name it in the ranking",
                code="bad_document",
                index=index,
            )
        if passage.id in seen:
            raise UsageError(
                f"passages[{index}] has the id {passage.id!r} of passages[{seen[passage.id]}]: give each its own",
                code="duplicate_id",
                index=index,
                id=passage.id,
            )
        seen[passage.id] = index
    return kept


def _float(score: float) -> float:
    """Return a score as a float; a whole number that is too large for one is infinite."""
    try:
        return float(score)
    except OverflowError:
        return math.inf if score > 0 else -math.inf


def _standard(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    # Divided by the largest first: the squares of scores near the largest float would overflow.
    scaled = scores / np.abs(scores).max()
    return (scaled - scaled.mean()) / (scaled.std() or 1.0)


def _falling(order: Sequence[int]) -> NDArray[np.float64]:
    """Return standard scores of the logarithm of the rank, which fall fast at the top as most scores do."""
    strength = np.zeros(len(order))
    strength[list(order)] = -np.log(np.arange(1, len(order) + 1) + 1.0)
    return (strength - strength.mean()) / (strength.std() or 1.0) if len(order) else strength
