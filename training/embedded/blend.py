"""Join the cross-encoder's relevance with what came before it: word scores and the bi-encoder's cosine."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.tools.text import content_terms
from questline.training.evaluation.ranking_metrics import reciprocal_rank

__all__ = ["Blend", "Listed", "best_blend", "word_scores"]

Floats = NDArray[np.float64]
_STEPS: Final = (0.0, 0.15, 0.3, 0.5, 0.75, 1.0, 1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One question's candidates with three scores each."""

    words: Floats
    cosine: Floats
    cross: Floats
    ids: tuple[str, ...]
    grades: Mapping[str, int]
    """Of everything judged, candidates or not."""

    def order(self, scores: Floats) -> list[str]:
        """Return the ids, best first, equal scores in the order given."""
        return [self.ids[place] for place in np.argsort(-scores, kind="stable")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """score = z(cross) + cosine · z(cosine) + words · z(words), z over the question's candidates."""

    cosine: float = 0.0
    words: float = 0.0
    cross: float = 1.0

    def as_dict(self) -> dict[str, float]:
        """Return the three weights by name."""
        return {"cross": self.cross, "cosine": self.cosine, "words": self.words}

    def scores(self, listed: Listed) -> Floats:
        """Return one score a candidate."""
        parts = ((self.cross, listed.cross), (self.cosine, listed.cosine), (self.words, listed.words))
        return sum((weight * _z(values) for weight, values in parts if weight), np.zeros(len(listed.ids)))


def best_blend(lists: Sequence[Listed]) -> tuple[Blend, float]:
    """Return the weights with the highest MRR over `lists`, the smaller weights where several have it."""
    tried: list[tuple[float, float, Blend]] = []
    for cosine, words in itertools.product(_STEPS, _STEPS):
        blend = Blend(cosine=cosine, words=words)
        found = [reciprocal_rank(one.order(blend.scores(one)), one.grades) for one in lists]
        tried.append((float(np.mean(found)), -(cosine + words), blend))
    value, _, blend = max(tried, key=lambda one: one[:2])
    return blend, value


def word_scores(question: str, texts: Sequence[str], *, k1: float = 0.9, b: float = 0.4) -> Floats:
    """Return BM25 of each text, with the rarity of a word taken from the candidates themselves."""
    wanted = set(content_terms(question))
    counts = [Counter(content_terms(text)) for text in texts]
    lengths = np.array([sum(count.values()) for count in counts], np.float64)
    mean = float(lengths.mean()) or 1.0
    scores = np.zeros(len(texts))
    for word in sorted(wanted):
        have = np.array([count[word] for count in counts], np.float64)
        rarity = math.log(1 + (len(texts) - (have > 0).sum() + 0.5) / ((have > 0).sum() + 0.5))
        scores += rarity * have * (k1 + 1) / (have + k1 * (1 - b + b * lengths / mean))
    return scores


def _z(values: Floats) -> Floats:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)
