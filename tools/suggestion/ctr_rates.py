"""How often what a suggestion adds to the query was clicked before, smoothed by a Beta prior.

A facet ("price list") or word with clicks C out of N engaged showings, in panes where chance alone would have given it
C0, has the rate (C - C0) / (N + strength): the posterior mean under a Beta prior that expects chance, less chance.
What was never seen is at 0. Keys are hashed, so that a model file holds no text of the log it was fitted on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

__all__ = ["Count", "Rates", "facet_key", "word_key"]

Count = tuple[float, float, int]
"""Clicks above chance, engaged showings, queries."""


@lru_cache(maxsize=65536)
def word_key(word: str) -> str:
    """Return the hashed key of a word."""
    return hashlib.blake2b(f"w:{word}".encode("utf-8", "replace"), digest_size=6).hexdigest()


def facet_key(words: Sequence[str]) -> str:
    """Return the hashed key of a whole facet."""
    return hashlib.blake2b(f"f:{' '.join(words)}".encode("utf-8", "replace"), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Counts by hashed key."""

    counts: Mapping[str, Count] = field(default_factory=dict[str, Count])
    strength: float = 5.0
    """Engaged showings that the prior weighs as much as."""

    def rate(self, key: str) -> float:
        """Return the smoothed rate above chance, 0 for what was never seen."""
        above, shown, _ = self.counts.get(key, (0.0, 0.0, 0))
        return above / (shown + self.strength)

    def features(self, facet: Sequence[str]) -> list[float]:
        """Return the rate of the facet, and the mean, highest and lowest rate of its words."""
        rates = [self.rate(word_key(word)) for word in facet] or [0.0]
        return [self.rate(facet_key(facet)), sum(rates) / len(rates), max(rates), min(rates)]

    def without(self, other: Rates) -> Rates:
        """Return these counts less those of `other`, which are part of them: what was known without those queries."""
        rest = dict(self.counts)
        for key, (above, shown, queries) in other.counts.items():
            mine = rest[key]
            rest[key] = (mine[0] - above, mine[1] - shown, mine[2] - queries)
        return Rates(counts=rest, strength=self.strength)

    def common(self, least: int) -> Rates:
        """Return what at least so many queries had: the rest could say who asked."""
        kept = {key: count for key, count in sorted(self.counts.items()) if count[2] >= least}
        return Rates(counts=kept, strength=self.strength)

    @classmethod
    def total(cls, parts: Iterable[Rates], *, strength: float) -> Rates:
        """Add up the counts of several queries."""
        counts: dict[str, Count] = {}
        for part in parts:
            for key, (above, shown, queries) in part.counts.items():
                mine = counts.get(key, (0.0, 0.0, 0))
                counts[key] = (mine[0] + above, mine[1] + shown, mine[2] + queries)
        return cls(counts=counts, strength=strength)
