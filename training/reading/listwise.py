"""Fit the ranking: the log of the expected token F1 of a softmax over a question's candidates, with ridges."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .optimise import minimise
from .tables import COLUMNS, Doubles, Table

__all__ = ["fit_ranking"]

_FLOOR: Final = 1e-4
"""Added to the expected F1, so that a hopeless question has a bounded pull."""


def fit_ranking(table: Table, *, shared_ridge: float = 0.5, own_ridge: float = 3.0) -> Doubles:
    """Return weights [len(COLUMNS), width]: a vector that all groups share plus one of each group's own.

    Questions without any candidate that has a word of the answer teach nothing and are left out.

    Args:
        table: Candidates with their gold F1.
        shared_ridge: Weight of the squared length of the shared vector.
        own_ridge: Of the groups' own; larger, so that a small group stays near the others.
    """
    starts = table.starts()
    best = np.maximum.reduceat(table.gold, starts) if len(table) else np.zeros(0)
    if not (best > 0).any():
        return np.zeros((len(COLUMNS), table.features.shape[1]))
    loss = _Loss(table.only(best > 0), shared_ridge, own_ridge)
    return loss.weights(minimise(loss, np.zeros(loss.size)))


class _Loss:
    """The function that is minimised, over the shared vector and the groups' own, one after the other."""

    def __init__(self, table: Table, shared_ridge: float, own_ridge: float) -> None:
        self._width = table.features.shape[1]
        self._ridges = np.full((len(COLUMNS) + 1, 1), own_ridge)
        self._ridges[0] = shared_ridge
        self._gold = table.gold.astype(np.float64)
        self._starts, self._question = table.starts(), table.questions()
        columns = table.column[self._question]
        self._blocks: list[tuple[int, NDArray[np.int64], Doubles]] = []
        for column in range(len(COLUMNS)):
            places = np.flatnonzero(columns == column)
            if len(places):
                self._blocks.append((column, places, table.features[places].astype(np.float64)))

    @property
    def size(self) -> int:
        return self._ridges.size * self._width

    def weights(self, point: Doubles) -> Doubles:
        """Return the groups' sums of shared and own vectors."""
        vectors = point.reshape(-1, self._width)
        return vectors[0] + vectors[1:]

    def __call__(self, point: Doubles) -> tuple[float, Doubles]:
        weights, questions = self.weights(point), len(self._starts)
        logits = np.empty(len(self._gold))
        for column, places, features in self._blocks:
            logits[places] = features @ weights[column]
        shares = np.exp(logits - np.maximum.reduceat(logits, self._starts)[self._question])
        shares /= np.add.reduceat(shares, self._starts)[self._question]
        hit = shares * self._gold
        expected = np.add.reduceat(hit, self._starts)
        pull = (shares * expected[self._question] - hit) / (expected + _FLOOR)[self._question]
        slopes = np.zeros((len(COLUMNS) + 1, self._width))
        for column, places, features in self._blocks:
            slopes[column + 1] = pull[places] @ features
        slopes[0] = slopes[1:].sum(axis=0)
        vectors = point.reshape(-1, self._width)
        value = -np.log(expected + _FLOOR).sum() + (self._ridges * vectors**2).sum()
        return float(value) / questions, (slopes + 2 * self._ridges * vectors).ravel() / questions
