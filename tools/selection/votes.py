"""What several windows say together: how likely each passage helps, and which answer most of them give.

m_i = (a0 + sum of c_r over the windows r that chose i) / (a0 + b0 + sum of c_r over those that saw i)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from questline.tools.text import words

__all__ = ["Vote", "Votes"]

_PRIOR: Final = (0.5, 0.5)
"""``a0`` and ``b0``: as if half a window had chosen a passage and half a window had not (Jeffreys)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What one window said."""

    seen: frozenset[int]
    chosen: frozenset[int]
    """Positions in the caller's list."""
    answer: str
    weight: float


@dataclass(slots=True)
class Votes:
    """All windows of a call, in order."""

    all: list[Vote] = field(default_factory=list[Vote])

    def add(self, vote: Vote) -> None:
        """Count one window."""
        self.all.append(vote)

    @property
    def seen(self) -> frozenset[int]:
        """The positions that some window saw."""
        return frozenset[int]().union(*(vote.seen for vote in self.all))

    @property
    def ever(self) -> frozenset[int]:
        """The positions that some window chose."""
        return frozenset[int]().union(*(vote.chosen for vote in self.all))

    def chance(self, index: int) -> float:
        """Return the mean of the Beta posterior that a passage helps; the prior's where no window saw it."""
        yes, no = _PRIOR
        for vote in self.all:
            if index in vote.chosen:
                yes += vote.weight
            elif index in vote.seen:
                no += vote.weight
        return yes / (yes + no)

    def answer(self) -> str:
        """Return the answer that weighs most over the windows, in its last wording; the later one of equal ones."""
        weights: defaultdict[tuple[str, ...], float] = defaultdict(float)
        last: dict[tuple[str, ...], tuple[int, str]] = {}
        for place, vote in enumerate(self.all):
            if vote.answer:
                weights[_key(vote.answer)] += vote.weight
                last[_key(vote.answer)] = (place, vote.answer)
        if not weights:
            return ""
        best = max(weights, key=lambda key: (weights[key], last[key][0]))
        return last[best][1]

    def minority(self, members: Sequence[int]) -> frozenset[int]:
        """Return the members that only windows with another answer than the agreed one have chosen."""
        agreed = _key(self.answer())
        if not agreed:
            return frozenset()
        found = {index for index in members if any(index in vote.chosen and vote.answer for vote in self.all)}
        return frozenset(
            index
            for index in found
            if not any(index in vote.chosen and _key(vote.answer) in ((), agreed) for vote in self.all)
        )


def _key(answer: str) -> tuple[str, ...]:
    return tuple(words(answer))
