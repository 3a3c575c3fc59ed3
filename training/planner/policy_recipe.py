"""The recipe ``policy``: which workflow a question runs, and whether what came of it is enough."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, cast

import numpy as np
import torch
from torch import nn

from questline.agents.workflow_planner.trained import Policy
from questline.errors import RunError, UsageError
from questline.tools.models.encoder import Encoder
from questline.training.evaluation.reports import write_json
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures, Job

from .assess import assessed, chosen
from .episodes import Episodes
from .folds import held_out
from .policy_graph import export, means
from .policy_measure import drawn_weights, errors, gains
from .policy_net import PolicyNet, Shape
from .policy_value import Batch, choices, values
from .rewards import scales
from .seconds import Seconds
from .store import FILE, Store

__all__ = ["ASSESSED", "PolicyRecipe", "Settings"]

ASSESSED: Final = "held_out.json"

_ABOUT: Final = """
A small network over the sentence vector of a question, its form, the evidence and the draft so far, and the weights of
the costs. It says how good and how dear each of the eight workflows would be, and chooses: a workflow, the draft as it
is, or giving up. It was fitted to the exact expected utility over a table of every workflow on every question.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[policy]`` of the settings file."""

    steps: int = 1500
    batch: int = 96
    """Questions of a step, each in all its states."""
    rate: float = 2e-3
    decay: float = 1e-4
    dropout: float = 0.3
    entropy: float = 0.01
    """Weight of the policy's entropy at the start; it falls to 0."""
    fits: float = 0.5
    """Weight of the errors of quality and cost beside the utility."""
    wide: int = 192
    narrow: int = 128
    collapsed: float = 0.02
    """Entropy of the first choices in nats, with weights of calls from .05 to .2, that counts as a collapse."""
    patience: int = 5
    """Evaluations in a row with such entropy, after which learning ends."""
    allow_seen: bool = False
    """Learn from a table whose executors have learnt from its questions."""

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "wide", "narrow", "patience"):
            if getattr(self, name) < 1:
                raise UsageError(f"policy.{name} must be at least 1", code="bad_settings", argument=name)
        for name in ("rate", "decay", "dropout", "entropy", "fits", "collapsed"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise UsageError(f"policy.{name}={value!r} must be at least 0", code="bad_settings", argument=name)


class PolicyRecipe:
    """See `questline.training.recipe.Recipe`; ``--data`` is the folder of a table."""

    chosen_by: ClassVar[str] = "held-out gain"

    def __init__(self, job: Job, settings: Settings) -> None:
        self._job = job
        self._settings = settings

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self._settings.steps

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
        cast("Any", torch).manual_seed(self._job.seed)
        self._net = PolicyNet(
            Shape(
                vector=vectors.shape[1],
                features=self._batch.features.shape[2],
                components=len(self._components),
                wide=settings.wide,
                narrow=settings.narrow,
                dropout=settings.dropout,
            )
        )
        flat = self._batch.features.flatten(0, 1)
        self._net.mean.copy_(flat.mean(dim=0))
        self._net.spread.copy_(flat.std(dim=0).clamp(min=0.05))
        self._optimizer: Any = torch.optim.AdamW(self._net.parameters(), lr=settings.rate, weight_decay=settings.decay)
        self._flat = 0
        return {"questions learnt from": len(self._batch), "held out": len(self._tested)}

    def fit(self, done: int) -> Iterator[Figures]:
        """Climb the expected utility, at weights drawn anew for each question."""
        settings = self._settings
        for step in range(done, settings.steps):
            if self.collapsed:  # the driver exports the best step so far
                return
            places = torch.randint(len(self._batch), (min(settings.batch, len(self._batch)),))
            part = self._batch.at(places)
            lam = drawn_weights(len(part), len(self._components))
            self._net.train()
            for group in self._optimizer.param_groups:
                group["lr"] = settings.rate * 0.5 * (1 + math.cos(math.pi * step / settings.steps))
            log_shares, quality, cost, high = choices(self._net, part, lam)
            shares = log_shares.exp()
            gained = values(shares, part, lam).mean()
            spread = -(shares * log_shares.clamp(min=-30)).sum(dim=2).mean()
            wrong = errors(quality, cost, high, part)
            loss = -gained + settings.fits * wrong - settings.entropy * (1 - step / settings.steps) * spread
            if not torch.isfinite(loss):
                raise RunError("the loss is not a finite number; the last good planner is kept", step=step)
            self._optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
            self._optimizer.step()
            yield {"utility": gained.item(), "errors": wrong.item(), "entropy": spread.item()}

    def evaluate(self) -> Figures:
        """Measure the likeliest choices on what is held out, at each weight of calls, against the best constant."""
        found = gains(self._net, self._train, self._held, self._tested, self._scale)
        self._flat = self._flat + 1 if found["entropy"] < self._settings.collapsed else 0
        return found

    @property
    def collapsed(self) -> bool:
        """Say whether the first choices have been the same for all questions too many times in a row."""
        return self._flat >= self._settings.patience

    def state(self) -> dict[str, Any]:
        """Return network and optimizer."""
        return {"net": self._net.state_dict(), "optimizer": self._optimizer.state_dict(), "flat": self._flat}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them over."""
        self._net.load_state_dict(state["net"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._flat = int(state["flat"])

    def weights(self) -> dict[str, Any]:
        """Return the network."""
        return {"net": self._net.state_dict()}

    def take(self, weights: Mapping[str, Any]) -> None:
        """Take it over."""
        self._net.load_state_dict(weights["net"])

    def export(self, folder: Path) -> Card:
        """Write ``policy.onnx``, ``manifest.json``, and what the policy is worth on the held-out questions."""
        constants = chosen(self._train.matrix, self._scale)
        figures = export(
            self._net,
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
