"""The recipe of `agents train planner live`: reinforcement learning of what to do after evidence, on the live graph."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch
from torch import Tensor, nn

from questline.errors import RunError, UsageError
from questline.tools.models.encoder import Encoder
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures, Job

from .live_measure import Measured, drawn_lambda, measured, write_report
from .live_net import LiveNet
from .live_pool import Draws
from .live_source import LiveSource
from .monitors import Monitor
from .policy_graph import export, graph
from .reinforce import Credit, advantages, is_flat
from .rollouts import Ask, Drawn
from .rows import Asked
from .store import FILE

__all__ = ["PLANS", "LiveRecipe", "Settings"]

PLANS: Final = "plans.jsonl"
_NEVER: Final = -1e9

_ABOUT: Final = """
A planner of workflows: a small network that was fitted to the exact expected utility over a table of every workflow on
every question, and a head over it that has learnt on the live graph what to do after evidence: keep the draft, retrieve
or decompose more, or give up. Policy gradient with a leave-one-out baseline; the first decision is the table's.
"""
_LIMITS: Final = """
- It knows the executors, documents and prompts that it learnt with: with others its figures are off.
- Costs of embedded steps are nominal: those that the same steps have with a language model.
- What it says of quality and cost is what the table taught; the head that learnt on the graph only chooses.
"""
_COLLAPSED: Final = """
- Learning ended early: after evidence the planner had come to do one thing for every question. This is the best step
  before that.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[live]`` of the settings file."""

    steps: int = 80
    batch: int = 16
    """Questions of a step."""
    rollouts: int = 6
    """Of each question: at one draw of lambda."""
    heat: float = 5.0
    """What logits are divided by for the one decision of a rollout that is tried out, at the start; it falls to 1."""
    rate: float = 2e-3
    decay: float = 1e-4
    entropy: float = 1e-3
    """Weight of the entropy of the decisions at the start; it falls to 0. Where most groups teach nothing, a larger one
    would undo what the table taught; it is the heat that makes for variety."""
    wide: int = 64
    """Width of the head."""
    first: bool = False
    """Learn the first decision too."""
    judged: int = 150
    """Questions, at most, that the best step is chosen on, at each named budget."""
    collapsed: float = 0.02
    """Entropy of the first decisions after evidence, in nats, that counts as a collapse where it began above."""
    patience: int = 4
    """Measurements in a row with such entropy, after which learning ends."""
    allow_seen: bool = False
    """Learn with executors that have learnt from the questions."""

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("batch", 1), ("rollouts", 2), ("wide", 1), ("judged", 1), ("patience", 1)):
            if getattr(self, name) < least:
                raise UsageError(f"live.{name} must be at least {least}", code="bad_settings", argument=name)
        for name in ("rate", "decay", "entropy", "collapsed"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise UsageError(f"live.{name}={value!r} must be at least 0", code="bad_settings", argument=name)
        if not (math.isfinite(self.heat) and self.heat >= 1):
            raise UsageError(f"live.heat={self.heat!r} must be at least 1", code="bad_settings", argument="heat")


class LiveRecipe:
    """See `questline.training.recipe.Recipe`; rollouts come from `draws`."""

    chosen_by: str = "return"

    def __init__(
        self, job: Job, settings: Settings, source: LiveSource, draws: Draws, credit: Credit = advantages
    ) -> None:
        self._job, self._settings, self._source, self._draws, self._credit = job, settings, source, draws, credit
        self._flat, self._begun = 0, math.inf
        self._step = 0
        self._drawn, self._drawing_s = 0, 0.0
        self._known: tuple[bytes, Figures] | None = None

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self._settings.steps

    def prepare(self) -> Mapping[str, int]:
        """Put an untaught head over the policy."""
        source, settings = self._source, self._settings
        encoder = Encoder.load(threads=self._job.threads)
        self._vectors = torch.as_tensor(encoder.encode([one.text for one in source.learn]))
        self._places = {one.key: place for place, one in enumerate(source.learn)}
        cast("Any", torch).manual_seed(self._job.seed)
        self._net = LiveNet(source.base, first=settings.first, wide=settings.wide)
        learning = [one for one in self._net.parameters() if one.requires_grad]
        self._optimizer: Any = torch.optim.AdamW(learning, lr=settings.rate, weight_decay=settings.decay)
        self._choosing = source.choose[: settings.judged]
        return {
            "questions learnt from": len(source.learn),
            "chosen on": len(self._choosing),
            "held out": len(source.held),
        }

    def fit(self, done: int) -> Iterator[Figures]:
        """Draw rollouts of some questions, and climb what follows their decisions."""
        settings = self._settings
        self._step = done
        for step in range(done, settings.steps):
            if self.collapsed:  # the driver exports the best step so far
                return
            asks = self._asks(step)
            began = time.perf_counter()
            drawn = self._draws.draw(asks)
            self._drawing_s += time.perf_counter() - began
            self._drawn += sum(len(one.rollouts) for one in drawn)
            credit = [self._credit(one.rollouts) for one in drawn]
            monitor = Monitor()
            for one, own in zip(drawn, credit, strict=True):
                monitor.add(one.rollouts, flat=is_flat(own))
            self._net.train()
            climbed, spread = self._climbed(drawn, credit, {ask.asked.key: ask for ask in asks})
            loss = -climbed - settings.entropy * (1 - step / settings.steps) * spread
            if not torch.isfinite(loss):
                raise RunError("the loss is not a finite number", step=step)
            if loss.requires_grad:
                self._optimizer.zero_grad()
                torch.autograd.backward(loss)
                nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
                self._optimizer.step()
            self._step = step + 1
            yield {**monitor.figures(), "entropy": spread.item()}

    def _asks(self, step: int) -> list[Ask]:
        settings, source = self._settings, self._source
        places = torch.randperm(len(source.learn))[: settings.batch].numpy()
        lam = drawn_lambda(len(places), source.components).numpy()
        network = graph(self._net)
        return [
            Ask(
                asked=source.learn[int(place)],
                policy=network,
                weights=tuple(map(float, own)),
                count=settings.rollouts,
                seed=(self._job.seed * 1_000_003 + step) * 1_000_003 + int(place),
                heat=1 + (settings.heat - 1) * (1 - step / settings.steps),
                first=settings.first,
            )
            for place, own in zip(places, lam, strict=True)
        ]

    def _climbed(
        self, drawn: Sequence[Drawn], credit: Sequence[Sequence[Any]], asks: Mapping[str, Ask]
    ) -> tuple[Tensor, Tensor]:
        """Return the mean over rollouts of the sum of A log pi, and the mean entropy of the decisions drawn."""
        rows = [
            (one.key, turn, float(own[t]))
            for one, group in zip(drawn, credit, strict=True)
            for rollout, own in zip(one.rollouts, group, strict=True)
            for t, turn in enumerate(rollout.turns)
            if turn.drawn
        ]
        if not rows:
            return torch.zeros(()), torch.zeros(())
        places = torch.tensor([self._places[key] for key, _, _ in rows])
        features = torch.as_tensor(np.stack([turn.features for _, turn, _ in rows]))
        lam = torch.tensor([asks[key].weights for key, _, _ in rows])
        heat = torch.tensor([[turn.heat] for _, turn, _ in rows])
        logits = self._net(self._vectors[places], features, lam).logits / heat
        mask = torch.full_like(logits, _NEVER)
        for row, (_, turn, _) in enumerate(rows):
            mask[row, list(turn.allowed)] = 0.0
        shares = torch.log_softmax(logits + mask, dim=1)
        taken = shares[torch.arange(len(rows)), torch.tensor([turn.choice for _, turn, _ in rows])]
        count = sum(len(one.rollouts) for one in drawn)
        climbed = (torch.tensor([own for _, _, own in rows]) * taken).sum() / count
        return climbed, -(shares.exp() * shares.clamp(min=-30)).sum(dim=1).mean()

    def evaluate(self) -> Figures:
        """Measure the likeliest choices at the named budgets, on the questions that the best step is chosen on."""
        network = graph(self._net)
        if self._known is not None and self._known[0] == network:
            return self._known[1]
        found = self._measured(network, self._choosing, "measuring")
        figures = found.figures()
        self._note(found)
        self._begun = figures["later entropy"] if math.isinf(self._begun) else self._begun
        narrow = figures["later entropy"] < self._settings.collapsed <= self._begun
        self._flat = self._flat + 1 if narrow else 0
        self._known = network, figures
        return figures

    def _measured(self, network: bytes, asked: Sequence[Asked], phase: str) -> Measured:
        def hears(done: int, total: int) -> None:
            self._job.hears(phase, done, total)

        return measured(self._draws, network, asked, self._source.components, hears)

    def _note(self, found: Measured) -> None:
        """Keep the histogram of plans, a line a measurement."""
        plans = {lam: dict(one.plans.most_common()) for lam, one in found.monitors().items()}
        self._job.out.mkdir(parents=True, exist_ok=True)
        with (self._job.out / PLANS).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": self._step, "plans": plans}) + "\n")

    @property
    def collapsed(self) -> bool:
        """Say whether all questions have come to get the same decision after evidence, too many times in a row."""
        return self._flat >= self._settings.patience

    def state(self) -> dict[str, Any]:
        """Return head and optimizer."""
        return {
            "net": self._net.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "flat": self._flat,
            "begun": self._begun,
            "drawn": self._drawn,
            "drawing_s": self._drawing_s,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them over."""
        self.take(state)
        self._optimizer.load_state_dict(state["optimizer"])
        self._flat, self._begun = int(state["flat"]), float(state["begun"])
        self._drawn, self._drawing_s = int(state["drawn"]), float(state["drawing_s"])

    def weights(self) -> dict[str, Any]:
        """Return the network."""
        return {"net": {name: value.clone() for name, value in self._net.state_dict().items()}}

    def take(self, weights: Mapping[str, Any]) -> None:
        """Take it over."""
        self._net.load_state_dict(weights["net"])

    def export(self, folder: Path) -> Card:
        """Write the policy, and what it is worth on the held-out questions beside the one it began as."""
        source = self._source
        figures = export(
            self._net,
            folder,
            components=source.components,
            chosen=source.constants,
            identity=source.identity,
            reference=source.reference,
            learnt=source.learnt,
        )
        before = self._measured(source.network, source.held, "held out, before")
        after = self._measured(graph(self._net), source.held, "held out, after")
        told = write_report(
            folder,
            before,
            after,
            self._draws,
            source,
            rollouts=self._settings.rollouts,
            learning=self._drawn / self._drawing_s if self._drawing_s else 0.0,
        )
        return Card(
            title="Planner of workflows, learnt on the live graph",
            about=_ABOUT.strip(),
            data=(own_file(self._job.data / FILE),),
            limits=_LIMITS.strip() + (_COLLAPSED if self.collapsed else ""),
            figures={**figures, **told},
        )
