"""``agents eval recommendation``: what a recommender says comes next, ranked among all items.

A row is a session; each click that is asked for is one case of the means, whose intervals resample sessions.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError
from questline.tools.recommendation import Weights
from questline.tools.recommendation.counts import Counts, count
from questline.tools.recommendation.files import read_sessions
from questline.tools.recommendation.neural.graph import Graph
from questline.tools.recommendation.neural.served import TrainedRecommender
from questline.tools.recommendation.ranking import recommended
from questline.training.evaluation.intervals import mean, percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.recommender.methods import NETWORKS, Method, network_scorer, scorer
from questline.training.recommender.ranks import MISSED, Ranker, at_depths
from questline.training.recommender.splits import Case, Split, cases, learnt

__all__ = ["RecommendationSuite"]

_NEGATIVES: Final = 500
_BIASED: Final = {"hr@10": "hr@10_of_500_biased", "ndcg@10": "ndcg@10_of_500_biased"}
_LIST: Final = 20


@dataclass(kw_only=True)
class RecommendationSuite:
    """Learn from one file, tell the next clicks of another."""

    train: Path
    test: Path
    method: Method = "embedded"
    model: Path | None = None
    """Folder of a trained recommender, for the methods ``trained`` and ``hybrid``."""
    split: Split = "sessions"
    exclude_seen: bool = False
    weights: Weights = field(default_factory=Weights)
    limit: int | None = None
    """First so many sessions are asked."""
    seed: int = 0
    """Of the sampled items."""
    name = "recommendation"

    def load(self) -> Sequence[Case]:
        """Return the sessions that are asked.

        Raises:
            UsageError: ``bad_data``; ``bad_param`` where what is asked would be learnt first.
        """
        if self.split == "sessions" and content_hash(self.train) == content_hash(self.test):
            raise UsageError(
                "train and test are the same sessions: name two files, or --split last to tell each one's last click",
                code="bad_param",
                argument="test",
            )
        self._graph = self._opened()
        found = cases(read_sessions(self.test), self.split)
        if not found:
            raise UsageError(f"no session of {str(self.test)!r} has two clicks", code="bad_data", path=self.test)
        return found[: self.limit]

    def identify(self, row: Case) -> str:
        """Return the session's id."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return method, split and weights, and the hashes of both files."""
        options: dict[str, Json] = {
            "method": self.method,
            "split": self.split,
            "exclude_seen": self.exclude_seen,
            "sampled_seed": self.seed,
            "weights": cast("Json", asdict(self.weights)),
        }
        data: dict[str, Json] = {"train": content_hash(self.train), "test": content_hash(self.test)}
        models: dict[str, Json] = {} if self._graph is None else {"recommender": self._graph.fingerprint}
        return {"options": options, "data": data, "models": models, "prompts": {}}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Count the training sessions."""
        self._counts: Counts = count(learnt(read_sessions(self.train), self.split))
        if self._graph is None:
            self._scores = scorer(self.method, self._counts, self.weights)
        else:
            self._scores = network_scorer(self._graph, self._counts, self.weights, hybrid=self.method == "hybrid")
            self._recommender = TrainedRecommender(self._graph)
        self._ranker = Ranker(self._counts)
        yield

    async def run(self, row: Case) -> Outcome:
        """Rank each click that is asked for; the time is that of one list of twenty."""
        index = self._counts.index
        ranks: list[Json] = []
        sampled: list[Json] = []
        for place in row.places:
            known = [index[item] for item in row.items[:place] if item in index]
            found = self._scores(known)
            target, seed = row.items[place], (self.seed, int.from_bytes(row.id.encode()[:16], "big"), place)
            ranks.append(self._ranker.rank(found, target, known if self.exclude_seen else ()))
            sampled.append(self._ranker.sampled_rank(found, target, known, seed, _NEGATIVES))
        prediction: dict[str, Json] = {"ranks": ranks, "sampled": sampled}
        return Outcome(prediction=prediction, scores={}, cost=self._timed(row), labels={})

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the means over clicks, full ranking first; sampled ones say that they are biased."""
        means: dict[str, list[float]] = {}
        clusters: list[str] = []
        unknown = 0
        for item in items:
            told = cast("Mapping[str, list[int]]", item.prediction or {"ranks": [], "sampled": []})
            for rank, among in zip(told["ranks"], told["sampled"], strict=True):
                clusters.append(item.id)
                unknown += rank == MISSED
                values = dict(at_depths(rank))
                sampled = at_depths(among)
                values |= {name: sampled[of] for of, name in _BIASED.items()}
                for name, value in values.items():
                    means.setdefault(name, []).append(value)
        metrics: dict[str, Json] = {name: mean(values) for name, values in means.items()}
        for cost, named in (("seconds", "ms"), ("processor_seconds", "processor_ms")):
            took = [1000 * item.cost[cost] for item in items if cost in item.cost]
            if took:
                metrics |= {f"{named}_p50": percentile(took, 50), f"{named}_p95": percentile(took, 95)}
        metrics |= {
            "unknown": unknown / len(clusters) if clusters else None,
            "sessions": len(items),
            "n": len(clusters),
        }
        return Summary(metrics=metrics, means=means, clusters=dict.fromkeys(means, clusters))

    def _opened(self) -> Graph | None:
        """Return the trained recommender, which must have learnt of `train` and of nothing that is asked."""
        if self.method not in NETWORKS:
            return None
        if self.model is None:
            raise UsageError(
                f"the method {self.method} needs --model, the folder that `agents train recommender` made",
                code="bad_param",
                argument="model",
            )
        graph = Graph.load(self.model)
        told = graph.learnt
        if "store" in told:
            raise UsageError(
                f"the model {str(self.model)!r} learnt of a store, whose sessions have no file to be held out "
                "of: learn one of a file with `agents train recommender --data FILE`, and measure that",
                code="bad_param",
                argument="model",
            )
        if told.get("sha256") != content_hash(self.train):
            raise UsageError(
                f"the model {str(self.model)!r} did not learn of {str(self.train)!r}: name the file that it learnt of",
                code="bad_param",
                argument="train",
            )
        if self.split == "last" and told.get("split") != "last":
            raise UsageError(
                f"the model {str(self.model)!r} has learnt the last clicks that would be asked: train it with "
                "--set split=last",
                code="bad_param",
                argument="model",
            )
        return graph

    def _timed(self, row: Case) -> dict[str, float]:
        if self.method not in {"embedded", "trained"}:
            return {}
        session = row.items[: row.places[-1]]
        started, worked = time.perf_counter(), time.thread_time()
        if self._graph is None:
            recommended(self._counts, session, _LIST, weights=self.weights, exclude_seen=self.exclude_seen)
        else:
            self._recommender.recommend(session, min(_LIST, len(self._graph.items)), exclude_seen=self.exclude_seen)
        return {"seconds": time.perf_counter() - started, "processor_seconds": time.thread_time() - worked}
