"""BM25 over a closed list of passages in memory, one score a passage for each query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.tools.retrieval.analyze import analyze

__all__ = ["Sparse", "best_of"]

_K1: Final = 1.2
_B: Final = 0.75


class Sparse:
    """An inverted index whose postings already hold their BM25 weights.

    Source: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), §3; k1 1.2 and b .75 as in spec 09 §7.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(analyze(text)) for text in texts]
        self.lengths = lengths = np.array([sum(each.values()) for each in counts], np.float32)
        """Terms of each passage."""
        self.size = len(texts)
        norm = _K1 * (1 - _B + _B * lengths / max(float(lengths.mean()) if self.size else 1.0, 1.0))
        held: dict[str, tuple[list[int], list[int]]] = {}
        for place, terms in enumerate(counts):
            for term, count in terms.items():
                places, times = held.setdefault(term, ([], []))
                places.append(place)
                times.append(count)
        self._postings: dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}
        for term, (places, times) in held.items():
            at = np.array(places, np.int64)
            often = np.array(times, np.float32)
            weight = self._rarity(len(places)) * often * (_K1 + 1) / (often + norm[at])
            self._postings[term] = (at, weight.astype(np.float32))

    def _rarity(self, holders: int) -> float:
        return float(np.log1p((self.size - holders + 0.5) / (holders + 0.5)))

    def rarity(self, term: str) -> float:
        """Return the inverse document frequency of a term; that of a term that no passage has is the highest."""
        found = self._postings.get(term)
        return self._rarity(0 if found is None else found[0].size)

    def scores(self, terms: Mapping[str, float]) -> NDArray[np.float32]:
        """Return one score a passage, shape [passages], for weighted terms; 0 where none of them stands."""
        total = np.zeros(self.size, np.float32)
        for term, weight in terms.items():
            found = self._postings.get(term)
            if found is not None and weight:
                total[found[0]] += weight * found[1]
        return total


def best_of(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the places of the greatest values, best first, at most so many; equal ones by their place."""
    if count < values.size:
        least = np.partition(values, values.size - count)[values.size - count]
        among = np.flatnonzero(values >= least)
    else:
        among = np.arange(values.size)
    return among[np.argsort(-values[among], kind="stable")][:count].astype(np.int64)
