"""Recommenders as a score of every item: the embedded one, its halves, plain orders to beat, and trained networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Literal, TypeAlias, cast

import numpy as np

from questline.errors import UsageError
from questline.tools.recommendation.counts import Counts
from questline.tools.recommendation.neural.fusion import Beside
from questline.tools.recommendation.neural.graph import Graph
from questline.tools.recommendation.scoring import Doubles, Weights, scores

__all__ = ["METHODS", "Method", "Scores", "scorer"]

Method: TypeAlias = Literal["embedded", "neighbours", "transitions", "last", "popularity", "trained", "hybrid"]
METHODS: Final[tuple[Method, ...]] = ("embedded", "neighbours", "transitions", "last", "popularity")
NETWORKS: Final[tuple[Method, ...]] = ("trained", "hybrid")
"""Methods that need a trained recommender."""
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
    if method in NETWORKS:
        raise UsageError(f"the method {method} needs a trained recommender", code="bad_param", argument="method")
    whole = weights or Weights()
    share = {"embedded": whole.following, "neighbours": 0.0, "transitions": 1.0}[cast("str", method)]
    chosen = replace(whole, following=share)
    return lambda session: scores(counts, session, chosen)


def network_scorer(graph: Graph, counts: Counts, weights: Weights, *, hybrid: bool) -> Scores:
    """Return a trained recommender over counts, alone or with the embedded one; items it never learnt come last."""
    beside = Beside(graph, counts)
    return (lambda session: beside.fused(session, weights)) if hybrid else beside.logits


def _next(counts: Counts, session: Sequence[int]) -> Doubles:
    found = np.zeros(len(counts.names))
    for item in session:
        following = counts.followers[item]
        found[following.items] = following.counts[:, 0]
    return found
