"""How sure an answer is and when to give up, from answers to questions that the weights were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .listwise import fit_ranking
from .tables import EVIDENCE, Doubles, Picked, Table, pick

__all__ = ["RIGHT", "Confidence", "area_under_curve", "cross_fitted", "fit_confidence", "give_up_below"]

RIGHT: Final = 0.5
"""Token F1 from which an answer counts as right."""
_RIDGE: Final = 1.0
_STEPS: Final = 20_000
_FREE: Final = (0, -3, -2, -1)
"""Bias, title, rank and kind of question may count against an answer; whatever else speaks for it never lowers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """A logistic regression on `Picked.evidence`."""

    bias: float
    weights: tuple[float, ...]

    def of(self, evidence: Doubles) -> Doubles:
        """Return the chances ([m]) that answers are right."""
        return 1 / (1 + np.exp(-(self.bias + evidence @ np.array(self.weights))))


def cross_fitted(table: Table, fitted_on: Table, *, folds: int, seed: int) -> Picked:
    """Return the answer to each question by weights that were fitted on the other folds.

    Args:
        table: What is answered.
        fitted_on: The same questions as the weights see them.
        folds: In how many parts the questions are put by chance.
        seed: Of that chance.
    """
    fold = np.random.default_rng(seed).permutation(len(table)) % folds
    f1, evidence = np.zeros(len(table)), np.zeros((len(table), EVIDENCE))
    for number in range(folds):
        held = fold == number
        if held.any():
            picked = pick(table.only(held), fit_ranking(fitted_on.only(~held)))
            f1[held], evidence[held] = picked.f1, picked.evidence
    return Picked(f1=f1, evidence=evidence)


def fit_confidence(answers: Sequence[Picked]) -> Confidence:
    """Fit the chance that an answer is right, by gradient steps that are cut off at zero (projected, accelerated)."""
    f1 = np.concatenate([picked.f1 for picked in answers])
    inputs = np.column_stack([np.ones(len(f1)), np.concatenate([picked.evidence for picked in answers])])
    right = (f1 >= RIGHT).astype(np.float64)
    ridges = np.full(inputs.shape[1], 2 * _RIDGE)
    ridges[0] = 0.0
    lowest = np.zeros(inputs.shape[1])
    lowest[list(_FREE)] = -np.inf
    step = 1 / (np.linalg.norm(inputs, 2) ** 2 / 4 + 2 * _RIDGE)
    point = ahead = np.zeros(inputs.shape[1])
    for count in range(_STEPS):
        slope = inputs.T @ (1 / (1 + np.exp(-inputs @ ahead)) - right) + ridges * ahead
        new = np.maximum(ahead - step * slope, lowest)
        ahead = new + count / (count + 3) * (new - point)
        if np.abs(new - point).max() < 1e-9:
            break
        point = new
    return Confidence(bias=float(point[0]), weights=tuple(point[1:].tolist()))


def area_under_curve(confidence: Doubles, right: NDArray[np.bool_]) -> float:
    """Return the chance that a right answer has more confidence than a wrong one; 0.5 when either kind is missing."""
    yes, no = int(right.sum()), int((~right).sum())
    if not yes or not no:
        return 0.5
    _, place, counts = np.unique(confidence, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[right].sum() - yes * (yes + 1) / 2) / (yes * no))


def give_up_below(confidence: Doubles, f1: Doubles, *, cost: float) -> float:
    """Return the highest threshold, in hundredths, at which answers given up take at most `cost` of the F1 with them.

    Args:
        confidence: [m] of each answer.
        f1: [m] of each answer.
        cost: Share of the summed F1, in [0, 1).
    """
    kept = [float(f1[confidence >= hundredth / 100].sum()) for hundredth in range(100)]
    return max(hundredth for hundredth in range(100) if kept[hundredth] >= (1 - cost) * kept[0]) / 100
