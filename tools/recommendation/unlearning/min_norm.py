"""The weights of several losses whose mixed gradient is shortest: exact, by the simplex's faces (spec 07 §2.1, §2.4).

    a = argmin || sum_i a_i g_i ||^2,  a_i >= 0,  sum a_i = 1        G_ij = <g_i, g_j>

On each face the minimum solves ``G a = l 1, sum a = 1``; three losses have seven faces, so nothing iterates. Where that
system is singular the face's minimum also lies on a smaller face. MGDA as it stands never takes a first step: at the
trained model the KL loss has no gradient, all weight goes to it, and the mixed gradient is null. So losses without a
gradient are left out before, and forgetting keeps a least weight after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError

__all__ = ["LEAST", "NULL", "Doubles", "Mixture", "min_norm", "mixture"]

Doubles: TypeAlias = NDArray[np.float64]
LEAST: Final = 0.2
"""Least weight of the loss that forgets, which stands first."""
NULL: Final = 1e-10
"""A gradient shorter than this share of the longest one is none, where numbers are doubles."""
_SINGULAR: Final = 1e-12
_BELOW: Final = 1e-12
"""A weight this little below 0 is 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """How losses are mixed in one step."""

    weights: tuple[float, ...]
    """One a loss, summing to 1; all 0 where no loss has a gradient."""
    norm: float
    """Length of the mixed gradient."""
    left_out: tuple[int, ...] = ()
    """Losses without a gradient."""


def min_norm(gram: Doubles) -> Doubles:
    """Return the weights of the shortest point in the convex hull of some vectors.

    Args:
        gram: Their inner products, float64 [n, n], n from 1.

    Returns:
        Weights of at least 0 that sum to 1, float64 [n]. Where several points are shortest, one with few vectors.

    Raises:
        UsageError: ``bad_argument`` for what is no finite symmetric matrix.
    """
    _check(gram)
    size = len(gram)
    scale = float(gram.diagonal().max()) or 1.0
    scaled = gram / scale
    best, shortest = np.zeros(size), np.inf
    for count in range(1, size + 1):
        for face in combinations(range(size), count):
            weights = _on_face(scaled[np.ix_(face, face)])
            if weights is None:
                continue
            whole = np.zeros(size)
            whole[list(face)] = weights
            length = float(whole @ scaled @ whole)
            if length < shortest - _BELOW:
                best, shortest = whole, length
    return best


def mixture(gram: Doubles, *, least: float = LEAST, null: float = NULL) -> Mixture:
    """Return the weights of one step: losses without a gradient left out, the first at least `least`.

    Args:
        gram: Inner products of the losses' gradients, float64 [n, n]; the loss that forgets stands first.
        least: Weight that it keeps, in [0, 1]; the others share the rest as they did.
        null: A gradient shorter than this share of the longest one is left out. Gradients in float32 need more than
            the default: rounding leaves the KL loss one of about 1e-6 at the trained model, which takes all weight.

    Raises:
        UsageError: ``bad_argument`` as `min_norm`, or for another `least`.
    """
    if not 0 <= least <= 1:
        raise UsageError(f"least={least!r} must be a number from 0 to 1", argument="least")
    _check(gram)
    lengths = np.sqrt(np.maximum(gram.diagonal(), 0.0))
    there = np.flatnonzero(lengths > null * lengths.max()) if lengths.max() > 0 else np.zeros(0, np.int64)
    gone: Sequence[int] = [place for place in range(len(gram)) if place not in there]
    weights = np.zeros(len(gram))
    if len(there):
        weights[there] = min_norm(gram[np.ix_(there, there)])
        if 0 in there and weights[0] < least:
            rest = weights[1:].sum()
            weights[1:] *= (1 - least) / rest
            weights[0] = least
    norm = float(np.sqrt(max(0.0, float(weights @ gram @ weights))))
    return Mixture(weights=tuple(float(each) for each in weights), norm=norm, left_out=tuple(gone))


def _on_face(gram: Doubles) -> Doubles | None:
    """Return the minimum in the plane of a face, None where it is not unique or lies outside of the face."""
    size = len(gram)
    system = np.ones((size + 1, size + 1))
    system[:size, :size] = gram
    system[size, size] = 0
    if np.linalg.cond(system) > 1 / _SINGULAR:
        return None
    weights = np.linalg.solve(system, np.append(np.zeros(size), 1.0))[:size]
    if weights.min() < -_BELOW:
        return None
    weights = np.maximum(weights, 0.0)
    return weights / weights.sum()


def _check(gram: Doubles) -> None:
    if gram.ndim != 2 or not len(gram) or gram.shape[0] != gram.shape[1]:
        raise UsageError(f"gram has the shape {gram.shape}, and must be square", argument="gram")
    if not np.isfinite(gram).all() or not np.allclose(gram, gram.T, rtol=1e-9, atol=0):
        raise UsageError("gram must be finite and symmetric: a gradient is no number", argument="gram")
