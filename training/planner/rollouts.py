"""What is drawn on the live graph: one question answered by one way of decisions, each with what it saw and cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.agents.workflow_planner.trained import ABSTAIN, KEEP

from .columns import TOP
from .rows import Asked

__all__ = ["Ask", "Drawn", "Rollout", "Turn", "named"]

Floats: TypeAlias = NDArray[np.float32]


def named(choice: int) -> str:
    """Return a choice in words: a workflow, ``answer`` or ``abstain``."""
    return {KEEP: "answer", ABSTAIN: "abstain"}.get(choice) or TOP[choice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question to draw rollouts of; a worker's task."""

    asked: Asked
    policy: bytes
    """The network, as ONNX."""
    weights: tuple[float, ...]
    """lambda ``[c]``, the same for the whole group."""
    count: int
    """Rollouts of the group."""
    seed: int
    heat: float = 1.0
    """What the policy's logits are divided by before the one decision of a rollout is drawn that is tried out."""
    first: bool = False
    """Whether the first decision is drawn too; else it is the likeliest one."""
    likeliest: bool = False
    """Draw nothing: take the likeliest choice each time."""
    plain: bool = False
    """Share no step between the rollouts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One decision about the question itself."""

    features: Floats
    """``[f]``."""
    allowed: tuple[int, ...]
    """Places of what could be chosen."""
    choice: int
    drawn: bool
    """Whether it was drawn from the policy: only such a decision learns."""
    heat: float = 1.0
    """What the logits were divided by."""
    price: float = 0.0
    """``<lambda, c>`` of what it set off, in units of the scale; 0 for an answer or giving up."""
    costs: tuple[float, ...] = ()
    """``[c]``, not weighed and not scaled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One way through a question."""

    turns: tuple[Turn, ...]
    f1: float
    answer: str
    """The short answer; empty for an abstention."""
    illegal: int = 0
    """Decisions that the graph put another one in the place of."""

    @property
    def plan(self) -> str:
        """The decisions in words, such as ``R,AG > QDS > answer``."""
        return " > ".join(named(turn.choice) for turn in self.turns)

    @property
    def utility(self) -> float:
        """F1 minus all prices."""
        return self.f1 - sum(turn.price for turn in self.turns)

    def following(self, turn: int) -> float:
        """Return what follows a decision: F1 minus its price and those of later ones, not of those before it."""
        return self.f1 - sum(one.price for one in self.turns[turn:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A question's rollouts; a worker's answer."""

    key: str
    rollouts: tuple[Rollout, ...]
    seconds: float
    """Wall clock."""
    processor_s: float
