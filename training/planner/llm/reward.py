"""What a plan is rewarded with, as pure functions of what came of it: ours, and the published one in both readings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from questline.errors import UsageError
from questline.training.planner.rewards import Reading, Spent, published, utilities

__all__ = ["Kind", "Outcome", "Score", "as_published", "ours", "score_named"]

Kind: TypeAlias = Literal["ours", "published-text", "published-table"]
Score: TypeAlias = Callable[["Outcome"], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a question ended."""

    f1: float
    """In [0, 1]."""
    costs: tuple[float, ...]
    """Of all its workflows, in units of the scale."""
    weights: tuple[float, ...]
    """lambda."""
    legal: bool = True
    """Whether the plan could be read and run."""
    answered: bool = False
    """Whether there is an answer at all."""
    spent: tuple[Spent, ...] = ()
    """What the published reward asks, by workflow."""


def ours(outcome: Outcome) -> float:
    """Return ``F1 - <lambda, c>``, less 1 for a plan that is not legal."""
    ones = np.ones(len(outcome.costs))
    worth = utilities(np.array(outcome.f1), np.array(outcome.costs), ones, np.array(outcome.weights))
    return float(worth) - float(not outcome.legal)


def as_published(outcome: Outcome, *, alpha: float, reading: Reading) -> float:
    """Return ``F1 - alpha * R_CP - R_FP`` (arXiv:2508.01005, reward section); workflows are charged together."""
    split = next((each for each in outcome.spent if each.decomposition), None)
    whole = Spent(
        usd=sum(each.usd for each in outcome.spent),
        decomposition=split.decomposition if split else "",
        parts=split.parts if split else 0,
        searched=any(each.searched for each in outcome.spent),
    )
    return published(outcome.f1, whole, alpha=alpha, legal=outcome.legal, reading=reading)


def score_named(kind: str, *, alpha: float) -> Score:
    """Return the reward of a name.

    Raises:
        UsageError: ``bad_settings`` for an unknown one.
    """
    if kind == "ours":
        return ours
    if kind == "published-text":
        return lambda outcome: as_published(outcome, alpha=alpha, reading="text")
    if kind == "published-table":
        return lambda outcome: as_published(outcome, alpha=alpha, reading="table")
    raise UsageError(
        f"reward={kind!r} is not one of ours, published-text, published-table", code="bad_settings", argument="reward"
    )
