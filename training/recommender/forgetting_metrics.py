"""How well something was forgotten, judged from both sides: too little, and too much (spec 07 §7, ours).

Everything is held against Retrain, the model that never learnt the forgotten clicks: below its Hit_u lies
over-forgetting.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["combined", "divergences", "membership_auc", "spread"]

Doubles: TypeAlias = NDArray[np.float64]
_EVEN: Final = 0.01
"""Share of an even distribution that is mixed into each, so that KL is finite where counts are 0."""
_LEAST: Final = 1e-9


def membership_auc(members: Doubles, others: Doubles) -> float | None:
    """Return how often a forgotten click scores above a click that was never learnt; ties count half.

    None where one of the two is empty. 0.5 says that the scores do not tell them apart.
    """
    if not len(members) or not len(others):
        return None
    ordered = np.sort(others)
    below, upto = np.searchsorted(ordered, members, "left"), np.searchsorted(ordered, members, "right")
    return float(np.mean((below + upto) / 2) / len(others))


def spread(scores: Doubles) -> Doubles:
    """Return scores as chances that sum to 1, none of them 0."""
    total = float(scores.sum())
    even = np.full(len(scores), 1 / len(scores))
    return even if total <= 0 else (1 - _EVEN) * scores / total + _EVEN * even


def divergences(retrained: Doubles, model: Doubles) -> tuple[float, float]:
    """Return KL(retrained || model) and the Jensen-Shannon divergence of two distributions, in nats."""
    middle = (retrained + model) / 2

    def kl(one: Doubles, other: Doubles) -> float:
        return max(0.0, float(np.sum(one * np.log(one / other))))

    return kl(retrained, model), (kl(retrained, middle) + kl(model, middle)) / 2


def combined(ndcg: float, ndcg_retrain: float, hit: float, hit_retrain: float, hit_original: float) -> float:
    """Return the harmonic mean of the kept utility and of the closeness of Hit_u to Retrain's, in [0, 1].

    It is min(1, NDCG / NDCG(Retrain)) and 1 - |Hit_u - Hit_u(Retrain)| / max(Hit_u(Original), eps).
    """
    kept = min(1.0, ndcg / ndcg_retrain) if ndcg_retrain > 0 else float(ndcg >= ndcg_retrain)
    close = max(0.0, 1 - abs(hit - hit_retrain) / max(hit_original, _LEAST))
    return 2 * kept * close / (kept + close) if kept + close > 0 else 0.0
