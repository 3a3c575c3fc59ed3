"""BM25 over the fields of tools, kept as one table of finished weights: a score for *every* tool costs well under 1 ms.

The fusion adds a tool's lexical score to its cosine, so that it needs both for all tools, not the best of each list:
that, and weights by field, is why this is not the document index's tantivy. A catalogue has thousands of tools, not
millions of passages.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.retrieval.analyze import analyze

from .documents import ToolDocument, split_name

__all__ = ["LexicalTable", "counted", "query_terms"]

Floats: TypeAlias = NDArray[np.float32]
_K1: Final = 1.2
_B: Final = 0.75
_NAME: Final = 2.0
_PARAMETER: Final = 0.5
_SERVER: Final = 0.5
_QUERIES: Final = 0.5
"""Weights of fields beside the description's 1. Recall@5 on `stabletoolbench_G1` with none of parameters .68, with
them .70, and with B .75 in place of .5 .74; the name's weight changes nothing between 1 and 3."""
_MOST_TERMS: Final = 256
"""Different terms of a query that count; more come from pasted documents."""


def counted(tool: ToolDocument) -> Mapping[str, float]:
    """Return the terms of a tool, each with how often it stands there, weighted by field."""
    counts: Counter[str] = Counter()
    fields: Iterable[tuple[float, Iterable[str]]] = (
        (_NAME, (split_name(tool.name),)),
        (1.0, (tool.description,)),
        (_PARAMETER, (f"{split_name(name)} {said}" for name, said in tool.parameters)),
        (_SERVER, (split_name(tool.server), tool.server_description)),
        (_QUERIES, tool.queries),
    )
    for weight, texts in fields:
        for text in texts:
            for term in analyze(text):
                counts[term] += weight  # pyright: ignore[reportArgumentType]  # because a Counter adds any number
    return counts


def query_terms(query: str) -> tuple[str, ...]:
    """Return the different terms of a query, in order."""
    return tuple(dict.fromkeys(analyze(query)))[:_MOST_TERMS]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """Where each term's tools and weights lie in the table."""

    places: Mapping[str, tuple[int, int]]
    idf: Mapping[str, float]


class LexicalTable:
    """Which term says how much for which tool."""

    def __init__(self, tools: Sequence[Mapping[str, float]]) -> None:
        """Weigh the terms of `tools`, each as `counted` gives them."""
        self._tools = len(tools)
        lengths = np.array([sum(counts.values()) for counts in tools], np.float64)
        mean = float(lengths.mean()) if self._tools else 1.0
        norms = _K1 * (1 - _B + _B * lengths / max(mean, 1e-9))
        postings: dict[str, list[tuple[int, float]]] = {}
        for place, counts in enumerate(tools):
            for term, count in counts.items():
                postings.setdefault(term, []).append((place, count))
        size = sum(map(len, postings.values()))
        self._owners = np.empty(size, np.int32)
        self._weights = np.empty(size, np.float32)
        places: dict[str, tuple[int, int]] = {}
        idf: dict[str, float] = {}
        end = 0
        for term, found in postings.items():
            start, end = end, end + len(found)
            owners = np.array([place for place, _ in found], np.int32)
            counts = np.array([count for _, count in found])
            idf[term] = self._idf(len(found))
            self._owners[start:end] = owners
            self._weights[start:end] = idf[term] * counts * (_K1 + 1) / (counts + norms[owners])
            places[term] = (start, end)
        self._terms = _Terms(places=places, idf=idf)

    def _idf(self, holders: int) -> float:
        return math.log(1 + (self._tools - holders + 0.5) / (holders + 0.5))

    def scores(self, terms: Sequence[str]) -> Floats:
        """Return BM25 of each tool over the most that the query's terms can reach: float32 [tools], within [0, 1]."""
        scores = np.zeros(self._tools, np.float32)
        most = 0.0
        for term in terms:
            most += self._terms.idf.get(term) or self._idf(0)
            if term in self._terms.places:
                start, end = self._terms.places[term]
                scores[self._owners[start:end]] += self._weights[start:end]
        return scores / np.float32(most * (_K1 + 1)) if most > 0 else scores
