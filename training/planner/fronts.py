"""Fronts of (F1, cost): what each planner and baseline reaches over its dial, the area below, and who beats whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .baselines import hypervolume

__all__ = ["Line", "pareto", "volumes"]

Doubles: TypeAlias = NDArray[np.float64]
_RESAMPLES: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one policy reaches: k points over its dial (the weight of calls, alpha, the workflow)."""

    f1: Doubles
    """``[k, n]``."""
    costs: Doubles
    """``[k, n, c]``."""
    labels: tuple[str, ...]
    """k, such as ``λ 0.1``."""
    bound: bool = False
    """Whether nobody can choose like it: the oracle."""

    def points(self, component: int) -> list[tuple[float, float]]:
        """Return (F1, cost) of each point."""
        return [
            (float(f1.mean()), float(cost.mean())) for f1, cost in zip(self.f1, self.costs[..., component], strict=True)
        ]


def pareto(lines: Mapping[str, Line], component: int) -> list[dict[str, Any]]:
    """Return every point of every line, and whether another one has at least its F1 for less, or more for its cost.

    Bounds beat nothing. Dearest last.
    """
    points = [
        (name, label, f1, cost, line.bound)
        for name, line in lines.items()
        for label, (f1, cost) in zip(line.labels, line.points(component), strict=True)
    ]
    rivals = [(f1, cost) for _, _, f1, cost, bound in points if not bound]
    return [
        {
            "policy": name,
            "point": label,
            "f1": f1,
            "cost": cost,
            "on_front": not any(
                (other >= f1 and less < cost) or (other > f1 and less <= cost) for other, less in rivals
            ),
            "bound": bound,
        }
        for name, label, f1, cost, bound in sorted(points, key=lambda point: (point[3], point[2]))
    ]


def volumes(
    lines: Mapping[str, Line], own: str, component: int, reference: float, *, seed: int = 0
) -> dict[str, dict[str, float]]:
    """Return the hypervolume of each line, and by how much the own line's is larger, with a paired bootstrap (95 %).

    Args:
        lines: By name.
        own: Name of the line that is measured.
        component: Place of the cost.
        reference: Mean cost of the dearest constant, held fast while questions are drawn.
        seed: Of the draws.
    """
    n = lines[own].f1.shape[1]
    draws = np.random.default_rng(seed).integers(0, n, (_RESAMPLES, n))
    drawn = {name: _drawn(line, component, draws, reference) for name, line in lines.items()}
    found: dict[str, dict[str, float]] = {}
    for name, line in lines.items():
        found[name] = {"hypervolume": hypervolume(line.points(component), reference)}
        if name != own:
            low, high = np.percentile(drawn[own] - drawn[name], [2.5, 97.5])
            found[name] |= {"own_larger_low": float(low), "own_larger_high": float(high)}
    for name in found.keys() - {own}:
        found[name]["own_larger"] = found[own]["hypervolume"] - found[name]["hypervolume"]
    return found


def _drawn(line: Line, component: int, draws: NDArray[np.int64], reference: float) -> Doubles:
    f1 = np.stack([values[draws].mean(axis=1) for values in line.f1], axis=1)
    cost = np.stack([values[draws].mean(axis=1) for values in line.costs[..., component]], axis=1)
    return np.array([hypervolume(_pairs(a, b), reference) for a, b in zip(f1.tolist(), cost.tolist(), strict=True)])


def _pairs(f1: Sequence[float], cost: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(f1, cost, strict=True))
