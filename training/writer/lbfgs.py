"""Minimise a smooth function of tens of thousands of numbers: L-BFGS (Nocedal & Wright, algorithm 7.5)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from questline.tools.writing.types import FloatArray

__all__ = ["Objective", "minimise"]

Objective: TypeAlias = Callable[[FloatArray], tuple[float, FloatArray]]
"""Returns the value and the gradient."""
_MEMORY: Final = 10
_DECREASE: Final = 1e-4
_TRIALS: Final = 25


def minimise(
    objective: Objective,
    start: FloatArray,
    *,
    steps: int,
    tolerance: float = 1e-6,
    hears: Callable[[int], None] | None = None,
) -> FloatArray:
    """Return the best point after at most `steps` steps; `hears` is told each step that was taken."""
    point, (value, gradient) = start, objective(start)
    kept: deque[tuple[FloatArray, FloatArray, float]] = deque(maxlen=_MEMORY)
    for step in range(steps):
        if np.abs(gradient).max(initial=0.0) <= tolerance:
            break
        direction = -_times_inverse(gradient, kept)
        slope = float(gradient @ direction)
        if slope >= 0:
            direction, slope = -gradient, -float(gradient @ gradient)
            kept.clear()
        length = 1.0 if kept else min(1.0, 1 / float(np.abs(gradient).sum()))
        for _ in range(_TRIALS):
            new = point + length * direction
            new_value, new_gradient = objective(new)
            if new_value <= value + _DECREASE * length * slope:
                break
            length /= 2
        else:
            break
        change, bend = new - point, new_gradient - gradient
        product = float(change @ bend)
        if product > 1e-12:
            kept.append((change, bend, product))
        point, value, gradient = new, new_value, new_gradient
        if hears is not None:
            hears(step + 1)
    return point


def _times_inverse(gradient: FloatArray, kept: deque[tuple[FloatArray, FloatArray, float]]) -> FloatArray:
    told = gradient.copy()
    shares: list[float] = []
    for change, bend, product in reversed(kept):
        share = float(change @ told) / product
        shares.append(share)
        told -= share * bend
    if kept:
        _, bend, product = kept[-1]
        told *= product / float(bend @ bend)
    for (change, bend, product), share in zip(kept, reversed(shares), strict=True):
        told += (share - float(bend @ told) / product) * change
    return told
