"""Fit the click model's weights: a conditional softmax over the options of each pane, the slot's effect beside them.

    L = - sum over panes  engagement * sum_i  rate_i * log softmax_i( w · x_i + g(slot_i) )  +  ridges          (ours)

g is the position tower of spec 06 §2.3: it takes up what the slot alone explains and is left out at prediction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.tools.suggestion.ctr_features import FEATURES, GROUPS, Doubles
from questline.tools.suggestion.ctr_model import SLOTS, Mode, used
from questline.training.reading.optimise import minimise

__all__ = ["Choice", "Weights", "fit_weights"]

_STEPS: Final = 200
_TOLERANCE: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One pane as the fit sees it."""

    table: Doubles
    """[options, len(FEATURES)]"""
    gains: Doubles
    """[options], summing to 1."""
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What a fit found; see `questline.tools.suggestion.ctr_model.Tower`."""

    centre: Doubles
    scale: Doubles
    weights: Doubles
    position: Doubles

    def scores(self, table: Doubles) -> Doubles:
        """Return the slot-blind score of each row."""
        return (table - self.centre) / self.scale @ self.weights


def fit_weights(
    choices: Sequence[Choice],
    mode: Mode,
    *,
    without: Sequence[str] = (),
    position: bool = True,
    ridge: float = 5.0,
    slot_ridge: float = 0.3,
) -> Weights:
    """Fit by BFGS from zero: deterministic.

    Args:
        choices: Panes with clicks and two options or more.
        mode: Which features there are.
        without: Groups of features to leave out.
        position: Whether the position tower stands beside the text tower.
        ridge: Of each standardised weight; `slot_ridge` of each slot's term.
        slot_ridge: See there.
    """
    stacked = np.concatenate([choice.table for choice in choices])
    centre, scale = stacked.mean(axis=0), stacked.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    absent = {name for group in without for name in GROUPS[group]}
    kept = np.array([has and name not in absent for has, name in zip(used(mode), FEATURES, strict=True)])
    batch = _Batch.of(choices, centre, scale, kept)
    count = int(kept.sum())
    ridges = np.concatenate([np.full(count, ridge), np.full(SLOTS, slot_ridge)])
    found = minimise(
        lambda point: batch.loss(point, ridges, position=position),
        np.zeros(count + SLOTS),
        steps=_STEPS,
        tolerance=_TOLERANCE,
    )
    weights = np.zeros(len(FEATURES))
    weights[kept] = found[:count]
    slots = found[count:] - found[count]
    return Weights(centre=centre, scale=scale, weights=weights, position=slots)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """All panes as padded arrays."""

    inputs: Doubles
    """[panes, width, features], standardised."""
    slots: Doubles
    """[width, SLOTS], one-hot."""
    there: NDArray[np.bool_]
    gains: Doubles
    weight: Doubles

    @classmethod
    def of(cls, choices: Sequence[Choice], centre: Doubles, scale: Doubles, kept: NDArray[np.bool_]) -> _Batch:
        width = max(len(choice.gains) for choice in choices)
        inputs = np.zeros((len(choices), width, int(kept.sum())))
        there = np.zeros((len(choices), width), np.bool_)
        gains = np.zeros((len(choices), width))
        for row, choice in enumerate(choices):
            size = len(choice.gains)
            inputs[row, :size] = ((choice.table - centre) / scale)[:, kept]
            there[row, :size] = True
            gains[row, :size] = choice.gains
        slots = np.eye(SLOTS)[np.minimum(np.arange(width), SLOTS - 1)]
        weight = np.array([choice.weight for choice in choices])
        return cls(inputs=inputs, slots=slots, there=there, gains=gains, weight=weight)

    def loss(self, point: Doubles, ridges: Doubles, *, position: bool) -> tuple[float, Doubles]:
        """Return the loss and its gradient at `point`: weights, then slots."""
        count = self.inputs.shape[2]
        logits = self.inputs @ point[:count]
        if position:
            logits = logits + self.slots @ point[count:]
        logits = np.where(self.there, logits, -np.inf)
        logits = logits - logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        total = shares.sum(axis=1, keepdims=True)
        shares = shares / total
        logs = np.where(self.there, logits, 0.0) - np.log(total)
        value = -float((self.weight[:, None] * self.gains * logs).sum()) + 0.5 * float(ridges @ (point * point))
        slope = self.weight[:, None] * (shares - self.gains)
        gradient = ridges * point
        gradient[:count] += np.einsum("po,pof->f", slope, self.inputs)
        if position:
            gradient[count:] += np.einsum("po,os->s", slope, self.slots)
        return value, gradient
