"""How long one decision takes: the median of many, one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.agents.workflow_planner.trained import Policy

from .episodes import STATES, Episodes

__all__ = ["decision_ms", "median_ms"]

_TIMED: Final = 200


def median_ms(work: Callable[[int], object], count: int) -> float:
    """Return the median milliseconds of `work` on the numbers below `count`, two hundred of them at most."""
    took: list[float] = []
    for row in range(min(_TIMED, count)):
        began = time.perf_counter()
        work(row)
        took.append(time.perf_counter() - began)
    return float(np.median(took) * 1000)


def decision_ms(
    policy: Policy, episodes: Episodes, vectors: NDArray[np.float32], weights: NDArray[np.float32]
) -> float:
    """Return the median milliseconds of the network on one state.

    Args:
        policy: Is asked.
        episodes: Where the states come from.
        vectors: Of the questions, ``[n, v]``.
        weights: lambda ``[c]``.
    """

    def decide(row: int) -> object:
        return policy.judge(vectors[row : row + 1], episodes.features[row : row + 1, row % len(STATES)], weights[None])

    return median_ms(decide, len(vectors))
