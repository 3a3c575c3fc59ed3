"""Strengths behind many overlapping orders: the most probable ones under Plackett–Luce, with a Gaussian prior.

    P(order) = prod over i of exp(s_i) / sum over j from i on of exp(s_j)          (Plackett 1975, Luce 1959)
    s_i ~ N(mean_i, sigma^2)

The negative log posterior is strictly convex, so Newton steps with halving find its one minimum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .first_stage import check_number

__all__ = ["log_posterior", "strengths"]

Doubles: TypeAlias = NDArray[np.float64]
_STEPS: Final = 100
_CLOSE: Final = 1e-9
"""Largest slope at the minimum."""


def strengths(orders: Sequence[Sequence[int]], prior: Doubles, *, sigma: float = 1.0) -> Doubles:
    """Return the most probable strength of each item: float64 [n].

    Args:
        orders: Each some of the items 0 to n-1, once, best first.
        prior: Mean of each item's strength before any order was seen, shape [n], finite.
        sigma: Its deviation, above 0: the smaller, the more the prior counts beside the orders.

    Raises:
        UsageError: ``bad_param`` for a sigma that is not above 0.
    """
    check_number("sigma", sigma, low=1e-6, high=1e6)
    indexes = [np.asarray(order, np.intp) for order in orders if len(order) > 1]
    point = np.array(prior, np.float64)
    value = _negative(point, indexes, prior, sigma)
    for _ in range(_STEPS):
        gradient, hessian = _derivatives(point, indexes, prior, sigma)
        if np.abs(gradient).max(initial=0.0) <= _CLOSE:
            break
        step = np.linalg.solve(hessian, gradient)
        length, slope = 1.0, float(gradient @ step)
        new, new_value = point - step, _negative(point - step, indexes, prior, sigma)
        while new_value > value - 1e-4 * length * slope and length > 1e-10:
            length /= 2
            new = point - length * step
            new_value = _negative(new, indexes, prior, sigma)
        if new_value >= value:
            break
        point, value = new, new_value
    return point


def log_posterior(point: Doubles, orders: Sequence[Sequence[int]], prior: Doubles, *, sigma: float = 1.0) -> float:
    """Return the log posterior density of strengths, up to a constant."""
    return -_negative(point, [np.asarray(order, np.intp) for order in orders], prior, sigma)


def _negative(point: Doubles, orders: Sequence[NDArray[np.intp]], prior: Doubles, sigma: float) -> float:
    total = float(((point - prior) ** 2).sum()) / (2 * sigma**2)
    for order in orders:
        mine = point[order]
        total += float((_log_tails(mine) - mine).sum())
    return total


def _log_tails(mine: Doubles) -> Doubles:
    """Return log Z_k for each place k."""
    return np.logaddexp.accumulate(mine[::-1])[::-1]


def _derivatives(
    point: Doubles, orders: Sequence[NDArray[np.intp]], prior: Doubles, sigma: float
) -> tuple[Doubles, Doubles]:
    gradient: Doubles = (point - prior) / sigma**2
    hessian: Doubles = np.eye(len(point)) / sigma**2
    for order in orders:
        mine = point[order]
        tails = _log_tails(mine)
        # share[i, k]: how probable the item at place i is among those from place k on; 0 for k beyond i.
        share = np.tril(np.exp(np.minimum(mine[:, None] - tails[None, :], 0.0)))
        total = share.sum(axis=1)
        gradient[order] += total - 1.0
        hessian[np.ix_(order, order)] += np.diag(total) - share @ share.T
    return gradient, hessian
