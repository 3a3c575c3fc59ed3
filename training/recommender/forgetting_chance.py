"""Whether what differs between ways to unlearn is more than luck: requests are drawn again in pairs, users whole.

A user's clicks are not independent, and one user can be asked about in several seeds; so users are what is drawn.
The networks stay as they are: what another training would give is told by ``retrain-again``, not by these intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.training.evaluation.intervals import RESAMPLES
from questline.training.evaluation.items import Item

__all__ = ["against", "chances", "luck"]

Doubles: TypeAlias = NDArray[np.float64]
_BLOCK: Final = 2_000_000
"""Draws held in memory at once (16 MB)."""


def luck(
    columns: Sequence[Sequence[float]],
    users: Sequence[int],
    statistic: Callable[[Doubles], Doubles],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, float]:
    """Return a statistic of means, its 95 % interval, and how surely it is not 0.

    Args:
        columns: Values of the same requests, a list for each of what is compared.
        users: Whose each request is; they are drawn with all of theirs.
        statistic: Means, [draws, columns], to numbers, [draws].
        seed: Of the drawing.
        resamples: How often.

    Returns:
        ``value``, ``low``, ``high`` and the two-sided ``p``, at least 1 / (resamples + 1).

    Raises:
        UsageError: Where lists differ in length, or are empty.
    """
    if not users or any(len(each) != len(users) for each in columns):
        raise UsageError("paired requests need the same users, at least one", argument="users")
    values = np.asarray(columns, np.float64)
    _, place = np.unique(np.asarray(users), return_inverse=True)
    sums = np.stack([np.bincount(place, each) for each in values], axis=1)
    sizes = np.bincount(place).astype(np.float64)
    random = np.random.default_rng(seed)
    rows = max(1, _BLOCK // (len(sizes) * len(columns)))
    blocks: list[Doubles] = []
    for start in range(0, resamples, rows):
        drawn = random.integers(0, len(sizes), (min(rows, resamples - start), len(sizes)))
        blocks.append(statistic(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)[:, None]))
    found = np.concatenate(blocks)
    low, high = np.percentile(found, [2.5, 97.5])
    beyond = min(int(np.count_nonzero(found <= 0)), int(np.count_nonzero(found >= 0)))
    return {
        "value": float(statistic(values.mean(axis=1)[None])[0]),
        "low": float(low),
        "high": float(high),
        "p": min(1.0, 2 * (beyond + 1) / (resamples + 1)),
    }


def chances(items: Sequence[Item]) -> dict[str, dict[str, float]]:
    """Return how far a way lies from ``retrain``: ``hit_u_over`` and ``ndcg_over``, above 0 where it has more."""
    clicks, kept = _pooled(items, "users"), _pooled(items, "asked")
    return {
        "hit_u_over": luck([_pooled(items, "hit"), _pooled(items, "hit_retrain")], clicks, _over),
        "ndcg_over": luck([_pooled(items, "ndcg"), _pooled(items, "ndcg_retrain")], kept, _over),
    }


def against(items: Sequence[Item], others: Sequence[Item]) -> dict[str, dict[str, float]]:
    """Return how a way differs from another of the same seeds.

    Returns:
        ``hit_u_gap``: how much further its Hit_u lies from ``retrain``'s than the other's does, on either side;
        ``ndcg``: how much more NDCG it has.

    Raises:
        UsageError: Where the two were not asked about the same requests.
    """
    if _pooled(items, "users") != _pooled(others, "users") or _pooled(items, "asked") != _pooled(others, "asked"):
        raise UsageError("ways are compared over the same requests", argument="others")
    hits = [_pooled(items, "hit"), _pooled(others, "hit"), _pooled(items, "hit_retrain")]
    return {
        "hit_u_gap": luck(hits, _pooled(items, "users"), _further),
        "ndcg": luck([_pooled(items, "ndcg"), _pooled(others, "ndcg")], _pooled(items, "asked"), _over),
    }


def _over(means: Doubles) -> Doubles:
    return means[:, 0] - means[:, 1]


def _further(means: Doubles) -> Doubles:
    return np.abs(means[:, 0] - means[:, 2]) - np.abs(means[:, 1] - means[:, 2])


def _pooled(items: Sequence[Item], name: str) -> list[Any]:
    return [value for item in items for value in cast("Mapping[str, list[Any]]", item.prediction)[name]]
