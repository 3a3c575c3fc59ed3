"""Users made here who click by a known model, so that what is learnt of them can be compared with what they are.

    p(click | x, q, S, k) = sigmoid( base + rel(x, q) - redundancy * most(x, S) + g(k) )                      (ours)

rel is the mean taste for pairs of a word of the query and a word that the suggestion adds, and for the added words as a
whole; every taste is drawn from the seed and the words alone, so that any texts may be asked about. most is the largest
share of added words in common with another suggestion of the list, and g falls from slot to slot.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np

from questline.errors import UsageError
from questline.tools.suggestion.ctr_features import Doubles
from questline.tools.suggestion.similarity import facet
from questline.tools.text import content_terms, words

__all__ = ["KnownUsers", "added"]

_FOREIGN: Final = -3.0
"""Taste for what has no word of the query, or nothing but its words."""
_WHOLE: Final = 0.4
"""Share of the taste for the added words as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUsers:
    """What users like; nothing of it is told to what learns from their clicks."""

    seed: int = 0
    base: float = -1.2
    spread: float = 1.9
    """Standard deviation of a single taste."""
    redundancy: float = 2.0
    position: tuple[float, ...] = (0.0, -0.6, -1.2, -1.6, -1.9)
    """g of each slot; later ones are as the last."""

    def __post_init__(self) -> None:
        if not self.position or self.position[0]:
            raise UsageError("the first slot's effect is 0, and the others are told beside it", argument="position")

    def relevance(self, query: str, suggestion: str) -> float:
        """Return rel: log odds beside an average suggestion."""
        return _relevance(self.seed, self.spread, query, suggestion)

    def chances(self, query: str, options: Sequence[str]) -> Doubles:
        """Return how likely each option is clicked where it stands, [n]."""
        logits = [
            self.base
            + self.relevance(query, option)
            - self.redundancy * _most(query, options, place)
            + self.position[min(place, len(self.position) - 1)]
            for place, option in enumerate(options)
        ]
        return 1 / (1 + np.exp(-np.array(logits)))

    def clicks(self, query: str, options: Sequence[str], chance: random.Random) -> tuple[float, ...]:
        """Return 1 for each option that is clicked, else 0."""
        return tuple(float(chance.random() < each) for each in self.chances(query, options))


def added(query: str, option: str) -> frozenset[str]:
    """Return the words that a suggestion adds to the query."""
    return _added(query, option)


@lru_cache(maxsize=65536)
def _added(query: str, option: str) -> frozenset[str]:
    return frozenset(facet(query, option))


def _most(query: str, options: Sequence[str], place: int) -> float:
    mine = added(query, options[place])
    others = (added(query, option) for other, option in enumerate(options) if other != place)
    return max((len(mine & each) / len(mine | each) if mine | each else 1.0 for each in others), default=0.0)


@lru_cache(maxsize=65536)
def _relevance(seed: int, spread: float, query: str, suggestion: str) -> float:
    new = sorted(added(query, suggestion))
    terms = sorted(set(content_terms(query)) or set(words(query)))
    if not new or not set(terms) & (set(content_terms(suggestion)) | set(words(suggestion))):
        return _FOREIGN
    pairs = [_taste(f"{seed} {term} {word}") for term in terms for word in new]
    return spread * ((1 - _WHOLE) * sum(pairs) / len(pairs) + _WHOLE * _taste(f"{seed} {' '.join(new)}"))


def _taste(key: str) -> float:
    """Return a number that is drawn like a standard normal one, the same for the same key."""
    digest = hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()
    return NormalDist().inv_cdf((int.from_bytes(digest, "big") + 0.5) / 2**64)
