"""Choose the list: the greedy objective of spec 06 §2.5 (ours).

    argmax_q  p_q * ans_q - lambda * max_{j in S} sim(q, j) + mu * newfacets(q, S);   stop when the gain < tau

It is maximal marginal relevance with a bonus for a new facet; the list may be shorter than asked for, down to empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .similarity import NEAR

__all__ = ["Objective", "Option", "choose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """The weights of the objective."""

    redundancy: float = 0.15
    """lambda: cost of repeating a chosen one word for word."""
    novelty: float = 0.05
    """mu: worth of a facet that no chosen one has."""
    least: float = 0.02
    """tau: a gain below this ends the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A checked candidate as the objective sees it."""

    text: str
    facet: str
    p_click: float
    answerable: float


def choose(
    options: Sequence[Option], k: int, *, alike: Callable[[int, int], float], objective: Objective | None = None
) -> list[int]:
    """Return the places of at most `k` options in the order in which they were chosen; equal gains go to the earlier.

    Args:
        options: Each passed every check.
        k: Longest list.
        alike: Similarity of two options by place, in [0, 1]; above `NEAR` they never stand in one list.
        objective: Its weights.
    """
    weights = objective or Objective()
    chosen: list[int] = []
    while len(chosen) < k:
        best, place = weights.least, -1
        for number, option in enumerate(options):
            if number in chosen:
                continue
            closest = max((alike(number, other) for other in chosen), default=0.0)
            if closest > NEAR:
                continue
            new = option.facet not in {options[other].facet for other in chosen}
            gain = option.p_click * option.answerable - weights.redundancy * closest + weights.novelty * new
            if gain > best or (gain == best and place < 0):
                best, place = gain, number
        if place < 0:
            break
        chosen.append(place)
    return chosen
