"""Which value goes to which field, as one optimum over all of them.

Each field takes one of its candidates or none, values that overlap exclude each other, and two like fields that take
their values against the order of the question pay for it. That is no bipartite matching, because of the overlaps and
of the order; the fields of one tool are few, so it is searched exactly, best first, with the sum of what each field
could have at most as the bound. A limit on steps keeps the work of a hostile schema bounded; beyond it the best found
so far stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["CROSSED", "Candidate", "assign"]

CROSSED: Final = 0.6
"""What a pair of like fields in the wrong order costs, in log odds."""
_STEPS: Final = 20_000
_MOST: Final = 12
"""Candidates of a field that are looked at, the best ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A value for one field."""

    gain: float
    """Log odds that it is right, less those of leaving the field empty: above 0 where taking it is better."""
    start: int
    end: int
    """The place that it takes; equal for one that takes none."""
    key: int
    """For the caller."""

    def overlaps(self, other: Candidate) -> bool:
        """Whether both take a character."""
        return self.start < other.end and other.start < self.end


def assign(options: Sequence[Sequence[Candidate]], groups: Sequence[int]) -> list[Candidate | None]:
    """Return one candidate, or None, for each field, with the greatest sum of gains.

    Args:
        options: The candidates of each field; those that gain nothing are not looked at.
        groups: Which fields are alike, in their order: an equal number above 0.
    """
    ranked = [sorted((one for one in each if one.gain > 0), key=lambda one: -one.gain)[:_MOST] for each in options]
    order = sorted(range(len(ranked)), key=lambda field: -(ranked[field][0].gain if ranked[field] else 0.0))
    rest = [0.0] * (len(order) + 1)
    for place in range(len(order) - 1, -1, -1):
        rest[place] = rest[place + 1] + (ranked[order[place]][0].gain if ranked[order[place]] else 0.0)
    search = _Search(ranked, groups, order, rest)
    search.go(0, 0.0)
    return search.best


class _Search:
    def __init__(
        self, ranked: Sequence[Sequence[Candidate]], groups: Sequence[int], order: Sequence[int], rest: Sequence[float]
    ) -> None:
        self.ranked, self.groups, self.order, self.rest = ranked, groups, order, rest
        self.taken: list[Candidate | None] = [None] * len(ranked)
        self.best: list[Candidate | None] = list(self.taken)
        self.most = 0.0
        self.steps = 0

    def go(self, place: int, total: float) -> None:
        """Try the candidates of the field at a place in the order, and leaving it empty."""
        if total > self.most:
            self.most, self.best = total, list(self.taken)
        if place == len(self.order) or total + self.rest[place] <= self.most or self.steps > _STEPS:
            return
        self.steps += 1
        field = self.order[place]
        for one in self.ranked[field]:
            if any(other is not None and one.overlaps(other) for other in self.taken):
                continue
            self.taken[field] = one
            self.go(place + 1, total + one.gain - CROSSED * self._crossings(field, one))
            self.taken[field] = None
        self.go(place + 1, total)

    def _crossings(self, field: int, one: Candidate) -> int:
        group = self.groups[field]
        if group <= 0 or one.start == one.end:
            return 0
        return sum(
            other is not None
            and self.groups[number] == group
            and other.start != other.end
            and (number < field) != (other.start < one.start)
            for number, other in enumerate(self.taken)
        )
