"""Fit the map from strengths to probabilities on labelled lists, and measure how far probabilities can be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.tools.ranking.calibration import Isotonic, Platt

__all__ = ["BINS", "Bins", "brier", "ece", "fill", "fit_isotonic", "fit_platt", "pool"]

Doubles: TypeAlias = NDArray[np.float64]
Bins: TypeAlias = list[list[float]]
"""For each of ten equal bins of probability: how many, the sum of their probabilities, and of their labels."""
BINS: Final = 10
_STEPS: Final = 100


def fit_platt(strengths: Sequence[float], labels: Sequence[int]) -> Platt:
    """Return the logistic map that is most probable given labels 0 and 1, smoothed as in Platt (1999).

    Raises:
        UsageError: ``bad_param`` unless both labels occur, once for each strength.
    """
    x, y = _pairs(strengths, labels)
    positive = float(y.sum())
    target = np.where(y > 0, (positive + 1) / (positive + 2), 1 / (len(y) - positive + 2))
    center, spread = float(x.mean()), float(x.std())
    spread = spread if spread > 1e-4 else 1.0  # what differs by less says nothing
    z = (x - center) / spread
    slope, intercept = 0.0, float(np.log((positive + 1) / (len(y) - positive + 1)))
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-(slope * z + intercept)))
        error, weight = chance - target, np.maximum(chance * (1 - chance), 1e-12)
        gradient = np.array([float((error * z).sum()), float(error.sum())])
        cross = float((weight * z).sum())
        hessian = np.array([[float((weight * z * z).sum()), cross], [cross, float(weight.sum())]]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        slope, intercept = slope - float(step[0]), intercept - float(step[1])
        if np.abs(step).max() < 1e-10:
            break
    # A falling map would turn an order around; a strength that says nothing gets the base rate.
    slope = max(slope, 0.0)
    return Platt(slope=slope / spread, intercept=intercept - slope * center / spread)


def fit_isotonic(strengths: Sequence[float], labels: Sequence[int]) -> Isotonic:
    """Return the rising map with the least squared error (pool adjacent violators).

    Raises:
        UsageError: ``bad_param`` unless both labels occur, once for each strength.
    """
    x, y = _pairs(strengths, labels)
    points, places = np.unique(x, return_inverse=True)
    many = np.bincount(places).astype(np.float64)
    means = np.bincount(places, weights=y) / many
    blocks: list[tuple[float, float, int]] = []
    for mean, count in zip(means.tolist(), many.tolist(), strict=True):
        value, weight, size = mean, count, 1
        while blocks and blocks[-1][0] >= value:
            before, heavy, wide = blocks.pop()
            value = (before * heavy + value * weight) / (heavy + weight)
            weight, size = heavy + weight, size + wide
        blocks.append((value, weight, size))
    kept_points: list[float] = []
    kept_values: list[float] = []
    start = 0
    for value, _, size in blocks:
        kept_points += [float(points[start])] if size == 1 else [float(points[start]), float(points[start + size - 1])]
        kept_values += [value] * (1 if size == 1 else 2)
        start += size
    return Isotonic(strengths=tuple(kept_points), probabilities=tuple(kept_values))


def fill(probabilities: Sequence[float], labels: Sequence[int]) -> Bins:
    """Sort probabilities into `BINS` equal bins; the last holds 1 too."""
    bins: Bins = [[0.0, 0.0, 0.0] for _ in range(BINS)]
    for chance, label in zip(probabilities, labels, strict=True):
        cell = bins[min(BINS - 1, int(chance * BINS))]
        cell[0] += 1
        cell[1] += chance
        cell[2] += label
    return bins


def pool(parts: Iterable[Sequence[Sequence[float]]]) -> Bins:
    """Add up the bins of several lists, bin by bin."""
    total = fill([], [])
    for part in parts:
        for cell, more in zip(total, part, strict=True):
            for place, value in enumerate(more):
                cell[place] += value
    return total


def ece(bins: Sequence[Sequence[float]]) -> float | None:
    """Return the expected calibration error: the mean over all of |mean probability - share of positives| by bin."""
    total = sum(cell[0] for cell in bins)
    return sum(abs(cell[1] - cell[2]) for cell in bins) / total if total else None


def brier(probabilities: Sequence[float], labels: Sequence[int]) -> float:
    """Return the mean squared error of probabilities, in [0, 1]; at least one is needed."""
    if not probabilities or len(probabilities) != len(labels):
        raise UsageError(
            "as many labels as probabilities are needed, at least one", code="bad_param", argument="labels"
        )
    return sum((p - y) ** 2 for p, y in zip(probabilities, labels, strict=True)) / len(labels)


def _pairs(strengths: Sequence[float], labels: Sequence[int]) -> tuple[Doubles, Doubles]:
    x, y = np.asarray(strengths, np.float64), np.asarray(labels, np.float64)
    if x.shape != y.shape or set(y.tolist()) != {0.0, 1.0} or not np.isfinite(x).all():
        raise UsageError(
            "a calibration needs finite strengths with as many labels, 0 and 1, of which both occur",
            code="bad_param",
            argument="labels",
        )
    return x, y
