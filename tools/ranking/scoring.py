"""From the orders of all windows to one order and one strength for each passage.

The strengths are the most probable ones under Plackett–Luce with the first stage as prior (spec 03 §2.5). Windows
overlap, so a judge may contradict itself. One that does not is followed to the letter: the schedule's order stands, and
the strengths are smoothed along it. One that does is averaged: the order is that of the strengths, and the prior
counts the more, the closer the contradictions come to drawing lots. The constants were chosen on simulated judges over
the DL19 grades, and hold on DL21 (`questline.training.benchmarks.schedules`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .first_stage import FirstStage, check_number
from .plackett_luce import strengths

__all__ = ["Scoring", "Settled", "contradiction", "falling"]

Doubles: TypeAlias = NDArray[np.float64]
_FOLLOWED: Final = 0.2
"""Contradiction up to which the schedule's order stands."""
_TRUSTED: Final = 0.4
"""Contradiction up to which the prior keeps its width; passages of equal worth alone give about as much."""
_RANDOM: Final = 0.5
"""Contradiction of a judge that draws lots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The outcome of a list."""

    order: tuple[int, ...]
    """Positions, best first."""
    strengths: Doubles
    """Of each position, shape [n]; never rising along ``order``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """How orders and first stage become strengths."""

    kappa: float = 1.0
    """Strength that one standard deviation of the first stage's scores is worth beforehand."""
    sigma: float = 3.0
    """Deviation of a strength around that, for a judge that does not contradict itself."""
    least_sigma: float = 1.0
    """The same for one that draws lots."""
    first_stage: float = 0.0
    """Share of the first stage in the final strength, in [0, 1] (``a`` of spec 03 §2.5)."""

    def __post_init__(self) -> None:
        check_number("kappa", self.kappa, low=0.0, high=1e3)
        check_number("sigma", self.sigma, low=1e-3, high=1e3)
        check_number("least_sigma", self.least_sigma, low=1e-3, high=1e3)
        check_number("first_stage", self.first_stage, low=0.0, high=1.0)

    def settle(self, order: Sequence[int], orders: Sequence[Sequence[int]], stage: FirstStage) -> Settled:
        """Return order and strengths of all passages.

        Args:
            order: The schedule's, of all positions.
            orders: Of each window, positions best first.
            stage: What was ranked.
        """
        doubt = contradiction(orders, len(stage.passages))
        excess = min(1.0, max(0.0, (doubt - _TRUSTED) / (_RANDOM - _TRUSTED)))
        sigma = self.sigma + excess * (self.least_sigma - self.sigma)
        found = strengths(orders, self.kappa * stage.strength, sigma=sigma)
        if self.first_stage:
            found = (1 - self.first_stage) * _standard(found) + self.first_stage * stage.strength
        elif doubt <= _FOLLOWED:
            smooth = np.empty_like(found)
            smooth[list(order)] = falling(found[list(order)])
            return Settled(order=tuple(order), strengths=smooth)
        ranks = stage.ranks
        by_strength = sorted(range(len(found)), key=lambda index: (-found[index], ranks[index]))
        return Settled(order=tuple(by_strength), strengths=found)


def contradiction(orders: Sequence[Sequence[int]], n: int) -> float:
    """Return how often two windows that saw the same two items order them differently, in [0, 1]; 0 for no pair."""
    if n < 2:
        return 0.0
    wins = np.zeros((n, n))
    for order in orders:
        places = np.asarray(order, np.intp)
        first, second = np.triu_indices(len(places), 1)
        wins[places[first], places[second]] += 1
    seen = wins + wins.T
    often = np.triu(seen >= 2)
    one, both = wins[often], seen[often]
    return float((2 * one * (both - one) / (both * (both - 1))).mean()) if len(both) else 0.0


def falling(values: Doubles) -> Doubles:
    """Return the nearest sequence (least squares) that never rises: neighbours in the wrong order are averaged."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        mean, count = float(value), 1
        while blocks and blocks[-1][0] < mean:
            before, many = blocks.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        blocks.append((mean, count))
    return np.repeat([mean for mean, _ in blocks], [count for _, count in blocks]) if blocks else values


def _standard(values: Doubles) -> Doubles:
    return (values - values.mean()) / (values.std() or 1.0) if len(values) else values
