"""Fit the map of vectors: requests and their tools closer than requests and other tools of the same catalogue.

InfoNCE over a whole catalogue, two maps of low rank that start as the identity, AdamW. Few steps on purpose: with more,
held-out queries of the same catalogues gain and catalogues that were never seen lose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.tool_retrieval.shipped import VectorMap

__all__ = ["Catalogued", "Schedule", "fit_map"]

Floats: TypeAlias = NDArray[np.float32]
_BETAS: Final = (0.9, 0.999)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Catalogued:
    """Requests and the catalogue that they are to be told apart in."""

    queries: Floats
    """[n, dimension]."""
    tools: Floats
    """[m, dimension]."""
    gold: Sequence[Sequence[int]]
    """For each request the places of its tools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How the map is fitted."""

    rank: int
    steps: int
    temperature: float
    rate: float
    decay: float
    batch: int


def fit_map(sets: Sequence[Catalogued], schedule: Schedule, seed: int, hears: Callable[[int], None]) -> VectorMap:
    """Return the map; each step draws a set and a batch of its requests, each with one of its tools."""
    random = np.random.default_rng(seed)
    dimension = sets[0].queries.shape[1]

    def small() -> Floats:
        return (0.01 * random.standard_normal((dimension, schedule.rank))).astype(np.float32)

    def zero() -> Floats:
        return np.zeros((schedule.rank, dimension), np.float32)

    weights = [small(), zero(), small(), zero()]
    means = [[np.zeros_like(each) for each in weights] for _ in _BETAS]
    for step in range(schedule.steps):
        one = sets[int(random.integers(len(sets)))]
        chosen: list[int] = random.integers(0, len(one.gold), schedule.batch).tolist()
        labels = [one.gold[place][int(random.integers(len(one.gold[place])))] for place in chosen]
        gradients = _gradients(one, chosen, labels, weights, schedule.temperature)
        rate = schedule.rate * (1 - step / schedule.steps)
        for place, gradient in enumerate(gradients):
            for mean, beta, value in zip(means, _BETAS, (gradient, gradient**2), strict=True):
                mean[place] += (1 - beta) * (value - mean[place])
            first, second = (mean[place] / (1 - beta ** (step + 1)) for mean, beta in zip(means, _BETAS, strict=True))
            weights[place] -= rate * (first / (np.sqrt(second) + 1e-8) + schedule.decay * weights[place])
        hears(step + 1)
    return VectorMap(query_in=weights[0], query_out=weights[1], tool_in=weights[2], tool_out=weights[3])


def _gradients(
    one: Catalogued, chosen: Sequence[int], labels: Sequence[int], weights: Sequence[Floats], temperature: float
) -> list[Floats]:
    queries, tools = one.queries[list(chosen)], one.tools
    near, far = _Moved(queries, weights[0], weights[1]), _Moved(tools, weights[2], weights[3])
    logits = (near.out @ far.out.T) / temperature
    for row, place in enumerate(chosen):  # a request's other tools are no wrong answers
        others = [tool for tool in one.gold[place] if tool != labels[row]]
        logits[row, others] = -np.inf
    logits -= logits.max(axis=1, keepdims=True)
    chance = np.exp(logits)
    chance /= chance.sum(axis=1, keepdims=True)
    chance[np.arange(len(labels)), labels] -= 1
    chance /= np.float32(len(labels) * temperature)
    return [*near.back(chance @ far.out), *far.back(chance.T @ near.out)]


class _Moved:
    """Vectors through one side of the map, and back again."""

    def __init__(self, vectors: Floats, first: Floats, second: Floats) -> None:
        self._vectors, self._second = vectors, second
        self._inner = vectors @ first
        moved = vectors + self._inner @ second
        self._norm = np.linalg.norm(moved, axis=1, keepdims=True)
        self.out: Floats = moved / self._norm

    def back(self, gradient: Floats) -> list[Floats]:
        """Return the gradients of both matrices, given that of `out`."""
        along = (gradient * self.out).sum(axis=1, keepdims=True)
        moved = (gradient - self.out * along) / self._norm
        return [self._vectors.T @ (moved @ self._second.T), self._inner.T @ moved]
