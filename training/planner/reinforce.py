"""REINFORCE with a leave-one-out baseline, each decision credited with what follows it.

    G(i, t) = F1(i) - sum of the prices from decision t on
    A(i, t) = G(i, t) - mean over the other rollouts j of the group that stood where i stands of G(j, t)

Rollouts of a group answer one question at one lambda; two stand in the same place when they took the same decisions
before. Where none of the others did, whole returns are compared instead: what i has drawn so far is charged to it, and
the mean is over all others. In both cases the baseline does not depend on the decision that it is held against, so that
the gradient is unbiased (leave-one-out as in arXiv:2402.14740 §3.2; credit by what follows [ours]).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError

from .rollouts import Rollout

__all__ = ["Credit", "advantages", "is_flat", "returns"]

Credit: TypeAlias = Callable[[Sequence[Rollout]], list[NDArray[np.float64]]]
"""Gives the decisions of a group their advantages: for each rollout ``[turns]``, 0 for one that was not drawn."""


def returns(rollout: Rollout) -> NDArray[np.float64]:
    """Return what follows each decision: ``[turns]``.

    Raises:
        RunError: When a reward is not a finite number; what was learnt before stays.
    """
    found = np.array([rollout.following(turn) for turn in range(len(rollout.turns))])
    if not np.isfinite(found).all():
        raise RunError("a reward is not a finite number", plan=rollout.plan)
    return found


def advantages(group: Sequence[Rollout]) -> list[NDArray[np.float64]]:
    """Return A of every decision of a group; see the module.

    Raises:
        RunError: When a reward is not a finite number.
    """
    follow = [returns(rollout) for rollout in group]
    ways = [tuple(turn.choice for turn in rollout.turns) for rollout in group]
    found: list[NDArray[np.float64]] = []
    for i, rollout in enumerate(group):
        own = np.zeros(len(rollout.turns))
        begun = next((t for t, turn in enumerate(rollout.turns) if turn.drawn), 0)
        for t, turn in enumerate(rollout.turns):
            if not turn.drawn:
                continue
            beside = [
                follow[j][t] for j in range(len(group)) if j != i and len(ways[j]) > t and ways[j][:t] == ways[i][:t]
            ]
            if beside:
                own[t] = follow[i][t] - float(np.mean(beside))
            else:
                others = [follow[j][begun] for j in range(len(group)) if j != i and len(follow[j]) > begun]
                own[t] = follow[i][begun] - float(np.mean(others)) if others else 0.0
        found.append(own)
    return found


def is_flat(credit: Sequence[NDArray[np.float64]], *, least: float = 1e-9) -> bool:
    """Say whether a group teaches nothing: every advantage is 0."""
    return all(float(np.abs(own).max(initial=0.0)) < least for own in credit)
