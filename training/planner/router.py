"""A classifier of questions by difficulty, after Adaptive-RAG (arXiv:2403.14403 §3.2): no, single or several searches.

A question's label is the cheapest of the three ways that answers it right; where none does, it is what its data set was
made for: a search for data sets of single facts, steps for those of several. As published but for three things [ours]:
a logistic model over the sentence vector and form of the question stands for T5-large, ``QDS`` stands for the
multi-step way, and right means an exact match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.training.logistic import newton

from .columns import TOP
from .matrix import Matrix
from .question_features import Floats

__all__ = ["MULTI_HOP", "WAYS", "Router", "labels"]

Doubles: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]
WAYS: Final = ("AG", "R,AG", "QDS")
"""No retrieval, one, several: the workflow of each class, cheapest first."""
MULTI_HOP: Final = frozenset({"2wiki", "2wikimultihopqa", "bamboogle", "hotpot", "hotpotqa", "musique"})
"""Sources whose questions were made to need several steps; of any other, a search is assumed to do."""
_RIDGES: Final = (3.0, 30.0, 300.0)
_PARTS: Final = 3


def labels(matrix: Matrix) -> Places:
    """Return the class of each question, a place in `WAYS`: ``[n]``."""
    right = matrix.em[:, [matrix.columns.index(way) for way in WAYS]] >= 1
    biased = np.array([2 if source.casefold() in MULTI_HOP else 1 for source in matrix.sources], np.int64)
    return np.where(right.any(axis=1), right.argmax(axis=1), biased)


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """One logistic model a class; a class that no question of the training table has is never chosen."""

    mean: Doubles
    spread: Doubles
    weights: Doubles
    """``[f + 1, 3]``, the last row the intercepts."""
    ridge: float
    """Chosen by the error on parts of the training questions that were left out."""

    @classmethod
    def fitted(cls, features: Floats, wanted: Places) -> Self:
        """Fit it.

        Args:
            features: ``[n, f]`` of the training questions.
            wanted: Their labels.

        Raises:
            UsageError: ``bad_data`` for fewer than ten questions.
        """
        if len(wanted) < 2 * _PARTS:
            raise UsageError("a classifier needs at least ten questions to learn from", code="bad_data")
        values = features.astype(np.float64)
        mean, spread = values.mean(axis=0), np.maximum(values.std(axis=0), 0.05)
        inputs = _inputs(values, mean, spread)
        part = np.arange(len(wanted)) % _PARTS

        def error(ridge: float) -> float:
            wrong = 0
            for one in range(_PARTS):
                learnt = _fit(inputs[part != one], wanted[part != one], ridge)
                wrong += int(((inputs[part == one] @ learnt).argmax(axis=1) != wanted[part == one]).sum())
            return wrong / len(wanted)

        ridge = min(_RIDGES, key=error)
        return cls(mean=mean, spread=spread, weights=_fit(inputs, wanted, ridge), ridge=ridge)

    def columns(self, features: Floats, names: Sequence[str] = TOP) -> Places:
        """Return the workflow of each question as a place in `names`: ``[n]``."""
        classes = (_inputs(features.astype(np.float64), self.mean, self.spread) @ self.weights).argmax(axis=1)
        return np.array([names.index(way) for way in WAYS], np.int64)[classes]


def _inputs(values: Doubles, mean: Doubles, spread: Doubles) -> Doubles:
    return np.concatenate([(values - mean) / spread, np.ones((len(values), 1))], axis=1)


def _fit(inputs: Doubles, wanted: Places, ridge: float) -> Doubles:
    penalty = np.full(inputs.shape[1], ridge)
    penalty[-1] = 1e-3
    found = np.empty((inputs.shape[1], len(WAYS)))
    for one in range(len(WAYS)):
        is_one = (wanted == one).astype(np.float64)
        if is_one.any():
            found[:, one] = newton(inputs, is_one, penalty)
        else:
            found[:, one] = 0.0
            found[-1, one] = -np.inf
    return found
