"""``agents eval unlearning --model sasrec``: the same measurement for trained networks and their ways to unlearn.

A row is a seed of the requests. The network that learnt everything and the one that never learnt the clicks are trained
alike, kept on disk, and shared by the methods that are held against them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numpy as np
import torch

from questline.errors import UsageError
from questline.tools.recommendation.files import read_categories, read_sessions
from questline.tools.recommendation.neural import Kind, NetConfig
from questline.tools.recommendation.unlearning.approximate import Limits
from questline.tools.recommendation.unlearning.asking import Asked
from questline.tools.recommendation.unlearning.forgetting import left_of
from questline.tools.recommendation.unlearning.samples import Sample
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.recommender.forgetting_metrics import membership_auc
from questline.training.recommender.forgetting_summary import summarized
from questline.training.recommender.forgetting_trial import METHODS, Trial
from questline.training.recommender.model_cache import ModelCache
from questline.training.recommender.plain_fit import FitSettings, held_out
from questline.training.recommender.ranks import at_depths
from questline.training.recommender.request_sets import drawn, without
from questline.training.recommender.splits import learnt
from questline.training.recommender.told import Told, relearning, tell

__all__ = ["TrainedUnlearningSuite", "World"]

_NEGATIVES: Final = 500
_COMPARED: Final = 300
"""Distributions that are compared, and clicks that were never learnt, at most."""
_DEPTH: Final = 10
T = TypeVar("T")
_HEADS: Final[Mapping[str, int]] = {"bert4rec": 4}


@dataclass(frozen=True, kw_only=True)
class _Clicks:
    """What networks are asked about."""

    forgotten: Sequence[Sample]
    others: Sequence[Sample]
    """The last click of each session that lost none, which nobody learnt."""
    gone: frozenset[int]
    seed: int


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """What one network said."""

    told: Told
    hits: list[float]
    sampled: list[float]
    ndcg: list[float]
    auc: float | None

    def values(self, suffix: str) -> dict[str, Json]:
        """Return it as `summarized` reads it."""
        return {
            f"hit{suffix}": list(self.hits),
            f"sampled{suffix}": list(self.sampled),
            f"ndcg{suffix}": list(self.ndcg),
            f"auc{suffix}": self.auc,
        }


@dataclass(frozen=True, kw_only=True)
class World:
    """Sessions in a network's numbers."""

    full: list[list[int]]
    """Place → items; the last is asked for and never learnt."""
    learnt: dict[int, list[int]]
    """Number, which is the place in `full` → items."""
    watched: dict[int, Sample]
    """Session → a click of it that nobody learns either."""
    config: NetConfig

    def trial(self, learnt: Mapping[int, Sequence[int]] | None = None) -> dict[str, Any]:
        """Return what a `Trial` over these sessions, or what is left of them, is made with."""
        left = self.learnt if learnt is None else learnt
        same = {number: each for number, each in self.watched.items() if left[number] == self.learnt[number]}
        return {"learnt": left, "watched": same, "config": self.config}


