"""The lines that a planner has to beat, from a table alone: constants, the best for each source, chance, the oracle.

A choice is one column a question, ``[n]``; a policy that draws is a share of each column, ``[n, w]``. What is chosen
is chosen on one part of a table and measured on another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.training.evaluation.intervals import Difference, paired_bootstrap

from .matrix import Matrix

__all__ = [
    "LAMBDAS",
    "adaptive_gain",
    "best_constant",
    "best_per_source",
    "constant",
    "hypervolume",
    "oracle",
    "random_legal",
    "regret",
    "taken",
]

Doubles: TypeAlias = NDArray[np.float64]
Shares: TypeAlias = NDArray[np.float64]
LAMBDAS: Final = (0.0, 0.05, 0.1, 0.2, 0.4)
"""Weights of calls at which every policy is measured."""


def constant(matrix: Matrix, column: int) -> Shares:
    """Return the policy that always runs one column: ``[n, w]``."""
    return _one_hot(np.full(len(matrix.questions), column), len(matrix.columns))


def best_constant(utility: Doubles) -> int:
    """Return the column of the highest mean utility, the first of equals; ``utility`` is ``[n, w]`` of the train part.

    Raises:
        UsageError: ``bad_data`` without a question.
    """
    if not len(utility):
        raise UsageError("no question to choose a constant on", code="bad_data")
    return int(utility.mean(axis=0).argmax())


def best_per_source(train: Matrix, utility: Doubles, test: Matrix) -> Shares:
    """Return the policy that runs for each source its best column; for a source not in `train`, the best of all.

    Args:
        train: What is chosen on.
        utility: ``[n, w]`` of `train`.
        test: What the policy is for.
    """
    overall, sources = best_constant(utility), np.array(train.sources)
    best = {source: best_constant(utility[sources == source]) for source in set(train.sources)}
    return _one_hot(np.array([best.get(source, overall) for source in test.sources], np.int64), len(test.columns))


def random_legal(matrix: Matrix) -> Shares:
    """Return the policy that draws every column alike: its mean is exact, nothing is drawn."""
    return np.full((len(matrix.questions), len(matrix.columns)), 1 / len(matrix.columns))


def oracle(utility: Doubles, costs: Doubles | None = None) -> Shares:
    """Return for each question the column of the highest utility, the cheapest of equals, then the first.

    Args:
        utility: ``[n, w]``.
        costs: ``[n, w]``, to part equals by.
    """
    if costs is None:
        return _one_hot(utility.argmax(axis=1), utility.shape[1])
    best = utility >= utility.max(axis=1, keepdims=True)
    return _one_hot(np.where(best, costs, np.inf).argmin(axis=1), utility.shape[1])


def taken(values: Doubles, shares: Shares) -> Doubles:
    """Return what a policy gets of each question, in the mean over its draws: ``[n]`` of ``[n, w]``."""
    return (values * shares).sum(axis=1)


def regret(utility: Doubles, shares: Shares) -> float:
    """Return the mean of the best utility minus the policy's, at least 0."""
    return float((utility.max(axis=1) - taken(utility, shares)).mean())


def adaptive_gain(utility: Doubles, shares: Shares, against: Shares, *, seed: int = 0) -> Difference:
    """Return the gain of a policy over another, with the paired bootstrap over questions (95 %).

    Args:
        utility: ``[n, w]`` of the questions that are measured.
        shares: The policy.
        against: The one to beat: a constant that was chosen on other questions.
        seed: Of the resampling.
    """
    return paired_bootstrap(taken(utility, against).tolist(), taken(utility, shares).tolist(), seed=seed)


def hypervolume(points: Sequence[tuple[float, float]], reference: float) -> float:
    """Return the area that points of (F1, cost) dominate, seen from (0, `reference`).

    Args:
        points: What a policy reaches at each lambda.
        reference: The cost of the dearest constant; a point that costs as much or more adds nothing.

    Raises:
        UsageError: ``bad_argument`` for a number that is not finite, an F1 or a cost below 0.
    """
    numbers = np.array([*points, (0.0, reference)], np.float64)
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise UsageError("points and reference must be finite and at least 0", argument="points")
    area, height = 0.0, 0.0
    inside = sorted(((cost, f1) for f1, cost in points if cost < reference), key=lambda point: (point[0], -point[1]))
    for cost, f1 in inside:
        if f1 > height:
            area += (f1 - height) * (reference - cost)
            height = f1
    return area


def _one_hot(chosen: NDArray[np.int64], width: int) -> Shares:
    shares = np.zeros((len(chosen), width))
    shares[np.arange(len(chosen)), chosen] = 1.0
    return shares
