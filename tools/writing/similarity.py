"""How far texts differ, and which to choose so that a list is good and varied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

__all__ = ["alike", "chosen", "dice", "difference", "pairs_of"]

_RUN: Final = 8
"""Characters of a phrase that two texts of a list should not share."""


def difference(one: str, other: str) -> float:
    """Return the share of characters that differ, in [0, 1]: one less the characters in common over the longer text.

    Order does not count, so that this is never above the share by edit distance.
    """
    longest = max(len(one), len(other))
    return 1 - (Counter(one) & Counter(other)).total() / longest if longest else 0.0


def alike(one: str, other: str) -> float:
    """Return the overlap of neighbouring characters, in [0, 1] (Dice)."""
    first, second = pairs_of(one), pairs_of(other)
    return dice(first, second) if first or second else float(one == other)


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
    told = [_Told(text) for text in texts]
    nearest, repeated = [0.0] * len(told), [0] * len(told)
    left, taken = list(range(len(texts))), list[int]()

    def note(other: _Told) -> None:
        for place in left:
            nearest[place] = max(nearest[place], told[place].like(other))
            repeated[place] += told[place].repeats(other)

    for earlier in before:
        note(_Told(earlier))
    while left and len(taken) < k:
        best = max(left, key=lambda place: (scores[place] - weight * (nearest[place] + repeated[place]), -place))
        taken.append(best)
        left.remove(best)
        note(told[best])
    return taken


class _Told:
    """A text as a reader of a list remembers it: its pairs of characters, and its phrases."""

    def __init__(self, text: str) -> None:
        self.pairs = pairs_of(text)
        self.runs = frozenset(text[place : place + _RUN] for place in range(len(text) - _RUN + 1))

    def like(self, other: _Told) -> float:
        """Return the overlap of pairs, in [0, 1]."""
        return dice(self.pairs, other.pairs)

    def repeats(self, other: _Told) -> bool:
        """Say whether both hold one phrase: that is noticed at once."""
        return not self.runs.isdisjoint(other.runs)


def pairs_of(text: str) -> frozenset[str]:
    """Return the neighbours of two characters in a text."""
    return frozenset(text[place : place + 2] for place in range(len(text) - 1))


def dice(one: frozenset[str], other: frozenset[str]) -> float:
    """Return twice what two sets share over what they hold together, in [0, 1]; 1 for two empty ones."""
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 1.0
