"""The set that is worth most: every member worth its place, the question covered, nothing said twice.

    U(S) = sum over S of (m_i - tau) + lambda_cov * cover(S) - lambda_red * sum over pairs of S of sim(i, j)

``m_i`` is how likely passage i helps, ``cover`` the share of the question's facets that some member holds, ``sim`` how
much of the shorter of two passages the other repeats (to the fourth power). Passages are added greedily while U grows; then each member,
weakest first, is judged again beside the others and leaves where they do without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.ranking.first_stage import check_number

__all__ = ["Chosen", "Prices", "SetProblem", "choose", "likeness"]

_SAME: Final = 1e-9
"""Gains that differ by less are equal; the order given decides between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What the objective weighs against each other."""

    tau: float
    """How likely a passage must be to help to be kept for itself alone."""
    coverage: float = 0.0
    """Worth of covering the whole question (``lambda_cov``)."""
    redundancy: float = 0.0
    """Cost of a passage that repeats another whole (``lambda_red``)."""

    def __post_init__(self) -> None:
        check_number("tau", self.tau, low=0.0, high=1.0)
        check_number("coverage", self.coverage, low=0.0, high=1e3)
        check_number("redundancy", self.redundancy, low=0.0, high=1e3)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProblem:
    """The passages that a set is chosen from."""

    chances: Mapping[int, float]
    """How likely each helps, by position, in the order in which equal ones are preferred."""
    covers: Sequence[frozenset[str]]
    """The facets that each holds, by position."""
    facets: Mapping[str, float]
    """Weight of each facet of the question; any scale."""
    words: Sequence[frozenset[str]]
    """The stems of each passage, by position."""
    apart: frozenset[tuple[int, int]] = frozenset()
    """Pairs (smaller position first) that contradict each other: alike as they are, neither repeats the other."""

    def sim(self, one: int, other: int) -> float:
        """Return how much of the shorter passage the other repeats; its fourth power: a shared topic is free."""
        pair = (min(one, other), max(one, other))
        return 0.0 if pair in self.apart else likeness(self.words[one], self.words[other]) ** 4

    def cover(self, held: frozenset[str]) -> float:
        """Return the share of the facets, by weight, that are held."""
        total = sum(self.facets.values())
        return sum(weight for facet, weight in self.facets.items() if facet in held) / total if total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The set, and who was left out for what the others say already or for want of room."""

    members: tuple[int, ...]
    """Positions, in the order added."""
    redundant: frozenset[int] = frozenset()
    crowded: frozenset[int] = frozenset()
    """Positions that would have gained the set something, had it had room."""


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of the smaller set that the other holds, in [0, 1]."""
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0


def choose(problem: SetProblem, prices: Prices, *, max_set: int) -> Chosen:
    """Return the best set that greedy adding and one drop pass find.

    Args:
        problem: What is chosen from.
        prices: How it is weighed.
        max_set: Most members.
    """
    members: list[int] = []
    held = frozenset[str]()
    # No gain exceeds a passage's own worth and that of the whole coverage.
    able = {index: chance for index, chance in problem.chances.items() if chance - prices.tau + prices.coverage > 0}
    repeated = dict.fromkeys(able, 0.0)
    covered = 0.0
    crowded = frozenset[int]()
    while len(members) < len(able):
        gains = {
            index: chance
            - prices.tau
            + prices.coverage * (problem.cover(held | problem.covers[index]) - covered)
            - prices.redundancy * repeated[index]
            for index, chance in able.items()
            if index not in members
        }
        best = _first(gains)
        if gains[best] <= 0:
            break
        if len(members) == max_set:
            crowded = frozenset(index for index, gain in gains.items() if gain > 0)
            break
        members.append(best)
        held |= problem.covers[best]
        covered = problem.cover(held)
        for index in repeated:
            if index != best:
                repeated[index] += problem.sim(index, best)
    members = _drop(members, problem, prices)
    redundant = frozenset(
        index
        for index, chance in problem.chances.items()
        if index not in members and index not in crowded and chance > prices.tau
    )
    return Chosen(members=tuple(members), redundant=redundant, crowded=crowded)


def _drop(members: list[int], problem: SetProblem, prices: Prices) -> list[int]:
    for index in sorted(members, key=lambda member: problem.chances[member]):
        rest = [member for member in members if member != index]
        if rest and _worth(rest, problem, prices) >= _worth(members, problem, prices):
            members = rest
    return members


def _worth(members: Sequence[int], problem: SetProblem, prices: Prices) -> float:
    held = frozenset[str]().union(*(problem.covers[index] for index in members))
    value = sum(problem.chances[index] - prices.tau for index in members) + prices.coverage * problem.cover(held)
    for place, one in enumerate(members):
        value -= prices.redundancy * sum(problem.sim(one, other) for other in members[:place])
    return value


def _first(gains: Mapping[int, float]) -> int:
    """Return the position with the largest gain; the first of those that are as good."""
    best = max(gains.values())
    return next(index for index, gain in gains.items() if gain >= best - _SAME)
