"""What several windows say together: how likely each passage helps, and which answer most of them give.

m_i = (a0 + sum of c_r * s_ri) / (a0 + b0 + sum of c_r), over the windows r that saw i

c_r is the window's weight, s_ri how likely it was to choose i: what the judge tells of that (from the logits of a
model, `logits`), else 1 or 0. Where every window tells it, it is no count of a few yes and no, and a0 and b0 are left
out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from questline.tools.text import words

from .contract import Source

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
    chances: Mapping[int, float] | None = None
    """How likely the window was to choose each of ``seen``; None where the judge does not tell."""


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
        """Return how likely a passage helps: the mean of the posterior above; the prior's where no window saw it."""
        saw = [vote for vote in self.all if index in vote.seen]
        told = bool(saw) and all(vote.chances is not None and index in vote.chances for vote in saw)
        yes, no = (0.0, 0.0) if told else _PRIOR
        for vote in saw:
            chance = float(index in vote.chosen)
            if vote.chances is not None:
                chance = min(1.0, max(0.0, vote.chances.get(index, chance)))
            yes += vote.weight * chance
            no += vote.weight * (1 - chance)
        return yes / (yes + no)

    @property
    def source(self) -> Source:
        """Where the chances come from: ``logits`` where every window told its own."""
        return "logits" if self.all and all(vote.chances is not None for vote in self.all) else "windows"

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
