"""How well options of one pane are put in order, given the share of clicks that each got.

The order in which they were shown must not leak into a slot-blind figure, so that equal scores count as every order of
them at once: the gain of a place is the mean over its ties.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["click_auc", "kendall", "pane_ndcg", "ranked"]


def ranked(scores: Sequence[float]) -> list[int]:
    """Return the places from best to worst; equal scores stay in order."""
    return sorted(range(len(scores)), key=lambda place: -scores[place])


def pane_ndcg(scores: Sequence[float], gains: Sequence[float]) -> float:
    """Return nDCG over all options, linear gain, discount ``log2(rank + 1)``, ties averaged; 0 without any gain."""
    order = ranked(scores)
    averaged: list[float] = []
    for place in order:
        equal = [gains[other] for other in order if scores[other] == scores[place]]
        averaged.append(math.fsum(equal) / len(equal))
    ideal = _dcg(sorted(gains, reverse=True))
    return _dcg(averaged) / ideal if ideal else 0.0


def kendall(scores: Sequence[float], gains: Sequence[float]) -> float | None:
    """Return Kendall's tau over the pairs of unequal gain, tied scores counting 0; None without such a pair."""
    signs: list[int] = []
    for one in range(len(gains)):
        for other in range(one):
            if gains[one] != gains[other]:
                better = (gains[one] > gains[other]) - (gains[one] < gains[other])
                above = (scores[one] > scores[other]) - (scores[one] < scores[other])
                signs.append(better * above)
    return sum(signs) / len(signs) if signs else None


def click_auc(chances: Sequence[float], rates: Sequence[float]) -> float | None:
    """Return the chance that a click's option had a higher probability than that of no click, ties counting half.

    Each option counts as a click with the weight of its rate and as none with the rest. None when one kind is missing.
    """
    clicks, others = math.fsum(rates), math.fsum(1 - rate for rate in rates)
    if clicks <= 0 or others <= 0:
        return None
    below = won = 0.0
    pairs = sorted(zip(chances, rates, strict=True))
    start = 0
    while start < len(pairs):
        end = start
        while end < len(pairs) and pairs[end][0] == pairs[start][0]:
            end += 1
        tied_clicks = math.fsum(rate for _, rate in pairs[start:end])
        tied_others = (end - start) - tied_clicks
        won += tied_clicks * (below + tied_others / 2)
        below += tied_others
        start = end
    return won / (clicks * others)


def _dcg(gains: Sequence[float]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