@dataclass(kw_only=True)
class TrainedUnlearningSuite:
    """Draw, train, forget, compare: once a seed."""

    data: Path
    models: Path
    """Folder of trained networks."""
    model: Kind = "sasrec"
    method: str = "cau"
    requests: str = "clicks:0.01"
    seeds: int = 3
    first: int = 0
    """Of the seeds."""
    categories: Path | None = None
    """Of items, for requests of categories."""
    limit: int | None = None
    """First so many sessions of the file."""
    width: int = 64
    layers: int = 2
    max_length: int = 50
    dropout: float = 0.2
    settings: FitSettings = field(default_factory=FitSettings)
    limits: Limits = field(default_factory=Limits)
    shared: dict[tuple[int, str], object] = field(default_factory=dict[tuple[int, str], object])
    """What suites of other methods over the same networks have measured; one dict for all of them."""
    name = "unlearning"

    def load(self) -> Sequence[int]:
        """Return the seeds.

        Raises:
            UsageError: ``bad_data``, or ``bad_param`` for a method or requests that name nothing.
        """
        if self.method not in METHODS:
            known = ", ".join(METHODS)
            raise UsageError(f"method {self.method!r} is not one of {known}", code="bad_param", argument="method")
        sessions = [each for each in read_sessions(self.data)[: self.limit] if len(each.items) > 1]
        if not sessions:
            raise UsageError(f"no session of {str(self.data)!r} has two clicks", code="bad_data", path=self.data)
        whole = learnt(sessions, "last")
        held = held_out(whole, 0)
        self._named = without(whole, held)
        self._categories = read_categories(self.categories) if self.categories else None
        drawn(self._named, self.requests, 0, self._categories)
        index: dict[str, int] = {}
        self._full = [[index.setdefault(item, len(index) + 1) for item in each.items] for each in sessions]
        known = {number: items[:-1] for number, items in enumerate(self._full)}
        self._learnt = left_of(known, held)
        self._watched = {
            number: Sample(before=tuple(known[number][:place]), item=known[number][place])
            for number, places in held.items()
            for place in places
        }
        self._config = NetConfig(
            kind=self.model,
            items=len(index),
            max_length=self.max_length,
            width=self.width,
            layers=self.layers,
            heads=_HEADS.get(self.model, 1),
            dropout=self.dropout,
        )
        return range(self.first, self.first + self.seeds)

    @property
    def world(self) -> World:
        """What `load` has read."""
        return World(full=self._full, learnt=self._learnt, watched=self._watched, config=self._config)

    def identify(self, row: int) -> str:
        """Return the seed."""
        return f"seed-{row}"

    def identity(self) -> Mapping[str, Json]:
        """Return what decides the outcome, and the hash of the data."""
        options: dict[str, Json] = {
            "method": self.method,
            "requests": self.requests,
            "sessions": self.limit,
            "network": cast("Json", asdict(self._config)),
            "fit": cast("Json", asdict(self.settings)),
            "limits": cast("Json", asdict(self.limits)),
        }
        if self.first:
            options["first"] = self.first
        data: dict[str, Json] = {"sessions": content_hash(self.data)}
        if self.categories:
            data["categories"] = content_hash(self.categories)
        return {"options": options, "data": data, "models": {}, "prompts": {}}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """One thread, so that what a method and a retraining take can be held against each other."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)

    async def run(self, row: int) -> Outcome:
        """Measure one seed."""
        clicks = drawn(self._named, self.requests, row, self._categories)
        trial = Trial(
            learnt=self._learnt,
            watched=self._watched,
            clicks=clicks,
            config=self._config,
            settings=self.settings,
            cache=ModelCache(self.models),
            seed=row,
            limits=self.limits,
        )
        forgot = trial.forgot(self.method)
        asked = _Clicks(
            forgotten=_forgotten(self._learnt, trial.left, clicks),
            others=[
                Sample(before=tuple(trial.left[at]), item=items[-1])
                for at, items in enumerate(self._full)
                if at not in clicks
            ],
            gone=trial.gone,
            seed=row,
        )
        original = self._kept(row, "_original", lambda: _measured(trial.original.net, asked, frozenset()))
        retrain = self._kept(row, "_retrain", lambda: _measured(trial.retrain.net, asked, trial.gone))
        untouched = self.method.endswith("original")
        mine = _measured(forgot.net, asked, frozenset() if untouched else trial.gone)
        compared = mine.told.against(retrain.told)
        near = {each.item for each in asked.forgotten}
        values: dict[str, Json] = {
            "exact": self.method == "retrain",
            **mine.values(""),
            **retrain.values("_retrain"),
            **original.values("_original"),
            "users": [number for number in sorted(clicks) for _ in clicks[number]],
            "asked": [at for at in range(len(self._full)) if at not in clicks],
            "near": [bool(near & {*each.before, each.item}) for each in asked.others],
            "kl": [kl for kl, _ in compared],
            "js": [js for _, js in compared],
        }
        if stay := [each for each in asked.forgotten if each.item not in trial.gone]:
            hits = float(np.mean(original.hits))
            values["relearn"] = relearning(forgot.net, stay, hits, _DEPTH, row)
            values["relearn_retrain"] = self._kept(
                row, "_relearn", lambda: relearning(trial.retrain.net, stay, hits, _DEPTH, row)
            )
        if forgot.unlearnt is not None:
            values["status"] = forgot.unlearnt.status
            values["steps"] = len(forgot.unlearnt.steps)
            values["rollbacks"] = forgot.unlearnt.rollbacks
            values["remaining"] = len(forgot.unlearnt.remaining) / len(forgot.unlearnt.before)
        cost = {"seconds": forgot.seconds, "retrain_seconds": trial.retrain.seconds}
        if forgot.rehearsing is not None:
            cost["rehearsal_seconds"] = forgot.rehearsing
        return Outcome(prediction=values, scores={}, cost=cost, labels={})

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the means over requests of all seeds, with intervals over requests."""
        return summarized(items, untouched=self.method.endswith("original"))

    def _kept(self, row: int, what: str, make: Callable[[], T]) -> T:
        """Return what was measured of the same networks for another method, or measure it."""
        key = (row, what)
        if key not in self.shared:
            self.shared[key] = make()
        return cast("T", self.shared[key])


def _measured(net: Asked, clicks: _Clicks, gone: frozenset[int]) -> _Measured:
    told = tell(net, clicks.forgotten, gone, negatives=_NEGATIVES, seed=clicks.seed, compared=_COMPARED)
    others = tell(net, clicks.others, gone, negatives=0, seed=clicks.seed, compared=0)
    return _Measured(
        told=told,
        hits=[at_depths(rank)[f"hr@{_DEPTH}"] for rank in told.ranks],
        sampled=[at_depths(rank)[f"hr@{_DEPTH}"] for rank in told.sampled],
        ndcg=[at_depths(rank)[f"ndcg@{_DEPTH}"] for rank in others.ranks],
        auc=membership_auc(told.own, others.own[:_COMPARED]),
    )


def _forgotten(
    sessions: Mapping[int, Sequence[int]], left: Mapping[int, Sequence[int]], clicks: Mapping[int, set[int]]
) -> list[Sample]:
    """Return forgotten clicks after what remains before them; after all that was there where nothing remains."""
    found: list[Sample] = []
    for number in sorted(clicks):
        items = sessions[number]
        for place in sorted(clicks[number]):
            remaining = tuple(item for at, item in enumerate(items[:place]) if at not in clicks[number])
            found.append(Sample(before=remaining or tuple(items[:place]), item=items[place]))
    return found
