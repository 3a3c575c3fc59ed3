"""What each kind of noise does to the chance of a right answer, the others and the kind of question held fixed.

    logit P(right) = b0 + sum over noises of b * severity + stage + type + category + difficulty

A ridge keeps what few items tell near 0; intervals come from drawing whole questions again (spec 10 §2.6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .rows import NOISES, UPRIGHT

__all__ = ["Effect", "Regression", "kinds_of_noise", "regress"]

Floats = NDArray[np.float64]
_CONTROLS: Final = ("stage", "type", "category", "difficulty")
_RIDGE: Final = 1.0
_STEPS: Final = 50
_CLOSE: Final = 1e-8
RESAMPLES: Final = 400
_LEAST: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One kind of noise."""

    coefficient: float
    """Change of the log odds for each step of severity (rotation: for being turned)."""
    low: float
    high: float
    """Ends of its 95 % interval."""
    odds: float
    """exp(coefficient): the odds of a right answer are multiplied by it at each step."""
    present: int
    """Rows with a severity above 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """Effects of all kinds that occur."""

    effects: Mapping[str, Effect]
    rows: int
    clusters: int
    """Questions; rows of one are drawn together."""
    right: int
    note: str = ""
    """Why there is nothing, where there is not."""


def kinds_of_noise() -> tuple[str, ...]:
    """Return the 14 kinds."""
    return tuple(kind for kinds in NOISES.values() for kind in kinds)


def regress(
    labels: Sequence[Mapping[str, str]],
    right: Sequence[bool],
    clusters: Sequence[str],
    *,
    ridge: float = _RIDGE,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Regression:
    """Fit a ridge logit of `right` on the severities of noise and dummies of the question's kind.

    Args:
        labels: One mapping a row, with the kinds of noise and stage, type, category, difficulty.
        right: Whether the row was answered rightly in all parts.
        clusters: The question that each row belongs to.
        ridge: Penalty on each squared coefficient but the intercept, in units of log likelihood times two.
        seed: Of the cluster bootstrap.
        resamples: Of it.
    """
    kinds = [kind for kind in kinds_of_noise() if any(_severity(row, kind) for row in labels)]
    base = Regression(effects={}, rows=len(right), clusters=len(set(clusters)), right=sum(right))
    if len(right) < _LEAST or not kinds:
        return _without(base, f"needs at least {_LEAST} scored rows and some noise")
    if not 0 < sum(right) < len(right):
        return _without(base, "all rows are right, or all wrong: there is nothing to explain")
    design = np.column_stack([np.ones(len(right)), *_noises(labels, kinds), *_dummies(labels)])
    truth = np.asarray(right, np.float64)
    fitted = _fit(design, truth, ridge)
    names, places = np.unique(np.asarray(clusters), return_inverse=True)
    members: list[NDArray[np.intp]] = [np.flatnonzero(places == at) for at in range(len(names))]
    random = np.random.default_rng(seed)
    drawn: list[Floats] = []
    for _ in range(resamples):
        chosen = [members[int(at)] for at in random.integers(0, len(members), len(members))]
        rows: NDArray[np.intp] = np.concatenate(chosen)
        drawn.append(_fit(design[rows], truth[rows], ridge)[1 : 1 + len(kinds)])
    low, high = np.percentile(np.stack(drawn), [2.5, 97.5], axis=0)
    effects = {
        kind: Effect(
            coefficient=float(fitted[1 + at]),
            low=float(low[at]),
            high=float(high[at]),
            odds=float(np.exp(fitted[1 + at])),
            present=sum(1 for row in labels if _severity(row, kind)),
        )
        for at, kind in enumerate(kinds)
    }
    return Regression(effects=effects, rows=base.rows, clusters=base.clusters, right=base.right)


def _without(base: Regression, note: str) -> Regression:
    return Regression(effects={}, rows=base.rows, clusters=base.clusters, right=base.right, note=note)


def _severity(labels: Mapping[str, str], kind: str) -> float:
    told = labels[kind]
    return float(told != UPRIGHT) if kind == "rotation" else float(told)


def _noises(labels: Sequence[Mapping[str, str]], kinds: Sequence[str]) -> list[Floats]:
    return [np.asarray([_severity(row, kind) for row in labels]) for kind in kinds]


def _dummies(labels: Sequence[Mapping[str, str]]) -> list[Floats]:
    """Return a column for each value of each control but the first one."""
    return [
        np.asarray([float(row[name] == value) for row in labels])
        for name in _CONTROLS
        for value in sorted({row[name] for row in labels})[1:]
    ]


def _fit(design: Floats, truth: Floats, ridge: float) -> Floats:
    """Return the coefficients by Newton's method; the penalty makes the problem strictly convex."""
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 1e-6
    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (truth - chance) - penalty * weights
        bend = (design.T * (chance * (1 - chance))) @ design + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if float(np.abs(step).max()) < _CLOSE:
            break
    return weights
