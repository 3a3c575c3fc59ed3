"""The recipe ``recommender``: GRU4Rec, SASRec or BERT4Rec over sessions of clicks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from questline.errors import UsageError
from questline.tools.recommendation.neural import Trained
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures, Job

from .examples import Examples, examples, span
from .exporting import export
from .fitting import Fitting, ndcg, ranks
from .settings import Settings
from .sources import Source, read

__all__ = ["RecommenderRecipe", "Settings"]

RUN: Final = ("evaluate_every", "patience", "minutes")
"""Of ``[run]``: what decides which step is the best one."""
_NAMES: Final = {"gru4rec": "GRU4Rec", "sasrec": "SASRec", "bert4rec": "BERT4Rec"}
_ABOUT: Final = """
{name}: the state of a session after its last click, times the embedding of every item, says what comes next. Served
from `recommender.onnx` without torch; `network.pt` is the same network, to be learnt on or to be unlearnt from. Learnt
by {loss}, with Adam; the best step is the one whose NDCG@10 on clicks that were held out is highest.
"""
_LIMITS: Final = """
- It recommends what it has learnt of; items that came later, or were clicked too rarely, are unknown to it.
- It cannot take a click back: when one of those that it learnt of is forgotten, it is stale, and is to be learnt again
  or to be unlearnt from. The counts of `SessionRecommender` forget exactly.
- Scores are a softmax over all items, not calibrated chances.
"""


class RecommenderRecipe:
    """See `questline.training.recipe.Recipe`."""

    chosen_by = "ndcg@10"

    def __init__(self, job: Job, settings: Settings) -> None:
        self._job, self._settings = job, settings
        self._source: Source = Source(sessions=[])
        self._examples: Examples | None = None
        self._fitting: Fitting | None = None

    @property
    def steps(self) -> int:
        """Return the steps of all epochs."""
        return self._made().steps

    def prepare(self) -> Mapping[str, int]:
        """Read the sessions, hold clicks out, and make the untrained network."""
        self._source = read(self._job.data)
        self._examples = examples(self._source.sessions, self._settings, self._job.seed)
        self._fitting = Fitting(self._examples, self._settings, self._job.seed)
        return {
            "sessions": len(self._source.sessions),
            "items": len(self._examples.items),
            "clicks learnt": int(self._examples.clicks.sum()),
            "clicks held out": len(self._examples.asked),
            "steps an epoch": self._fitting.per_epoch,
        }

    def fit(self, done: int) -> Iterator[Figures]:
        """Learn on, batch by batch."""
        for loss in self._made().run(done):
            yield {"loss": loss}

    def state(self) -> dict[str, Any]:
        """Return weights, the optimizer's state, and what the data was."""
        return {**self._made().state(), "data": dict(self._source.learnt)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what was learnt of the same data."""
        if state["data"] != self._source.learnt:
            raise UsageError("the data has changed since this run began; take another --out", path=self._job.data)
        self._made().restore(state)

    def weights(self) -> dict[str, Any]:
        """Return a copy of the network's weights."""
        return self._made().weights()

    def take(self, weights: Mapping[str, Any]) -> None:
        """Put them into the network."""
        self._made().net.load_state_dict(dict(weights))

    def evaluate(self) -> Figures:
        """Rank the clicks that are held out among all items."""
        assert self._examples is not None
        found = ranks(self._made().net, self._examples.asked, exclude_seen=self._settings.exclude_seen)
        return {"ndcg@10": ndcg(found), "hr@10": float((found <= 10).mean()), "hr@20": float((found <= 20).mean())}

    def export(self, folder: Path) -> Card:
        """Write what serves and what can be learnt on."""
        assert self._examples is not None
        settings = self._settings
        numbers = self._source.numbers
        first, end = span(len(numbers), settings)
        learnt = {
            **self._source.learnt,
            "split": settings.split,
            "recent": settings.recent,
            "held_out": settings.held_out,
            "settings": asdict(settings),
            "seed": self._job.seed,
            "run": {name: self._job.run[name] for name in RUN if name in self._job.run},
            **({"sessions": [numbers[first], numbers[end - 1]]} if numbers else {}),
        }
        trained = Trained(net=self._made().net, items=self._examples.items)
        figures = export(trained, folder, clicks=self._examples.clicks, learnt=learnt)
        sampled = f"sampled softmax ({settings.negatives} items, {settings.sampling}, logQ-corrected)"
        return Card(
            title=f"Recommender of the next click ({_NAMES[settings.kind]})",
            about=_ABOUT.format(
                name=_NAMES[settings.kind], loss=sampled if settings.negatives else "full softmax over all items"
            ).strip(),
            data=(own_file(self._job.data),),
            limits=_LIMITS.strip(),
            figures=figures,
        )

    def _made(self) -> Fitting:
        assert self._fitting is not None
        return self._fitting
