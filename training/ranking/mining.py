"""Make labelled lists from a corpus and questions that name their support: BM25's best, with what supports marked."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from questline.errors import UsageError
from questline.tools.retrieval.analyze import analyze
from questline.training.evaluation.lists import RankingList
from questline.training.evaluation.rows import read_qrels, read_queries, read_rows
from questline.types import Passage

__all__ = ["Bm25", "corpus_passages", "mine"]

_K1: Final = 0.9
_B: Final = 0.4


def mine(
    corpus: Path, questions: Path, *, depth: int, limit: int | None = None, source: str | None = None
) -> list[RankingList]:
    """Return a list of the `depth` best passages by BM25 for each question whose support is among them.

    Args:
        corpus: JSON lines of ``{id | _id, title, text}``.
        questions: JSON lines of ``{id, question, support[]}``.
        depth: Passages a list.
        limit: Every so-many-th question, so that at most this many are left; all by default.
        source: Take only questions of this ``source``.

    Raises:
        UsageError: ``bad_data`` and what else reading raises.
    """
    passages = corpus_passages(corpus)
    index = Bm25([passage.as_text() for passage in passages])
    qrels = read_qrels(questions)
    queries = [query for query in read_queries(questions) if query.id in qrels]
    if source is not None:
        named = {row.identifier("id", "_id") for row in read_rows(questions) if row.values.get("source") == source}
        queries = [query for query in queries if query.id in named]
    if limit is not None:
        queries = queries[:: max(1, -(-len(queries) // limit))]
    lists: list[RankingList] = []
    for query in queries:
        found = tuple(replace(passages[n], score=score) for n, score in index.best(query.text, depth))
        if any(passage.id in qrels[query.id] for passage in found):
            lists.append(RankingList(id=query.id, query=query.text, passages=found, grades=qrels[query.id]))
    if not lists:
        raise UsageError(
            f"no support of {str(questions)!r} is found in {str(corpus)!r}", code="bad_data", argument="support"
        )
    return lists


def corpus_passages(corpus: Path) -> list[Passage]:
    """Read the rows ``{id | _id, title, text}`` of a corpus as passages; raises what reading raises."""
    return [_passage(row.identifier("id", "_id"), row.values) for row in read_rows(corpus)]


def _passage(name: str, values: dict[str, object]) -> Passage:
    return Passage(
        id=name,
        document_id=name,
        source=name,
        title=str(values.get("title") or ""),
        text=str(values.get("text") or ""),
    )


class Bm25:
    """BM25 over texts in memory."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(analyze(text)) for text in texts]
        lengths = np.array([sum(held.values()) for held in counts], np.float64)
        self._damp = _K1 * (1 - _B + _B * lengths / max(1.0, float(lengths.mean())))
        self._n = len(counts)
        self._held: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, held in enumerate(counts):
            for word, count in held.items():
                self._held[word].append((number, count))

    def best(self, query: str, depth: int) -> Iterator[tuple[int, float]]:
        """Yield numbers and scores of the `depth` best texts, best first, ties by number."""
        scores = np.zeros(self._n)
        for word in dict.fromkeys(analyze(query)):
            postings = self._held.get(word, [])
            rarity = math.log(1 + (self._n - len(postings) + 0.5) / (len(postings) + 0.5))
            for number, count in postings:
                scores[number] += rarity * count * (_K1 + 1) / (count + self._damp[number])
        for number in np.argsort(-scores, kind="stable")[:depth].tolist():
            if scores[number] > 0:
                yield number, float(scores[number])
