"""How far texts differ, and which to choose so that a list is good and varied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

__all__ = ["alike", "chosen", "difference"]


def difference(one: str, other: str) -> float:
    """Return the share of characters that differ, in [0, 1]: one less the characters in common over the longer text.

    Order does not count, so that this is never above the share by edit distance.
    """
    longest = max(len(one), len(other))
    return 1 - (Counter(one) & Counter(other)).total() / longest if longest else 0.0


def alike(one: str, other: str) -> float:
    """Return the overlap of neighbouring characters, in [0, 1] (Dice)."""
    first, second = _pairs(one), _pairs(other)
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else float(one == other)


def chosen(
    texts: Sequence[str], scores: Sequence[float], k: int, *, before: Sequence[str] = (), weight: float = 0.5
) -> list[int]:
    """Return the places of at most `k` texts by maximal marginal relevance, in the order they were taken.

    Args:
        texts: Candidates.
        scores: In [0, 1].
        k: How many.
        before: What was issued earlier: likeness to it counts as likeness to the list.
        weight: Of likeness against score (Carbonell and Goldstein 1998).
    """
    pairs = [_pairs(text) for text in texts]
    nearest = [max((_dice(each, other) for other in map(_pairs, before)), default=0.0) for each in pairs]
    left, taken = list(range(len(texts))), list[int]()
    while left and len(taken) < k:
        best = max(left, key=lambda place: (scores[place] - weight * nearest[place], -place))
        taken.append(best)
        left.remove(best)
        for place in left:
            nearest[place] = max(nearest[place], _dice(pairs[place], pairs[best]))
    return taken


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[place : place + 2] for place in range(len(text) - 1))


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 1.0
