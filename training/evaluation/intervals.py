"""Bootstrap: how far a mean could be off, and whether the difference of two paired runs is more than luck."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError

__all__ = ["RESAMPLES", "Difference", "bootstrap_interval", "mean", "paired_bootstrap", "percentile"]

RESAMPLES: Final = 2000
_BLOCK: Final = 2_000_000
"""Draws held in memory at once (16 MB)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How run B differs from run A on the items that both have."""

    a: float
    """Mean of A."""
    b: float
    """Mean of B."""
    difference: float
    """B minus A."""
    low: float
    high: float
    """Ends of the 95 % interval of the difference."""
    p: float
    """Two-sided: how often resampled differences lie on the other side of 0; at least 1 / (resamples + 1)."""
    n: int
    """Paired items."""


def bootstrap_interval(values: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES) -> tuple[float, float]:
    """Return the 95 % percentile interval of the mean of ``values``, at least one."""
    if not values:
        raise UsageError("an interval needs at least one value", argument="values")
    low, high = np.percentile(_means(np.asarray(values, np.float64), seed, resamples), [2.5, 97.5])
    return float(low), float(high)


def paired_bootstrap(
    a: Sequence[float], b: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES
) -> Difference:
    """Compare two runs item by item; ``a[i]`` and ``b[i]`` belong to the same item.

    Raises:
        UsageError: When the runs differ in length or are empty.
    """
    if len(a) != len(b) or not a:
        raise UsageError(f"paired runs need the same items, at least one; got {len(a)} and {len(b)}")
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    means = _means(second - first, seed, resamples)
    low, high = np.percentile(means, [2.5, 97.5])
    beyond = min(np.count_nonzero(means <= 0), np.count_nonzero(means >= 0))
    return Difference(
        a=float(first.mean()),
        b=float(second.mean()),
        difference=float((second - first).mean()),
        low=float(low),
        high=float(high),
        p=min(1.0, 2 * (int(beyond) + 1) / (resamples + 1)),
        n=len(a),
    )


def mean(values: Sequence[float]) -> float | None:
    """Return the mean, None without values."""
    return math.fsum(values) / len(values) if values else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value below which ``share`` percent lie, interpolated; None without values."""
    return float(np.percentile(values, share)) if values else None


def _means(values: NDArray[np.float64], seed: int, resamples: int) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    rows = max(1, _BLOCK // len(values))
    blocks = [
        values[random.integers(0, len(values), (min(rows, resamples - start), len(values)))].mean(axis=1)
        for start in range(0, resamples, rows)
    ]
    return np.concatenate(blocks)
