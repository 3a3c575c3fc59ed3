"""The same question under two pictures: what a clean picture, or a photo turned upright, wins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from questline.training.evaluation.intervals import paired_bootstrap
from questline.training.evaluation.items import Json

__all__ = ["SMALL", "mcnemar", "paired"]

SMALL: Final = 30
"""Items below which a figure is marked as resting on few."""


def mcnemar(only_a: int, only_b: int) -> float:
    """Return the exact two-sided p of McNemar's test from the two counts of discordant pairs."""
    count = only_a + only_b
    if not count:
        return 1.0
    tail = sum(math.comb(count, at) for at in range(min(only_a, only_b) + 1))
    return min(1.0, 2 * tail / 2**count)


def paired(a: Sequence[tuple[float, float]], b: Sequence[tuple[float, float]], *, seed: int = 0) -> dict[str, Json]:
    """Compare two conditions question by question: Acc by paired bootstrap, strict Acc by McNemar's test.

    Args:
        a: (Acc, strict Acc) of each question in the first condition.
        b: Of the same questions in the second one.
        seed: Of the bootstrap.

    Returns:
        ``n, acc_a, acc_b, acc_difference`` (b minus a) with ``low``, ``high``, ``p``; ``strict_a``, ``strict_b``,
        ``only_a_right``, ``only_b_right``, ``mcnemar_p``; ``small`` for few pairs.
    """
    if not a:
        return {"n": 0, "note": "no question was finished in both conditions"}
    found = asdict(paired_bootstrap([one[0] for one in a], [one[0] for one in b], seed=seed))
    only_a = sum(1 for one, other in zip(a, b, strict=True) if one[1] and not other[1])
    only_b = sum(1 for one, other in zip(a, b, strict=True) if other[1] and not one[1])
    return {
        "n": len(a),
        "acc_a": found["a"],
        "acc_b": found["b"],
        "acc_difference": found["difference"],
        "low": found["low"],
        "high": found["high"],
        "p": found["p"],
        "strict_a": sum(one[1] for one in a) / len(a),
        "strict_b": sum(one[1] for one in b) / len(b),
        "only_a_right": only_a,
        "only_b_right": only_b,
        "mcnemar_p": mcnemar(only_a, only_b),
        "small": len(a) < SMALL,
    }
