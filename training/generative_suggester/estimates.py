"""What the log of one round says of another policy: IPS, SNIPS and DR over whole lists (spec 06 §2.6, ours)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from questline.tools.suggestion.ctr_features import Doubles
from questline.training.suggestion.off_policy import Estimates, Logged, evaluate_offline

from .click_model import ClickModel
from .policy import Policy, grown
from .rows import Context
from .shown import Shown

__all__ = ["LISTS", "estimate", "list_chances", "ratios"]

LISTS: Final = 12
"""Lists of a query that what a policy is expected to earn is the mean of."""


def list_chances(policy: Policy, log: Sequence[Shown]) -> Doubles:
    """Return how likely the policy is to show each list of a log as it was, [n]."""
    contexts = [Context(row.query, row.options[:slot]) for row in log for slot in range(len(row.options))]
    each = policy.chances(contexts, [option for row in log for option in row.options])
    found: list[float] = []
    at = 0
    for row in log:
        found.append(math.prod(each[at : at + len(row.options)].tolist()))
        at += len(row.options)
    return np.array(found)


def ratios(policy: Policy, log: Sequence[Shown], *, clip: float) -> Doubles:
    """Return pi over the probability that was logged, [n], within 1 / clip and clip."""
    logged = np.array([math.prod(row.propensities) for row in log])
    return np.clip(list_chances(policy, log) / logged, 1 / clip, clip)


def estimate(policy: Policy, log: Sequence[Shown], model: ClickModel, *, clip: float, seed: str) -> Estimates:
    """Estimate the clicks a list that a policy would get.

    Args:
        policy: That is judged.
        log: Of lists with their propensities, one showing each.
        model: Whose expectations stand in for what was not shown.
        clip: Largest weight.
        seed: Of the lists that the policy's expectation is taken over.

    Raises:
        UsageError: ``no_propensity`` for a row without.
    """
    queries = list(dict.fromkeys(row.query for row in log))
    size = max(len(row.options) for row in log)
    lists = grown(policy, [query for query in queries for _ in range(LISTS)], size, seed=seed)
    told = [_expected(model, query, lists[at * LISTS + n]) for at, query in enumerate(queries) for n in range(LISTS)]
    expected = {query: float(np.mean(told[at * LISTS : (at + 1) * LISTS])) for at, query in enumerate(queries)}
    chances = list_chances(policy, log)
    return evaluate_offline(
        [
            Logged(
                reward=row.reward,
                propensity=math.prod(row.propensities) if row.propensities else None,
                target=float(chance),
                predicted=_expected(model, row.query, row.options),
                predicted_target=expected[row.query],
            )
            for row, chance in zip(log, chances, strict=True)
        ],
        clip=clip,
    )


def _expected(model: ClickModel, query: str, options: Sequence[str]) -> float:
    return float(model.expected(query, options).sum())
