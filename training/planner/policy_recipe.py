"""The recipe ``policy``: which workflow a question runs, and whether what came of it is enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import torch

from questline.agents.workflow_planner.trained import Policy
from questline.errors import UsageError
from questline.tools.models.encoder import Encoder
from questline.training.evaluation.reports import write_json
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures, Job

from .assess import assessed, chosen
from .episodes import Episodes
from .folds import held_out
from .policy_graph import export, means
from .policy_learners import Climb, Regression
from .policy_measure import gains
from .policy_settings import Settings
from .policy_value import Batch
from .rewards import scales
from .seconds import Seconds
from .store import FILE, Store

__all__ = ["ASSESSED", "PolicyRecipe", "Settings"]

ASSESSED: Final = "held_out.json"

_ABOUT: Final = """
A small network over the form of a question, the evidence and the draft so far, and the weights of the costs. It says
how good and how dear each of the eight workflows would be, and chooses: a workflow, the draft as it is, or giving up.
It was fitted to a table of every workflow on every question.
"""
_LIMITS: Final = """
- It knows the executors that filled the table: with other models, passages or documents its figures are off.
- Costs of embedded steps are nominal: those that the same steps have with a language model.
- English questions of Natural Questions, 2WikiMultihopQA, HotpotQA and MuSiQue, unless the table was of others.
"""

_COLLAPSED: Final = """
- Learning ended early: the planner had come to choose one workflow for every held-out question. This is the best step
  before that.
"""


class PolicyRecipe:
    """See `questline.training.recipe.Recipe`; ``--data`` is the folder of a table."""

    chosen_by: ClassVar[str] = "held-out gain"

    def __init__(self, job: Job, settings: Settings) -> None:
        self._job = job
        self._settings = settings

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self._settings.steps if self._settings.learner == "utility" else self._settings.bags

    def prepare(self) -> Mapping[str, int]:
        """Read the table, split off the fifth that is held out, make the network."""
        settings = self._settings
        with Store.open(self._job.data) as store:
            about, rows = store.about(), store.questions()
        if about.get("seconds") is None:
            raise UsageError("the table is not filled yet; go on with --resume", code="bad_data", path=self._job.data)
        if about.get("seen") and not settings.allow_seen:
            raise UsageError(
                "the executors of this table have learnt from its questions, so that it trusts the wrong workflows; "
                "fill it by cross-fitting (agents train planner folds), or set policy.allow_seen = true",
                code="bad_table",
                path=self._job.data,
            )
        self._about = about
        episodes = Episodes.of(rows, Seconds.read(about["seconds"]))
        held = np.array([held_out(one.text) for one in episodes.matrix.questions])
        if held.all() or not held.any():
            raise UsageError("too few questions: none to learn from, or none to hold out", code="bad_data")
        texts = [one.text for one in episodes.matrix.questions]
        vectors = torch.as_tensor(Encoder.load(threads=self._job.threads).encode(texts))
        self._train, self._held = episodes.where(np.flatnonzero(~held)), episodes.where(np.flatnonzero(held))
        self._scale = scales(self._train.matrix.costs)
        scale = torch.as_tensor(self._scale).float()
        self._batch = Batch.of(self._train, vectors[torch.as_tensor(~held)], scale)
        self._tested = Batch.of(self._held, vectors[torch.as_tensor(held)], scale)
        self._components = episodes.matrix.components
        self._flat = 0
        self._learner: Regression | Climb = (
            Regression(self._batch, self._components, settings, self._job.seed)
            if settings.learner == "regression"
            else Climb(self._batch, self._components, settings, self._job.seed)
        )
        return {"questions learnt from": len(self._batch), "held out": len(self._tested)}

    def fit(self, done: int) -> Iterator[Figures]:
        """Learn on; ends early where the planner has collapsed."""
        for step in range(done, self.steps):
            if self.collapsed:  # the driver exports the best step so far
                return
            yield self._learner.step(step, self._batch)

    def evaluate(self) -> Figures:
        """Measure the likeliest choices on what is held out, at each weight of calls, against the best constant."""
        found = gains(self._learner.net, self._train, self._held, self._tested, self._scale)
        self._flat = self._flat + 1 if found["entropy"] < self._settings.collapsed else 0
        return found

    @property
    def collapsed(self) -> bool:
        """Say whether the first choices have been the same for all questions too many times in a row."""
        return self._flat >= self._settings.patience

    def state(self) -> dict[str, Any]:
        """Return network and optimizer."""
        return {**self._learner.state(), "flat": self._flat}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them over."""
        self._learner.restore(state)
        self._flat = int(state["flat"])

    def weights(self) -> dict[str, Any]:
        """Return the network."""
        return {"net": self._learner.net.state_dict()}

    def take(self, weights: Mapping[str, Any]) -> None:
        """Take it over."""
        self._learner.net.load_state_dict(weights["net"])

    def export(self, folder: Path) -> Card:
        """Write ``policy.onnx``, ``manifest.json``, and what the policy is worth on the held-out questions."""
        constants = chosen(self._train.matrix, self._scale)
        figures = export(
            self._learner.net,
            folder,
            components=self._components,
            chosen=constants,
            identity=self._about["identity"],
            reference=means(self._batch),
        )
        held = assessed(Policy.load(folder), self._held, self._tested.vectors.numpy(), constants)
        write_json(folder / ASSESSED, held)
        return Card(
            title="Planner of workflows",
            about=_ABOUT.strip(),
            data=(own_file(self._job.data / FILE),),
            limits=_LIMITS.strip() + (_COLLAPSED if self.collapsed else ""),
            figures=figures,
        )
