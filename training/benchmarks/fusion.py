"""What each part of the shipped fusion is worth: the same index and candidates, ranked in other ways.

    python -P -m questline.training.benchmarks.fusion --corpus corpus.jsonl --questions dev.jsonl --json fusion.json

``reciprocal_rank`` adds 1 / (60 + rank) over the lexical and the dense list; ``z_scores`` adds the standard scores of
BM25 and cosine, unweighted. The weights of the shipped fusion were chosen on training questions: measure on others.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from questline.errors import UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.retrieval.derived import Derived
from questline.tools.retrieval.fusion import SHIPPED, Weights
from questline.tools.retrieval.ranking import Mode, Snapshot, rank
from questline.tools.retrieval.store import Store
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.intervals import bootstrap_interval, mean, paired_bootstrap
from questline.training.evaluation.items import CACHE
from questline.training.evaluation.ranking_metrics import ndcg, recall
from questline.training.evaluation.rows import Query, read_qrels, read_queries

from .harness import indexing_phases, parser, positive, run

__all__ = ["VARIANTS", "main", "measure", "reciprocal_rank_fusion"]

_DEPTH: Final = 120
"""What the index ranks for `agents eval retrieval`, so that ``shipped`` gives the same figures."""
_RRF_K: Final = 60
_SHIPPED: Final = "shipped"
_METRICS: Final[dict[str, Callable[[Sequence[str], Mapping[str, int]], float]]] = {
    "recall@5": lambda ranked, grades: recall(ranked, grades, 5),
    "recall@10": lambda ranked, grades: recall(ranked, grades, 10),
    "ndcg@10": lambda ranked, grades: ndcg(ranked, grades, 10),
}
Variant: TypeAlias = Callable[[Snapshot, str], list[int]]
"""Passage numbers for a query, best first."""


def reciprocal_rank_fusion(lists: Sequence[Sequence[int]], *, k: int = _RRF_K) -> list[int]:
    """Return all entries by the sum of 1 / (k + rank) over the lists, ranks from 1; ties keep the order of arrival."""
    scores: defaultdict[int, float] = defaultdict(float)
    for ranked in lists:
        for place, number in enumerate(ranked, start=1):
            scores[number] += 1 / (k + place)
    return sorted(scores, key=lambda number: -scores[number])


def _alone(mode: Mode) -> Variant:
    return lambda snapshot, query: rank(snapshot, query, limit=_DEPTH, allowed=None, mode=mode).numbers


def _weighted(weights: Weights) -> Variant:
    def ranked(snapshot: Snapshot, query: str) -> list[int]:
        return rank(snapshot, query, limit=_DEPTH, allowed=None, mode="hybrid", weights=weights).numbers

    return ranked


_LEXICAL, _DENSE = _alone("lexical"), _alone("dense")
VARIANTS: Final[dict[str, Variant]] = {
    "lexical": _LEXICAL,
    "dense": _DENSE,
    "reciprocal_rank": lambda snapshot, query: reciprocal_rank_fusion(
        [_LEXICAL(snapshot, query), _DENSE(snapshot, query)]
    ),
    "z_scores": _weighted(Weights(dense=1.0, mention=0.0, link=0.0)),
    "shipped_without_title": _weighted(Weights(mention=0.0)),
    "shipped_without_link": _weighted(Weights(link=0.0)),
    _SHIPPED: _weighted(SHIPPED),
}


class _OneEncoding:
    """The packaged encoder, which encodes a query once for all variants."""

    def __init__(self, encoder: Encoder) -> None:
        self.dimension = encoder.dimension
        self.fingerprint = encoder.fingerprint

        @lru_cache(maxsize=8)
        def one(text: str) -> NDArray[np.float32]:
            return encoder.encode([text])[0]

        self._one = one

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        """Return one vector a text."""
        del progress
        return np.stack([self._one(text) for text in texts])


def measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    """Rank every judged question in every way and return the figures."""
    qrels = read_qrels(chosen.questions)
    queries = [query for query in read_queries(chosen.questions) if query.id in qrels][: chosen.limit]
    if not queries:
        raise UsageError(
            f"no question of {str(chosen.questions)!r} names its support", code="bad_data", field="support"
        )
    with open_corpus(chosen.corpus, chosen.cache, progress=indexing_phases(bar)) as index:
        folder = index.folder
    store = Store(folder, read_only=True)
    try:
        snapshot = Derived(store, _OneEncoding(Encoder.load()), threads=1).snapshot()
        ranked = [_documents(snapshot, query) for query in bar.track(queries, description="ranking")]
    finally:
        store.close()
    return {"n": len(queries), "rrf_k": _RRF_K, "shipped_weights": asdict(SHIPPED), **_figures(queries, ranked, qrels)}


def _documents(snapshot: Snapshot, query: Query) -> dict[str, list[str]]:
    """Return the ids of the documents that each variant finds, best first."""
    numbers = {name: variant(snapshot, query.text) for name, variant in VARIANTS.items()}
    passages = snapshot.store.passages(sorted({number for found in numbers.values() for number in found}))
    return {
        name: list(dict.fromkeys(passages[number].document_id for number in found if number in passages))
        for name, found in numbers.items()
    }


def _figures(
    queries: Sequence[Query], ranked: Sequence[Mapping[str, list[str]]], qrels: Mapping[str, Mapping[str, int]]
) -> dict[str, object]:
    scores = {
        name: {
            metric: [score(found[name], qrels[query.id]) for query, found in zip(queries, ranked, strict=True)]
            for metric, score in _METRICS.items()
        }
        for name in VARIANTS
    }
    return {
        "variants": {name: _means(values) for name, values in scores.items()},
        "shipped_minus": {
            name: {metric: _difference(values[metric], scores[_SHIPPED][metric]) for metric in _METRICS}
            for name, values in scores.items()
            if name != _SHIPPED
        },
    }


def _means(values: Mapping[str, Sequence[float]]) -> dict[str, object]:
    return {
        **{metric: mean(numbers) for metric, numbers in values.items()},
        "intervals": {metric: list(bootstrap_interval(numbers)) for metric, numbers in values.items()},
    }


def _difference(other: Sequence[float], shipped: Sequence[float]) -> dict[str, float]:
    found = paired_bootstrap(other, shipped)
    return {"difference": found.difference, "low": found.low, "high": found.high, "p": found.p}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--corpus", type=Path, required=True, help="JSON lines of {id|_id, title, text}, plain or .gz")
    options.add_argument("--questions", type=Path, required=True, help="JSON lines of {id, question, support}")
    options.add_argument("--limit", type=positive, default=None, help="only the first so many questions")
    options.add_argument("--cache", type=Path, default=CACHE, help="folder of indexes")
    return run("fusion", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
