"""How good a ranked list of ids is, given graded judgements.

The conventions are trec_eval's, which ``ir_measures`` runs: nDCG with linear gain (the grade itself, not
``2**grade - 1``) and the discount ``log2(rank + 1)``; unjudged ids count as not relevant; a query without a relevant id
scores 0. The binary metrics call an id relevant from a grade upwards: 1 by default, 2 for TREC DL by NIST's custom.
A grade of 0 or below is never relevant and gains nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

__all__ = ["average_precision", "ndcg", "recall", "reciprocal_rank"]


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Return nDCG@k of ``ranked`` (best first, ids unique), in [0, 1]."""
    ideal = _dcg(sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:k])
    return _dcg([max(0, grades.get(name, 0)) for name in ranked[:k]]) / ideal if ideal else 0.0


def recall(ranked: Sequence[str], grades: Mapping[str, int], k: int, *, relevant_from: int = 1) -> float:
    """Return the share of the relevant ids that stand among the first ``k``."""
    relevant = _relevant(grades, relevant_from)
    return len(relevant.intersection(ranked[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(
    ranked: Sequence[str], grades: Mapping[str, int], k: int | None = None, *, relevant_from: int = 1
) -> float:
    """Return 1 / rank of the first relevant id, 0 when none stands among the first ``k``; MRR is its mean."""
    relevant = _relevant(grades, relevant_from)
    return next((1 / rank for rank, name in enumerate(ranked[:k], start=1) if name in relevant), 0.0)


def average_precision(
    ranked: Sequence[str], grades: Mapping[str, int], k: int | None = None, *, relevant_from: int = 1
) -> float:
    """Return the mean over all relevant ids of the precision at their rank, 0 for those not found; MAP is its mean."""
    relevant = _relevant(grades, relevant_from)
    found, total = 0, 0.0
    for rank, name in enumerate(ranked[:k], start=1):
        if name in relevant:
            found += 1
            total += found / rank
    return total / len(relevant) if relevant else 0.0


def _relevant(grades: Mapping[str, int], relevant_from: int) -> set[str]:
    return {name for name, grade in grades.items() if grade >= max(1, relevant_from)}


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
