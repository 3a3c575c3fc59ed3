"""The reward of a text, ``r = w·signal - c·guards + c_fit·fits`` (spec 08 §2.4), as parts that can be logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from questline.training.planner.rewards import checked

from .guards import Guards, Memory, Penalties
from .sample import Sample
from .signals import Signal

__all__ = ["Costs", "Parts", "Reward", "zero_advantage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Weights of the parts; all 0 but the signal's is the bare reward, which can be hacked."""

    signal: float = 1.0
    length: float = 1.0
    template: float = 0.5
    motif: float = 10.0
    duplicate: float = 0.5
    repetition: float = 1.0
    copy: float = 1.0
    taboo: float = 1.0
    odd: float = 0.1
    fit: float = 0.5

    @classmethod
    def bare(cls) -> Costs:
        """Return those of the signal alone."""
        return cls(length=0, template=0, motif=0, duplicate=0, repetition=0, copy=0, taboo=0, odd=0, fit=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one text got."""

    sample: Sample
    signal: float
    """In [0, 1]."""
    penalties: Penalties
    reward: float

    def as_row(self) -> dict[str, object]:
        """Return it as a line of the samples' file: text, reward, and what is not 0 of its parts."""
        lost = {name: round(value, 4) for name, value in self.penalties.as_dict().items() if value}
        told = {"reward": round(self.reward, 4), "signal": round(self.signal, 4)}
        return {"query": self.sample.query, "text": self.sample.text, **told, **lost}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """Rewards the texts of a step."""

    signal: Signal
    guards: Guards
    costs: Costs

    def of(self, samples: Sequence[Sample], memory: Memory | None = None) -> list[Parts]:
        """Return the parts of each text; texts of one query are weighed together.

        Args:
            samples: Of a step; in any order.
            memory: Of the skeletons of earlier steps, which takes these up.

        Raises:
            RunError: For a signal that is not a finite number.
        """
        signals = np.zeros(len(samples))
        for query in dict.fromkeys(one.query for one in samples):
            places = [place for place, one in enumerate(samples) if one.query == query]
            signals[places] = self.signal(query, [samples[place].text for place in places])
        checked(signals)
        found: list[Parts] = []
        for one, signal, lost in zip(samples, signals.tolist(), self.guards.look(samples, memory), strict=True):
            reward = self.costs.signal * signal + self.costs.fit * (1 - lost.broken)
            reward -= sum(getattr(self.costs, name) * value for name, value in _charged(lost).items())
            found.append(Parts(sample=one, signal=signal, penalties=lost, reward=reward))
        return found


def zero_advantage(rewards: Sequence[float], group: int) -> float:
    """Return the share of groups whose rewards are all alike, from which nothing is learnt."""
    told = np.asarray(rewards, np.float64).reshape(-1, group)
    return float((np.ptp(told, axis=1) < 1e-6).mean())


def _charged(lost: Penalties) -> Mapping[str, float]:
    return {name: value for name, value in lost.as_dict().items() if name != "broken"}
