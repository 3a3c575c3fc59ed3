"""Recommenders as a score of every item: the embedded one, its two halves, and the plain orders that it must beat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Literal, TypeAlias

import numpy as np

from questline.tools.recommendation.counts import Counts
from questline.tools.recommendation.scoring import Doubles, Weights, scores

__all__ = ["METHODS", "Method", "Scores", "scorer"]

Method: TypeAlias = Literal["embedded", "neighbours", "transitions", "last", "popularity"]
METHODS: Final[tuple[Method, ...]] = ("embedded", "neighbours", "transitions", "last", "popularity")
Scores: TypeAlias = Callable[[Sequence[int]], Doubles]
"""From the known items of a session, oldest first, to a score of each item of the counts."""


def scorer(method: Method, counts: Counts, weights: Weights | None = None) -> Scores:
    """Return a method over counts.

    ``neighbours`` and ``transitions`` are the halves of ``embedded``; ``last`` counts what came directly after the last
    click; ``popularity`` counts clicks.
    """
    if method == "popularity":
        clicks = counts.clicks.astype(np.float64)
        return lambda session: clicks
    if method == "last":
        return lambda session: _next(counts, session[-1:])
    whole = weights or Weights()
    share = {"embedded": whole.following, "neighbours": 0.0, "transitions": 1.0}[method]
    chosen = replace(whole, following=share)
    return lambda session: scores(counts, session, chosen)


def _next(counts: Counts, session: Sequence[int]) -> Doubles:
    found = np.zeros(len(counts.names))
    for item in session:
        following = counts.followers[item]
        found[following.items] = following.counts[:, 0]
    return found
