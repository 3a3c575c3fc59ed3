"""The recipe ``policy``: which workflow a question runs, and whether what came of it is enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

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
from .learnt import marks
from .policy_graph import export, graph, means
from .policy_learners import Climb, Regression
from .policy_measure import gains
from .policy_settings import Settings
from .policy_value import Batch
from .rewards import scales
from .seconds import Seconds
from .store import FILE, read_filled

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

_ENDED: Final = """
- Learning ended early: the planner had come to choose one workflow for every held-out question. This is the best step
  before that.
"""
_CONSTANT: Final = """
- It begins with one workflow for every held-out question, at weights of calls from .05 to .2: there it is a constant,
  and `--planner constant:WORKFLOW` does the same.
"""
_REFIT: Final = """
The figures are those of a fit to four fifths of the questions, on the other fifth; the exported one learnt from all.
"""


class PolicyRecipe:
    """See `questline.training.recipe.Recipe`; ``--data`` is the folder of a table."""

    def __init__(self, job: Job, settings: Settings) -> None:
        self._job = job
        self._settings = settings

    @property
    def chosen_by(self) -> str:
        """Return what the best step of a climb is chosen by; the regressions are parts of one fit, and all count."""
        return "held-out gain" if self._settings.learner == "utility" else ""

    @property
    def steps(self) -> int:
        """Return the number of steps: bags, once more where all questions are learnt from at last."""
        settings = self._settings
        return settings.steps if settings.learner == "utility" else settings.bags * (1 + settings.refit)

    def prepare(self) -> Mapping[str, int]:
        """Read the table, split off the fifth that is held out, make the network."""
        settings = self._settings
        about, rows = read_filled(self._job.data)
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
        self._whole = episodes
        vectors = torch.as_tensor(Encoder.load(threads=self._job.threads).encode(texts))
        self._train, self._held = episodes.where(np.flatnonzero(~held)), episodes.where(np.flatnonzero(held))
        self._scale = scales(self._train.matrix.costs)
        scale = torch.as_tensor(self._scale).float()
        self._batch = Batch.of(self._train, vectors[torch.as_tensor(~held)], scale)
        self._tested = Batch.of(self._held, vectors[torch.as_tensor(held)], scale)
        self._components = episodes.matrix.components
        self._flat, self._constant = 0, False
        self._learner: Regression | Climb = (
            Regression(self._batch, self._components, settings, self._job.seed)
            if settings.learner == "regression"
            else Climb(self._batch, self._components, settings, self._job.seed)
        )
        self._last = self._learner
        counts = {"questions learnt from": len(self._batch), "held out": len(self._tested)}
        if settings.refit:
            self._all = Batch.of(episodes, vectors, scale)
            self._last = Regression(self._all, self._components, settings, self._job.seed)
            counts["learnt from at last"] = len(self._all)
        return counts

    def fit(self, done: int) -> Iterator[Figures]:
        """Learn on; ends early where the planner has collapsed."""
        for step in range(done, self.steps):
            if self.chosen_by and self.collapsed:  # the driver exports the best step so far
                return
            if step < self.steps // (1 + self._settings.refit):
                yield self._learner.step(step, self._batch)
            else:
                yield self._last.step(step - self._settings.bags, self._all)

    def evaluate(self) -> Figures:
        """Measure the likeliest choices on what is held out, at each weight of calls, against the best constant."""
        found = gains(self._learner.net, self._train, self._held, self._tested, self._scale)
        self._constant = found["entropy"] < self._settings.collapsed
        self._flat = self._flat + 1 if self._constant else 0
        return found

    @property
    def collapsed(self) -> bool:
        """Say whether the first choices have been the same for all questions too many times in a row."""
        return self._flat >= self._settings.patience

    def state(self) -> dict[str, Any]:
        """Return networks and optimizer."""
        return {**self._learner.state(), "last": self._last.state(), "flat": self._flat}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them over."""
        self._learner.restore(state)
        self._last.restore(state["last"])
        self._flat = int(state["flat"])

    def weights(self) -> dict[str, Any]:
        """Return the network that is measured, and the one that is exported."""
        nets = {"net": self._learner.net, "last": self._last.net}
        return {
            name: {key: value.clone() for key, value in net.state_dict().items()}  # learning goes on in place
            for name, net in nets.items()
        }

    def take(self, weights: Mapping[str, Any]) -> None:
        """Take them over."""
        self._learner.net.load_state_dict(weights["net"])
        self._last.net.load_state_dict(weights["last"])

    def export(self, folder: Path) -> Card:
        """Write ``policy.onnx``, ``manifest.json``, and what the policy is worth on the held-out questions."""
        refit, scale = self._settings.refit, self._scale
        learnt, batch = (self._whole, self._all) if refit else (self._train, self._batch)
        figures = export(
            self._last.net,
            folder,
            components=self._components,
            chosen=chosen(learnt.matrix, scale),
            identity=self._about["identity"],
            reference=means(batch),
            learnt=marks(one.text for one in learnt.matrix.questions),
        )
        measured = Policy.of(graph(self._learner.net), self._components, scale.tolist())
        vectors, constants = self._tested.vectors.numpy(), chosen(self._train.matrix, scale)
        write_json(folder / ASSESSED, assessed(measured, self._held, vectors, constants))
        ended = _ENDED if self.chosen_by and self.collapsed else ""
        return Card(
            title="Planner of workflows",
            about=_ABOUT.strip() + (f"\n{_REFIT.strip()}" if refit else ""),
            data=(own_file(self._job.data / FILE),),
            limits=_LIMITS.strip() + (ended or (_CONSTANT if self._constant else "")),
            figures=figures,
        )
