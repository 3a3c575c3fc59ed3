"""Rewards of a workflow, as pure functions: the published one with both of its readings, and ours.

Published (arXiv:2508.01005, reward section): ``R = F1 - alpha * R_CP - R_FP``, with ``R_CP = C_token + C_turn + I(S)``.
Text and cost table of the paper disagree on which decomposition costs how many extra turns, so both are here. The
released code multiplies ``R_CP`` by 0: that is ``alpha = 0``.

Ours: ``U = F1 - <lambda, c>``, each cost divided by its 95th percentile over the training table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError, UsageError

__all__ = [
    "COMPONENTS",
    "USD_UNIT",
    "Component",
    "Reading",
    "Spent",
    "checked",
    "cost_penalty",
    "published",
    "scales",
    "utilities",
    "weights",
]

Doubles: TypeAlias = NDArray[np.float64]
Component: TypeAlias = Literal["tokens", "usd", "calls", "seconds"]
COMPONENTS: Final[tuple[Component, ...]] = ("tokens", "usd", "calls", "seconds")
"""The costs of a run, in the order of a cost vector."""
Reading: TypeAlias = Literal["text", "table"]
"""Which part of the paper the extra turns are taken from."""
USD_UNIT: Final = 6.02e-4
"""Dollars that count as 1: one call each of QR, DS, AG and AS."""
_TURN: Final = 0.25
_PERCENTILE: Final = 95.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What the published reward asks of a run."""

    usd: float
    decomposition: Literal["", "QDS", "QDP"] = ""
    parts: int = 0
    """Sub-questions, n of the paper."""
    searched: bool = False


def cost_penalty(spent: Spent, reading: Reading = "text") -> float:
    """Return ``R_CP``, at least 0.

    By the text QDP takes one extra turn and QDS one a sub-question; by the cost table it is the other way round.

    Raises:
        UsageError: ``bad_argument`` for dollars or sub-questions below 0 or not finite, or an unknown reading.
    """
    if reading not in ("text", "table"):
        raise UsageError(f"reading={reading!r} must be text or table", argument="reading")
    if not (np.isfinite(spent.usd) and spent.usd >= 0 and spent.parts >= 0):
        raise UsageError(f"usd={spent.usd!r} and parts={spent.parts!r} must be finite and at least 0", argument="spent")
    each = "QDS" if reading == "text" else "QDP"
    extra = 0 if not spent.decomposition else spent.parts if spent.decomposition == each else 1
    return spent.usd / USD_UNIT + _TURN * extra + float(spent.searched)


def published(f1: float, spent: Spent, *, alpha: float, legal: bool = True, reading: Reading = "text") -> float:
    """Return ``F1 - alpha * R_CP - R_FP``; an illegal plan ran nothing, so its F1 and its cost are the caller's 0.

    Raises:
        UsageError: ``bad_argument`` for an F1 outside [0, 1], or an alpha below 0 or not finite.
    """
    if not 0 <= f1 <= 1:
        raise UsageError(f"f1={f1!r} must be in [0, 1]", argument="f1")
    if not (np.isfinite(alpha) and alpha >= 0):
        raise UsageError(f"alpha={alpha!r} must be a finite number of at least 0", argument="alpha")
    return f1 - alpha * cost_penalty(spent, reading) - float(not legal)


def scales(costs: Doubles) -> Doubles:
    """Return what each cost is divided by: its 95th percentile, or its largest value where that percentile is 0.

    Args:
        costs: ``[..., component]`` of a training table, finite and at least 0.

    Returns:
        ``[component]``, above 0; 1 for a cost that is 0 everywhere.

    Raises:
        UsageError: ``bad_data`` for a cost that is negative or not finite, or for no costs.
    """
    flat = costs.reshape(-1, costs.shape[-1])
    if not flat.size or not np.isfinite(flat).all() or (flat < 0).any():
        raise UsageError("costs must be finite numbers of at least 0, of one run at least", code="bad_data")
    high, most = np.percentile(flat, _PERCENTILE, axis=0), flat.max(axis=0)
    return np.where(high > 0, high, np.where(most > 0, most, 1.0))


def weights(given: Mapping[str, float], components: Sequence[str] = COMPONENTS) -> Doubles:
    """Return lambda as a vector ``[component]``; what is not named weighs 0.

    Raises:
        UsageError: ``bad_argument`` for an unknown component, or a weight that is negative or not finite.
    """
    for name, value in given.items():
        if name not in components:
            raise UsageError(f"lambda {name!r} is not one of {', '.join(components)}", argument=f"lambda_{name}")
        if not (np.isfinite(value) and value >= 0):
            raise UsageError(
                f"lambda_{name}={value!r} must be a finite number of at least 0", argument=f"lambda_{name}"
            )
    return np.array([given.get(name, 0.0) for name in components])


def utilities(quality: Doubles, costs: Doubles, scale: Doubles, lam: Doubles) -> Doubles:
    """Return ``Q - <lambda, c / scale>``.

    Args:
        quality: ``[...]``, of each run.
        costs: ``[..., component]``, not yet divided.
        scale: ``[component]``, from `scales` of the training table.
        lam: ``[component]``, from `weights`.
    """
    return quality - (costs / scale) @ lam


def checked(rewards: Doubles) -> Doubles:
    """Return rewards as they are, or stop learning from them.

    Raises:
        RunError: When one is not a finite number; what was learnt before stays.
    """
    if not np.isfinite(rewards).all():
        raise RunError("a reward is not a finite number", at=int((~np.isfinite(rewards)).argmax()))
    return rewards
