"""What the words of a query and its passages say about how well they fit, without a model.

Statistics are those of the list itself: a word that every passage holds tells none of them apart.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.retrieval.analyze import analyze

__all__ = ["WORD_FEATURES", "standard", "word_features"]

Doubles: TypeAlias = NDArray[np.float64]
WORD_FEATURES: Final = ("bm25", "coverage", "proximity", "length")
_K1: Final = 0.9
_B: Final = 0.4
_NEAR: Final = 4
"""Words within which two query words stand together."""


def word_features(query: str, texts: Sequence[str]) -> Doubles:
    """Return the features of each text, in the order of `WORD_FEATURES`: float64 [n, 4].

    ``bm25``: standard score of BM25 within the list (k1 0.9, b 0.4). ``coverage``: share of the query's words, weighted
    by rarity, that the text holds, in [0, 1]. ``proximity``: share of the query's neighbouring words that stand within
    four words of each other, in [0, 1]. ``length``: standard score of the logarithm of its length in words.
    """
    asked = list(dict.fromkeys(analyze(query)))
    terms = [analyze(text) for text in texts]
    counts = [Counter(words) for words in terms]
    rarity = _rarity(asked, counts)
    lengths = np.array([len(words) for words in terms], np.float64)
    return np.column_stack(
        [
            standard(_bm25(asked, counts, rarity, lengths)),
            [_coverage(asked, held, rarity) for held in counts],
            [_proximity(asked, words) for words in terms],
            standard(np.log1p(lengths)),
        ]
    ).reshape(len(texts), len(WORD_FEATURES))


def standard(values: Doubles) -> Doubles:
    """Return (value - mean) / deviation; all 0 where the values are equal."""
    spread = float(values.std()) if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 1e-12 else np.zeros_like(values)


def _rarity(asked: Sequence[str], counts: Sequence[Counter[str]]) -> dict[str, float]:
    n = len(counts)
    holders = {word: sum(word in held for held in counts) for word in asked}
    return {word: math.log(1 + (n - many + 0.5) / (many + 0.5)) for word, many in holders.items()}


def _bm25(asked: Sequence[str], counts: Sequence[Counter[str]], rarity: dict[str, float], lengths: Doubles) -> Doubles:
    average = float(lengths.mean()) if len(lengths) else 0.0
    scores = np.zeros(len(counts))
    for place, held in enumerate(counts):
        damp = _K1 * (1 - _B + _B * lengths[place] / (average or 1.0))
        scores[place] = sum(rarity[word] * held[word] * (_K1 + 1) / (held[word] + damp) for word in asked)
    return scores


def _coverage(asked: Sequence[str], held: Counter[str], rarity: dict[str, float]) -> float:
    total = sum(rarity.values())
    return sum(rarity[word] for word in asked if word in held) / total if total else 0.0


def _proximity(asked: Sequence[str], words: Sequence[str]) -> float:
    if len(asked) < 2:
        return 0.0
    places: dict[str, list[int]] = {word: [] for word in asked}
    for place, word in enumerate(words):
        if word in places:
            places[word].append(place)
    together = sum(_near(places[one], places[other]) for one, other in pairwise(asked))
    return together / (len(asked) - 1)


def _near(ones: Sequence[int], others: Sequence[int]) -> bool:
    """Say whether two rising lists of places come within `_NEAR` of each other."""
    i = j = 0
    while i < len(ones) and j < len(others):
        if abs(ones[i] - others[j]) <= _NEAR:
            return True
        if ones[i] < others[j]:
            i += 1
        else:
            j += 1
    return False
