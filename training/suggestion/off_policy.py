"""Estimate what another policy would have earned from a log of this one, and say how much the estimate rests on.

w_i = pi(a_i | x_i) / mu(a_i | x_i), clipped
IPS   = 1/N sum w_i r_i
SNIPS = sum w_i r_i / sum w_i
DR    = 1/N sum [ rhat(x_i, pi) + w_i (r_i - rhat(x_i, a_i)) ]                        (spec 06 §2.6, ours)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError

__all__ = ["Estimates", "Logged", "evaluate_offline"]

_Z: Final = 1.96
"""Standard errors in a 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One action that was taken, and what the other policy thinks of it."""

    reward: float
    """What came of it: 1 for a click, 0 for none, or any rate."""
    propensity: float | None
    """mu(a|x): how likely the logging policy was to take it; None where it was not logged."""
    target: float
    """pi(a|x): how likely the policy that is judged takes it, in [0, 1]."""
    predicted: float = 0.0
    """rhat(x, a): what a click model expects of the action."""
    predicted_target: float = 0.0
    """rhat(x, pi): what it expects of the judged policy here, the mean over its actions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """The value of a policy, a reward for each decision."""

    ips: float
    snips: float
    dr: float
    dr_low: float
    """Ends of the 95 % interval of `dr` (normal approximation)."""
    dr_high: float
    effective_size: float
    """(sum w)^2 / sum w^2: as many unweighted rows would say as much. Below about 200, do not decide by it."""
    clipped: float
    """Share of the rows whose weight was cut."""
    n: int


def evaluate_offline(log: Sequence[Logged], *, clip: float = 50.0) -> Estimates:
    """Estimate the target policy's value.

    Args:
        log: At least one row.
        clip: Largest weight; lower means less variance and more bias towards what was logged.

    Raises:
        UsageError: ``no_propensity`` with ``row`` (from 0) where the logging policy's probability is missing or not in
            (0, 1]; ``bad_argument`` for an empty log, a clip not above 0, a target outside [0, 1] or a number that is
            not finite.
    """
    if not log or not clip > 0:
        raise UsageError("an estimate needs at least one row and a clip above 0", argument="log")
    for row, each in enumerate(log):
        _check(row, each)
    raw = np.array([each.target / (each.propensity or math.inf) for each in log])
    weights = np.minimum(raw, clip)
    rewards = np.array([each.reward for each in log])
    predicted = np.array([each.predicted for each in log])
    terms: NDArray[np.float64] = np.array([each.predicted_target for each in log]) + weights * (rewards - predicted)
    total = float(weights.sum())
    spread = float(terms.std(ddof=1)) / math.sqrt(len(log)) if len(log) > 1 else math.inf
    value = float(terms.mean())
    return Estimates(
        ips=float((weights * rewards).mean()),
        snips=float(weights @ rewards) / total if total else 0.0,
        dr=value,
        dr_low=value - _Z * spread,
        dr_high=value + _Z * spread,
        effective_size=total * total / float(weights @ weights) if total else 0.0,
        clipped=float((raw > clip).mean()),
        n=len(log),
    )


def _check(row: int, each: Logged) -> None:
    if each.propensity is None or not 0 < each.propensity <= 1:
        raise UsageError(
            f"row {row}: the logging policy's probability is {each.propensity!r}; log it, above 0 and at most 1, for "
            "every action that it takes",
            code="no_propensity",
            row=row,
            argument="propensity",
        )
    if not 0 <= each.target <= 1:
        raise UsageError(f"row {row}: target={each.target!r} is not in [0, 1]", row=row, argument="target")
    for name in ("reward", "predicted", "predicted_target"):
        if not math.isfinite(getattr(each, name)):
            raise UsageError(f"row {row}: {name}={getattr(each, name)!r} is not finite", row=row, field=name)
