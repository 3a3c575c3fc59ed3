"""How the passages of one call stand while they are looked at more closely, and what the others learn from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .pooling import falling

__all__ = ["Standing", "carried"]

Doubles: TypeAlias = NDArray[np.float64]
_MOST: Final = 10.0
"""Log odds by which a closer look at some moves the others, at most."""
_HALVINGS: Final = 40


@dataclass(slots=True)
class Standing:
    """Log odds by position, and how much they are worth."""

    strengths: Doubles
    """Log odds."""
    ranks: Sequence[int]
    """Of the first stage."""
    looks: NDArray[np.int64]
    """How closely each was looked at: 0 its words, 1 its cosine, 2 read."""
    untouched: set[int] = field(default_factory=set[int])
    """Those that time did not suffice for."""

    def order(self) -> list[int]:
        """Return all positions, best first: who was looked at more closely stands above who was not."""
        return sorted(
            range(len(self.ranks)), key=lambda index: (-self.looks[index], -self.strengths[index], self.ranks[index])
        )

    def take(self, look: int, values: Mapping[int, float]) -> None:
        """Let the log odds of a closer look replace what was known."""
        for index, value in values.items():
            self.strengths[index], self.looks[index] = value, look

    def carry(self, look: int, before: Doubles, order: Sequence[int]) -> None:
        """Move those that a closer look left at `look` as it moved the passages nearest to them.

        How probable a cheap sign makes a passage depends on the collection; what was looked at closely says how rich
        this list is. The nearest are the lower half, for what stands out at the top says little of the rest.

        Args:
            look: Whose log odds are moved, all alike.
            before: The log odds of all as they were before the closer look, by position.
            order: What was looked at closely, in the order it had before.
        """
        nearest = list(order[len(order) // 2 :])
        if nearest:
            self.strengths[self.looks == look] += carried(before[nearest], self.strengths[nearest])

    def falling(self, order: Sequence[int]) -> Doubles:
        """Return the log odds in `order`, where they would rise replaced by those of a shared mean probability."""
        strengths = self.strengths[list(order)]
        chances = _chances(strengths)
        pooled = falling(chances)
        changed = pooled != chances
        shared = np.clip(pooled[changed], 1e-12, 1 - 1e-12)
        strengths[changed] = np.log(shared / (1 - shared))
        return np.minimum.accumulate(strengths)  # what rounding raised


def carried(cheap: Doubles, close: Doubles) -> float:
    """Return what has to be added to log odds `cheap` so that their mean probability is that of `close`."""
    wanted = float(_chances(close).mean())
    low, high = -_MOST, _MOST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if float(_chances(cheap + middle).mean()) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _chances(strengths: Doubles) -> Doubles:
    return np.exp(-np.logaddexp(0.0, -strengths))
