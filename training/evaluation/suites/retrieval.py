"""``agents eval retrieval``: how well the index finds what the judgements call relevant, and how fast."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from questline.errors import UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.retrieval.report import Progress
from questline.training.evaluation.corpus_index import built, open_corpus
from questline.training.evaluation.intervals import mean, percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.ranking_metrics import ndcg, recall, reciprocal_rank
from questline.training.evaluation.rows import Qrels, Query, content_hash, read_qrels, read_queries
from questline.training.evaluation.suite import Outcome, Summary
from questline.types import Passage

__all__ = ["MODES", "Mode", "RetrievalSuite", "ranked_documents"]

Mode = Literal["lexical", "dense", "hybrid"]
MODES: Final[tuple[Mode, ...]] = ("lexical", "dense", "hybrid")
_DEPTH: Final = 100
_SHOWN: Final = 10
"""Ids kept as an item's prediction."""
_METRICS: Final[dict[str, Callable[[Sequence[str], Mapping[str, int]], float]]] = {
    "ndcg@10": lambda ranked, grades: ndcg(ranked, grades, 10),
    "recall@5": lambda ranked, grades: recall(ranked, grades, 5),
    "recall@10": lambda ranked, grades: recall(ranked, grades, 10),
    "recall@100": lambda ranked, grades: recall(ranked, grades, 100),
    "mrr@10": lambda ranked, grades: reciprocal_rank(ranked, grades, 10),
}


@dataclass(kw_only=True)
class RetrievalSuite:
    """Search a corpus for every judged query and score the documents found."""

    corpus: Path
    queries: Path
    qrels: Path
    cache: Path
    mode: Mode = "hybrid"
    threads: int = 1
    limit: int | None = None
    """First so many judged queries; all by default."""
    indexing: Progress | None = None
    """Hears how far indexing has come."""
    name = "retrieval"

    def load(self) -> Sequence[Query]:
        """Return the queries that have judgements; raises `UsageError` ``bad_data`` where none has."""
        self._qrels: Qrels = read_qrels(self.qrels)
        queries = [query for query in read_queries(self.queries) if query.id in self._qrels]
        if not queries:
            raise UsageError(
                f"no query of {str(self.queries)!r} has a judgement in {str(self.qrels)!r}: their ids differ",
                code="bad_data",
                path=self.qrels,
                field="q",
            )
        return queries[: self.limit]

    def identify(self, row: Query) -> str:
        """Return the query's id."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the mode, and the hashes of data and encoder."""
        files = {"corpus": self.corpus, "queries": self.queries, "qrels": self.qrels}
        return {
            "options": {"mode": self.mode, "threads": self.threads},
            "data": {name: content_hash(path) for name, path in files.items()},
            "models": {"encoder": Encoder.load(threads=self.threads).fingerprint},
            "prompts": {},
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Open the corpus's index, and search once so that no query pays for loading."""
        with open_corpus(self.corpus, self.cache, threads=self.threads, progress=self.indexing) as index:
            self._index = index
            await index.search("warm up", k=1, mode=self.mode)
            yield

    def show(self, row: Query) -> Mapping[str, Json]:
        """Return the query and the documents that count as found."""
        return {"question": row.text, "expected": [name for name, grade in self._qrels[row.id].items() if grade > 0]}

    async def run(self, row: Query) -> Outcome:
        """Search to depth 100 and score the documents."""
        started = time.perf_counter()
        found = await self._index.search(row.text, k=_DEPTH, mode=self.mode)
        seconds = time.perf_counter() - started
        ranked = ranked_documents(found)
        return Outcome(
            prediction=list(ranked[:_SHOWN]),
            scores={name: metric(ranked, self._qrels[row.id]) for name, metric in _METRICS.items()},
            cost={"seconds": seconds},
        )

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the means (a failed query scores 0), the latencies and the speed of indexing."""
        means = {name: [item.scores.get(name, 0.0) for item in items] for name in _METRICS}
        milliseconds = [1000 * item.cost["seconds"] for item in items if "seconds" in item.cost]
        metrics: dict[str, Json] = {name: mean(values) for name, values in means.items()}
        indexed = built(self.corpus, self.cache)
        metrics["ms_p50"] = percentile(milliseconds, 50)
        metrics["ms_p95"] = percentile(milliseconds, 95)
        metrics["passages_per_second_indexed"] = indexed.per_second if indexed else None
        metrics["n"] = len(items)
        return Summary(metrics=metrics, means=means)


def ranked_documents(passages: Sequence[Passage]) -> list[str]:
    """Return the ids of the documents in the order in which their first passage was found."""
    return list(dict.fromkeys(passage.document_id for passage in passages))
