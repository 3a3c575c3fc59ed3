"""What is watched while a planner learns from rollouts: mix of plans, groups that teach nothing, answers avoided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from questline.training.recipe import Figures

from .mix import entropy
from .rollouts import Rollout, named

__all__ = ["Monitor"]

_UNKNOWN = frozenset({"", "unknown", "i don't know", "no answer"})


@dataclass(slots=True)
class Monitor:
    """Counts over rollouts."""

    plans: Counter[str] = field(default_factory=Counter[str])
    later: Counter[str] = field(default_factory=Counter[str])
    """First decisions after evidence."""
    groups: int = 0
    flat: int = 0
    """Groups whose every advantage is 0."""
    avoided: int = 0
    """Rollouts without an answer: empty, or one that says that it is not known."""
    illegal: int = 0
    """Rollouts in which the graph put another decision in the place of one."""
    utility: float = 0.0
    f1: float = 0.0

    def add(self, rollouts: Sequence[Rollout], *, flat: bool = False) -> None:
        """Count a group."""
        self.groups += 1
        self.flat += flat
        for rollout in rollouts:
            self.plans[rollout.plan] += 1
            if len(rollout.turns) > 1:
                self.later[named(rollout.turns[1].choice)] += 1
            self.avoided += rollout.answer.strip().casefold() in _UNKNOWN
            self.illegal += rollout.illegal > 0
            self.utility += rollout.utility
            self.f1 += rollout.f1

    @classmethod
    def of(cls, groups: Iterable[Sequence[Rollout]]) -> Monitor:
        """Count groups that nothing was learnt from."""
        made = cls()
        for rollouts in groups:
            made.add(rollouts)
        return made

    @property
    def rollouts(self) -> int:
        """How many were counted."""
        return self.plans.total()

    def figures(self) -> Figures:
        """Return them as shares and means."""
        count = max(1, self.rollouts)
        return {
            "return": self.utility / count,
            "f1": self.f1 / count,
            "plan entropy": entropy(self.plans.values()),
            "later entropy": entropy(self.later.values()),
            "zero-advantage groups": self.flat / max(1, self.groups),
            "answers avoided": self.avoided / count,
            "illegal plans": self.illegal / count,
        }
