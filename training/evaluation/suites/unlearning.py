"""``agents eval unlearning``: what forgetting leaves behind and what it breaks, held against never having learnt.

A row is a seed: clicks are drawn, the model is trained with them, forgets them, and is compared with the one that was
trained without. All models here are the embedded recommender's counts; the last click of each session is never learnt.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np

from questline.errors import UsageError
from questline.tools.recommendation import Weights
from questline.tools.recommendation.changing import replaced
from questline.tools.recommendation.counts import Counts, count
from questline.tools.recommendation.files import read_categories, read_sessions
from questline.tools.recommendation.scoring import Doubles, scores
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.recommender.forgetting_metrics import divergences, membership_auc, spread
from questline.training.recommender.forgetting_summary import summarized
from questline.training.recommender.ranks import Ranker, at_depths
from questline.training.recommender.request_sets import drawn, without
from questline.training.recommender.splits import learnt

__all__ = ["METHODS", "Method", "UnlearningSuite"]

Method: TypeAlias = Literal["original", "exact", "retrain"]
METHODS: Final[tuple[Method, ...]] = ("original", "exact", "retrain")
"""The untouched model, exact deletion, and counting without what is forgotten."""
_NEGATIVES: Final = 500
_HIT: Final = "hr@10"
_NDCG: Final = "ndcg@10"
_COMPARED: Final = 300
"""Prefixes whose distributions are compared, and clicks that were never learnt, at most."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A click to tell: the items before it, and itself."""

    before: tuple[str, ...]
    item: str


@dataclass(kw_only=True)
class UnlearningSuite:
    """Draw, train, forget, compare: once a seed."""

    data: Path
    method: Method = "exact"
    requests: str = "clicks:0.01"
    seeds: int = 3
    limit: int | None = None
    """First so many sessions of the file."""
    categories: Path | None = None
    """Of items, for requests of categories."""
    name = "unlearning"

    def load(self) -> Sequence[int]:
        """Return the seeds.

        Raises:
            UsageError: ``bad_data``, or ``bad_param`` for requests that name nothing.
        """
        self._sessions = [each for each in read_sessions(self.data)[: self.limit] if len(each.items) > 1]
        if not self._sessions:
            raise UsageError(f"no session of {str(self.data)!r} has two clicks", code="bad_data", path=self.data)
        self._learnt = learnt(self._sessions, "last")
        self._categories = read_categories(self.categories) if self.categories else None
        drawn(self._learnt, self.requests, 0, self._categories)
        return range(self.seeds)

    def identify(self, row: int) -> str:
        """Return the seed."""
        return f"seed-{row}"

    def identity(self) -> Mapping[str, Json]:
        """Return method and requests, and the hash of the data."""
        options: dict[str, Json] = {"method": self.method, "requests": self.requests}
        data: dict[str, Json] = {"sessions": content_hash(self.data)}
        if self.limit is not None:
            options["sessions"] = self.limit
        if self.categories is not None:
            data["categories"] = content_hash(self.categories)
        return {"options": options, "data": data, "models": {}, "prompts": {}}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Count all sessions once: the untouched model is the same for every seed."""
        self._original = count(self._learnt)
        yield

    async def run(self, row: int) -> Outcome:
        """Measure one seed."""
        clicks = drawn(self._learnt, self.requests, row, self._categories)
        left = without(self._learnt, clicks)
        started = time.perf_counter()
        retrain = count(left)
        retraining = time.perf_counter() - started
        started = time.perf_counter()
        model = self._made(left, clicks)
        seconds = retraining if self.method == "retrain" else time.perf_counter() - started
        forgotten = [
            _forgotten(self._learnt[n], clicks[n], place) for n in sorted(clicks) for place in sorted(clicks[n])
        ]
        asked = [
            _Asked(tuple(left[at]), session.items[-1]) for at, session in enumerate(self._sessions) if at not in clicks
        ]
        values: dict[str, Json] = {"exact": model.digest == retrain.digest}
        for told, counts in (("", model), ("_retrain", retrain), ("_original", self._original)):
            ranker = Ranker(counts)
            values[f"hit{told}"] = [at_depths(_rank(counts, ranker, each))[_HIT] for each in forgotten]
            values[f"sampled{told}"] = [
                at_depths(_rank(counts, ranker, each, (row, at)))[_HIT] for at, each in enumerate(forgotten)
            ]
            values[f"ndcg{told}"] = [at_depths(_rank(counts, ranker, each))[_NDCG] for each in asked]
            values[f"auc{told}"] = membership_auc(_chances(counts, forgotten), _chances(counts, asked[:_COMPARED]))
        near = {item for n, places in clicks.items() for place in places for item in [self._learnt[n][place]]}
        values["near"] = [bool(near & {*each.before, each.item}) for each in asked]
        compared = [_compared(retrain, model, each.before) for each in forgotten[:_COMPARED]]
        values |= {"kl": [kl for kl, _ in compared], "js": [js for _, js in compared]}
        cost = {"seconds": seconds, "retrain_seconds": retraining}
        return Outcome(prediction=values, scores={}, cost=cost, labels={})

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the means over requests of all seeds, with intervals over requests."""
        return summarized(items, untouched=self.method == "original")

    def _made(self, left: Mapping[int, Sequence[str]], clicks: Mapping[int, set[int]]) -> Counts:
        if self.method == "original":
            return self._original
        if self.method == "retrain":
            return count(left)
        return replaced(self._original, {number: left[number] for number in clicks})


def _forgotten(items: Sequence[str], places: set[int], place: int) -> _Asked:
    """Return a forgotten click after what remains before it; after all that was there where nothing remains."""
    remaining = tuple(item for at, item in enumerate(items[:place]) if at not in places)
    return _Asked(remaining or tuple(items[:place]), items[place])


def _scored(counts: Counts, before: Sequence[str]) -> tuple[list[int], Doubles]:
    known = [counts.index[item] for item in before if item in counts.index]
    return known, scores(counts, known, Weights())


def _rank(counts: Counts, ranker: Ranker, asked: _Asked, seed: tuple[int, int] | None = None) -> int:
    known, found = _scored(counts, asked.before)
    if seed is not None:
        return ranker.sampled_rank(found, asked.item, known, seed, _NEGATIVES)
    return ranker.rank(found, asked.item)


def _chances(counts: Counts, asked: Sequence[_Asked]) -> Doubles:
    found = [
        float(_scored(counts, each.before)[1][counts.index[each.item]]) if each.item in counts.index else 0.0
        for each in asked
    ]
    return np.array(found)


def _compared(retrain: Counts, model: Counts, before: Sequence[str]) -> tuple[float, float]:
    """Return the divergences of two models' lists, over the items that either knows."""
    names = sorted({*retrain.index, *model.index})
    each: list[Doubles] = []
    for counts in (retrain, model):
        found = _scored(counts, before)[1]
        each.append(spread(np.array([found[counts.index[name]] if name in counts.index else 0.0 for name in names])))
    return divergences(each[0], each[1])
