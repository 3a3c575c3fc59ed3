"""Fit the curve from log odds to probabilities, on panes that the weights were not fitted on."""

from __future__ import annotations

from typing import Final

import numpy as np

from questline.tools.suggestion.ctr_calibration import Calibration
from questline.tools.suggestion.ctr_features import Doubles
from questline.training.reading.optimise import minimise

__all__ = ["ISOTONIC_FROM", "calibrate", "expected_error", "isotonic", "platt"]

ISOTONIC_FROM: Final = 200
"""Options from which there is enough to fit steps; below, two numbers (spec 06 §2.3)."""
_BINS: Final = 10
_KNOTS: Final = 12
"""Steps that are kept at most: more would follow the noise of single panes."""


def calibrate(log_odds: Doubles, rates: Doubles, weights: Doubles) -> Calibration:
    """Fit isotonic steps, or Platt's curve for fewer than `ISOTONIC_FROM` options; all [n], rates in [0, 1]."""
    if len(log_odds) < ISOTONIC_FROM:
        return platt(log_odds, rates, weights)
    return isotonic(log_odds, rates, weights)


def platt(log_odds: Doubles, rates: Doubles, weights: Doubles) -> Calibration:
    """Fit slope and bias by log loss, with a small ridge towards leaving the odds as they are."""

    def loss(point: Doubles) -> tuple[float, Doubles]:
        logits = np.clip(point[0] * log_odds + point[1], -500, 500)
        chance = 1 / (1 + np.exp(-logits))
        value = float((weights * (np.logaddexp(0, logits) - rates * logits)).sum())
        slope = weights * (chance - rates)
        towards = point - np.array([1.0, 0.0])
        return value + 0.5 * float(towards @ towards), np.array([slope @ log_odds, slope.sum()]) + towards

    slope, bias = minimise(loss, np.array([1.0, 0.0]))
    return Calibration(slope=max(float(slope), 0.0), bias=float(bias))


def isotonic(log_odds: Doubles, rates: Doubles, weights: Doubles) -> Calibration:
    """Fit never-falling steps (pool adjacent violators) to the means of `_KNOTS` groups of equal size."""
    order = np.argsort(log_odds, kind="stable")
    blocks: list[tuple[float, float, float]] = []  # where, rate, weight
    for group in np.array_split(order, min(_KNOTS, len(order))):
        mass = float(weights[group].sum())
        if not mass:
            continue
        block = (float(log_odds[group] @ weights[group]) / mass, float(rates[group] @ weights[group]) / mass, mass)
        blocks.append(block)
        while len(blocks) > 1 and blocks[-2][1] >= blocks[-1][1]:
            (left, low, one), (right, high, two) = blocks[-2:]
            both = one + two
            blocks[-2:] = [((left * one + right * two) / both, (low * one + high * two) / both, both)]
    return Calibration(knots=tuple(block[0] for block in blocks), values=tuple(block[1] for block in blocks))


def expected_error(chances: Doubles, rates: Doubles) -> float:
    """Return the expected calibration error: over ten bins of equal width, the mean distance of chance and rate."""
    if not len(chances):
        return 0.0
    bins = np.minimum((chances * _BINS).astype(np.int64), _BINS - 1)
    gaps = [abs(float((chances[bins == number] - rates[bins == number]).sum())) for number in range(_BINS)]
    return sum(gaps) / len(chances)
