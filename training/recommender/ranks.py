"""The rank of one item among all, and what is read off ranks: HR, NDCG, MRR.

With one item to be told, HR@k is 1 where its rank is at most k, NDCG@k 1 / log2(rank + 1) and MRR@k 1 / rank (else 0).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from questline.tools.recommendation.counts import Counts, Longs
from questline.tools.recommendation.scoring import Doubles

__all__ = ["DEPTHS", "MISSED", "Ranker", "at_depths"]

DEPTHS: Final = (5, 10, 20)
MISSED: Final = 0
"""Stands for the rank of an item that was never learnt."""


class Ranker:
    """Ranks against one set of counts: by score, then by clicks, then by the items' keys, as recommendations are."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._order: Longs = np.full(len(counts.names), len(counts.names), np.int64)
        self._order[counts.popular] = np.arange(counts.items)

    def rank(self, found: Doubles, target: str, without: Sequence[int] = ()) -> int:
        """Return the rank of `target` among all items but those of `without`, from 1; `MISSED` where it is unknown."""
        item = self._counts.index.get(target)
        if item is None or item in without:
            return MISSED
        better = self._better(found, item, slice(None))
        return 1 + int(np.count_nonzero(better)) - sum(bool(better[other]) for other in set(without))

    def sampled_rank(self, found: Doubles, target: str, session: Sequence[int], seed: Sequence[int], count: int) -> int:
        """Return the rank among `count` random items that are not in the session: biased, as sampled ranks are."""
        item = self._counts.index.get(target)
        if item is None:
            return MISSED
        random = np.random.default_rng(seed)
        total = len(self._counts.names)
        drawn = random.choice(total, min(total, count + len(session) + 1), replace=False)
        drawn = drawn[~np.isin(drawn, [item, *session])][:count]
        return 1 + int(np.count_nonzero(self._better(found, item, drawn)))

    def _better(self, found: Doubles, item: int, others: slice | Longs) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        score, order = found[item], self._order[item]
        return (found[others] > score) | ((found[others] == score) & (self._order[others] < order))


def at_depths(rank: int) -> Mapping[str, float]:
    """Return HR, NDCG and MRR of one rank at each depth."""
    values: dict[str, float] = {}
    for depth in DEPTHS:
        hit = MISSED < rank <= depth
        values[f"hr@{depth}"] = float(hit)
        values[f"ndcg@{depth}"] = 1 / math.log2(rank + 1) if hit else 0.0
        values[f"mrr@{depth}"] = 1 / rank if hit else 0.0
    return values
