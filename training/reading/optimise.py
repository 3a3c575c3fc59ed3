"""Minimise a smooth function of a few hundred numbers: BFGS with a dense inverse Hessian (Nocedal & Wright, ch. 6)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from .tables import Doubles

__all__ = ["Objective", "minimise"]

Objective: TypeAlias = Callable[[Doubles], tuple[float, Doubles]]
"""Returns the value and the gradient."""
_DECREASE: Final = 1e-4
_CURVATURE: Final = 0.9
"""The constants of the Wolfe conditions that the book recommends for quasi-Newton steps."""
_TRIALS: Final = 30


def minimise(objective: Objective, start: Doubles, *, steps: int = 400, tolerance: float = 1e-6) -> Doubles:
    """Return a point where no part of the gradient is above `tolerance`, or the best one after `steps` steps."""
    point, (value, gradient) = start, objective(start)
    inverse: Doubles = np.eye(len(start))
    for step in range(steps):
        if np.abs(gradient).max(initial=0.0) <= tolerance:
            break
        direction: Doubles = -(inverse @ gradient)
        moved = _search(objective, point, value, gradient, direction)
        if moved is None:
            break
        new, new_value, new_gradient = moved
        change, bend = new - point, new_gradient - gradient
        product = float(change @ bend)
        if product > 1e-12:
            if step == 0:
                inverse *= product / float(bend @ bend)
            bent = inverse @ bend
            cross: Doubles = np.outer(bent, change)
            inverse += (product + float(bend @ bent)) / (product * product) * np.outer(change, change)
            inverse -= (cross + cross.T) / product
        point, value, gradient = new, new_value, new_gradient
    return point


def _search(
    objective: Objective, point: Doubles, value: float, gradient: Doubles, direction: Doubles
) -> tuple[Doubles, float, Doubles] | None:
    """Return a point along `direction` that meets both Wolfe conditions, by bisection; None when none is better."""
    slope = float(gradient @ direction)
    low, high, length = 0.0, math.inf, 1.0
    best: tuple[Doubles, float, Doubles] | None = None
    for _ in range(_TRIALS):
        new = point + length * direction
        new_value, new_gradient = objective(new)
        if not new_value <= value + _DECREASE * length * slope:
            high = length
        else:
            best = new, new_value, new_gradient
            if float(new_gradient @ direction) >= _CURVATURE * slope:
                return best
            low = length
        length = (low + high) / 2 if high < math.inf else 2 * length
    return best
