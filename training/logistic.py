"""Logistic regression by Newton's steps, for the few weights of blends and memberships."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["newton"]

Doubles: TypeAlias = NDArray[np.float64]
_STEPS: Final = 100


def newton(
    features: Doubles,
    labels: Doubles,
    penalty: Doubles,
    *,
    offset: Doubles | float = 0.0,
    weights: Doubles | float = 1.0,
) -> Doubles:
    """Return the weights [k] with the least logistic loss of ``features @ weights + offset``, each with its ridge.

    Args:
        features: [n, k].
        labels: [n], 0 or 1.
        penalty: [k]; half of it times the squared weight is added to the loss.
        offset: [n] of the log odds that are known, or one number for all.
        weights: [n], at least 0, of each row's loss, or one number for all.
    """
    point = np.zeros(len(penalty))
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(features @ point + offset, -30, 30)))
        gradient = features.T @ (weights * (chance - labels)) + penalty * point
        weight = weights * np.maximum(chance * (1 - chance), 1e-9)
        hessian = (features * weight[:, None]).T @ features + np.diag(penalty) + 1e-9 * np.eye(len(point))
        step = np.linalg.solve(hessian, gradient)
        point = point - step
        if np.abs(step).max() < 1e-9:
            break
    return point
