"""Examples of the user's own corpus for a query: nearest by shared characters, then the popular among them."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from questline.errors import UsageError

from .values import Example

__all__ = ["ExampleRetriever"]

_EDGES: Final = "\x02", "\x03"


class ExampleRetriever:
    """Inner product of normalised vectors of one and two characters, weighted by rarity.

    arXiv:2508.21476 searches dense vectors of queries and re-sorts the ``k_search`` nearest by clicks; characters stand
    in for the vectors, for the shipped encoder reads little Chinese. A corpus of one text has one example.
    """

    def __init__(self, corpus: Sequence[Example]) -> None:
        self._corpus = list({(each.query, each.text): each for each in corpus}.values())
        counts = [Counter(_grams(each.query)) for each in self._corpus]
        seen = Counter(gram for each in counts for gram in each)
        self._rarity = {gram: math.log(1 + len(counts) / count) for gram, count in seen.items()}
        self._unknown = math.log(1 + len(counts))
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for place, each in enumerate(counts):
            for gram, weight in self._vector(each).items():
                self._postings.setdefault(gram, []).append((place, weight))

    def __len__(self) -> int:
        return len(self._corpus)

    def search(self, query: str, *, k_search: int = 20, k_final: int = 3) -> list[Example]:
        """Return at most `k_final` examples: of the `k_search` nearest the most popular, the nearer one first on a tie.

        A query that shares no character with any of the corpus gets none.

        Raises:
            UsageError: ``empty_query``, or ``bad_k`` unless 1 <= k_final <= k_search.
        """
        if not query.strip():
            raise UsageError("the query is empty", code="empty_query", argument="query")
        if not 1 <= k_final <= k_search:
            raise UsageError(
                f"k_final={k_final!r} must be at least 1 and at most k_search={k_search!r}", code="bad_k", k=k_final
            )
        found: Counter[int] = Counter()
        for gram, weight in self._vector(Counter(_grams(query))).items():
            for place, other in self._postings.get(gram, ()):
                found[place] += weight * other  # pyright: ignore[reportArgumentType]  # because a Counter sums floats too
        nearest = heapq.nsmallest(k_search, found, key=lambda place: (-found[place], place))
        by_popularity = sorted(nearest, key=lambda place: (-self._corpus[place].popularity, -found[place], place))
        return [replace(self._corpus[place], similarity=min(1.0, found[place])) for place in by_popularity[:k_final]]

    def _vector(self, counts: Counter[str]) -> dict[str, float]:
        weights = {gram: count * self._rarity.get(gram, self._unknown) for gram, count in counts.items()}
        size = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {gram: weight / size for gram, weight in weights.items()}


def _grams(text: str) -> list[str]:
    plain = "".join(text.casefold().split())
    framed = [_EDGES[0], *plain, _EDGES[1]]
    return [*plain, *(first + second for first, second in pairwise(framed))]
