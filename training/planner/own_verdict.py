"""Which of three planners is kept: the one in use, the tuned one, or the best single workflow of the tuned one's table.

The simpler one wins what luck could decide: the planner in use stays unless another is better beyond luck, and the
tuned one is kept over a constant only where it is better than that too. A tuned planner that runs one workflow on every
question is that constant, and is called so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from questline.training.evaluation.intervals import Difference, paired_bootstrap

from .columns import TOP
from .own_compare import COSTS, Line, Prices

__all__ = ["Compared", "compared"]

Verdict = Literal["better", "worse", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the comparison says."""

    gain: Difference
    """Utility of the tuned planner (b) less that of the one in use (a), with the paired bootstrap's 95 % interval."""
    verdict: Verdict
    """``better`` or ``worse`` where the interval leaves 0 out."""
    over_constant: Difference
    """The same over the best single workflow."""
    constant_gain: Difference
    """Utility of the best single workflow less that of the planner in use."""
    constant: str
    """That workflow as a planner: ``constant:R,AG``."""
    only: str
    """The plan that the tuned planner ran on every question; empty where it ran several."""
    kept: str
    """``default``, ``tuned``, or ``constant:…``."""
    means: Mapping[str, Mapping[str, float]]
    """By ``default``, ``tuned`` and ``constant``: utility, F1, and what was really spent."""
    weights: Mapping[str, float]
    """lambda of the costs that weighed."""

    def as_dict(self) -> dict[str, Any]:
        """Return JSON data."""
        return {
            "verdict": self.verdict,
            "utility": asdict(self.gain),
            "over_constant": asdict(self.over_constant),
            "constant_gain": asdict(self.constant_gain),
            "constant": self.constant,
            "only": self.only,
            "means": dict(self.means),
            "weights": dict(self.weights),
        }


def compared(
    default: Sequence[Line],
    tuned: Sequence[Line],
    constant: Sequence[Line],
    prices: Prices,
    *,
    name: str,
    seed: int = 0,
) -> Compared:
    """Weigh the runs of three planners on the same questions.

    Args:
        default: Of the planner in use.
        tuned: Of the tuned one.
        constant: Of the best single workflow.
        prices: What costs weigh.
        name: Of the best single workflow, as in ``--planner``.
        seed: Of the resampling.

    Raises:
        RunError: A utility is not a finite number.
    """
    sides = {"default": default, "tuned": tuned, "constant": constant}
    worth = {side: prices.of_lines(lines) for side, lines in sides.items()}

    def over(side: str, other: str) -> Difference:
        return paired_bootstrap(worth[other], worth[side], seed=seed)

    gain, over_constant, constant_gain = (
        over("tuned", "default"),
        over("tuned", "constant"),
        over("constant", "default"),
    )
    plans = {line.plan for line in tuned}
    only = plans.pop() if len(plans) == 1 else ""
    candidates = {name: constant_gain}
    if only in TOP:
        candidates[f"constant:{only}"] = gain
    elif over_constant.low > 0 or constant_gain.low <= 0:
        candidates["tuned"] = gain
    better = {each: found for each, found in candidates.items() if found.low > 0}
    return Compared(
        gain=gain,
        verdict="better" if gain.low > 0 else "worse" if gain.high < 0 else "undecided",
        over_constant=over_constant,
        constant_gain=constant_gain,
        constant=name,
        only=only,
        kept=max(better, key=lambda each: better[each].difference, default="default"),
        means={side: {"utility": float(np.mean(worth[side])), **_means(lines)} for side, lines in sides.items()},
        weights={cost: weight for cost, weight in zip(prices.components, prices.weights, strict=True) if weight > 0},
    )


def _means(lines: Sequence[Line]) -> dict[str, float]:
    return {name: float(np.mean([getattr(line, name) for line in lines])) for name in ("f1", *COSTS)}
