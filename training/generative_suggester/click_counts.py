"""f_stat of the click model: how often what is suggested was clicked, under a Beta prior (spec 06 §2.3, ours).

    rate = (C + s m) / (N + s),    N = sum over showings of theta(slot)

C clicks in showings whose slots are seen theta as often as the first, m the overall rate of the first slot and s the
strength of the prior. A key is the suggestion for its query, a word of the query with an added word, or the added words
alone; keys are hashed, so that a file holds no text of the log. What was never seen has the prior's rate, and the
prior's spread.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np

from questline.tools.suggestion.ctr_features import Doubles
from questline.tools.suggestion.similarity import facet
from questline.tools.text import content_terms, words

from .shown import Shown

__all__ = ["LEVELS", "Counts", "counted", "keys_of"]

LEVELS: Final = ("suggestion_rate", "pair_rate", "added_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Clicks and showings by hashed key."""

    clicks: Mapping[str, float] = field(default_factory=dict[str, float])
    showings: Mapping[str, float] = field(default_factory=dict[str, float])
    """As if all had been in the first slot."""
    mean: float = 0.2
    """m."""
    strength: float = 8.0
    """s."""

    def beta(self, key: str) -> tuple[float, float]:
        """Return both numbers of the Beta distribution of a key's rate."""
        clicked = self.clicks.get(key, 0.0)
        missed = max(self.showings.get(key, 0.0) - clicked, 0.0)
        return clicked + self.strength * self.mean, missed + self.strength * (1 - self.mean)

    def features(self, query: str, option: str, *, less: tuple[float, float] | None = None) -> list[float]:
        """Return the log odds of the smoothed rate above the prior's, a number for each of `LEVELS`.

        Args:
            query: What was asked.
            option: What is suggested.
            less: Clicks and showings that are taken away first: what the row itself brought.
        """
        one, two = less or (0.0, 0.0)
        prior = math.log(self.mean / (1 - self.mean))
        found: list[float] = []
        for keys in keys_of(query, option):
            told = 0.0
            for key in keys:
                first, second = self.beta(key)
                first = max(first - one, self.strength * self.mean)
                second = max(second - max(two - one, 0.0), self.strength * (1 - self.mean))
                told += math.log(first / second) - prior
            found.append(told / len(keys) if keys else 0.0)
        return found

    def spread(self, query: str, option: str, members: int) -> Doubles:
        """Return what draws of the rates from their Beta distributions add to `features`: [members, len(LEVELS)].

        The normal approximation of the log odds; a member draws the same for the same key.
        """
        found = np.zeros((members, len(LEVELS)))
        for level, keys in enumerate(keys_of(query, option)):
            for key in keys:
                first, second = self.beta(key)
                found[:, level] += _normals(key, members) * math.sqrt(1 / first + 1 / second) / len(keys)
        return found


def counted(
    rows: Iterable[Shown], weights: Iterable[float], theta: Sequence[float], *, mean: float, strength: float
) -> Counts:
    """Count a log.

    Args:
        rows: Of it.
        weights: Of each row, beside its own.
        theta: How often a slot is seen, beside the first; later ones are as the last.
        mean: Rate of the prior.
        strength: Showings that the prior weighs as much as.
    """
    clicks: dict[str, float] = {}
    showings: dict[str, float] = {}
    for row, weight in zip(rows, weights, strict=True):
        for place, (option, rate) in enumerate(zip(row.options, row.rates, strict=True)):
            seen = theta[min(place, len(theta) - 1)]
            for keys in keys_of(row.query, option):
                for key in keys:
                    clicks[key] = clicks.get(key, 0.0) + weight * row.weight * rate
                    showings[key] = showings.get(key, 0.0) + weight * row.weight * seen
    return Counts(clicks=clicks, showings=showings, mean=mean, strength=strength)


@lru_cache(maxsize=65536)
def keys_of(query: str, option: str) -> tuple[tuple[str, ...], ...]:
    """Return the hashed keys of each of `LEVELS`."""
    new = facet(query, option)
    terms = sorted(set(content_terms(query)) or set(words(query)))
    pairs = tuple(_hash(f"p:{term}:{word}") for term in terms for word in dict.fromkeys(new))
    return (_hash(f"s:{query}:{option}"),), pairs, (_hash(f"a:{' '.join(new)}"),)


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()


@lru_cache(maxsize=65536)
def _normals(key: str, members: int) -> Doubles:
    return np.random.default_rng(int(key, 16)).standard_normal(members)
