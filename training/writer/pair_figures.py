"""What scores of both sides of pairs say: accuracy at equal length, and how far the score goes with the length."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from questline.errors import UsageError
from questline.tools.writing.types import FloatArray

from .pairs import Pair, fold_of
from .reward_model import Fit, fit_reward_model

__all__ = ["correlation", "cross_scores", "length_figures", "prefers"]


def cross_scores(
    pairs: Sequence[Pair], fit: Fit, *, folds: int, hears: Callable[[str, int, int], None] | None = None
) -> FloatArray:
    """Return the scores of both sides, [n, 2], each by a model fitted on the other queries (by their hash).

    Scores of different models are brought to one scale: zero mean and unit deviation over the texts of the fold.

    Raises:
        UsageError: ``bad_data`` where a fold would leave nothing to learn from.
    """
    parts = [fold_of(pair.query, folds) for pair in pairs]
    scores = np.zeros((len(pairs), 2))
    for done, fold in enumerate(sorted(set(parts))):
        outside = [pair for pair, part in zip(pairs, parts, strict=True) if part != fold]
        if not outside:
            raise UsageError("too few queries for a cross-validation: all are in one fold", code="bad_data")
        model = fit_reward_model(outside, fit)
        inside = [at for at, part in enumerate(parts) if part == fold]
        told = np.array([model.score(pairs[at].query, [pairs[at].chosen, pairs[at].rejected]) for at in inside])
        scores[inside] = (told - told.mean()) / max(float(told.std()), 1e-9)
        if hears is not None:
            hears("held-out queries", done + 1, folds)
    return scores


def prefers(scores: FloatArray) -> FloatArray:
    """Return 1 where the chosen side scores higher, one half for a tie, 0 where it scores lower: [n] of [n, 2]."""
    return (scores[:, 0] > scores[:, 1]) + 0.5 * (scores[:, 0] == scores[:, 1])


def length_figures(pairs: Sequence[Pair], scores: FloatArray) -> dict[str, float]:
    """Return pair accuracy, raw and at equal length, and correlations with length; what is undefined is left out."""
    matched = np.array([pair.matched for pair in pairs])
    same = np.array([pair.identical for pair in pairs])
    length = np.array([[len(pair.chosen), len(pair.rejected)] for pair in pairs], np.float64)
    right = prefers(scores)
    told: dict[str, float | None] = {
        "pair_accuracy": _mean(right),
        "pair_accuracy_length_matched": _mean(right[matched]),
        "pair_accuracy_length_matched_no_ties": _mean(right[matched & ~same]),
        "pair_accuracy_rejected_longer": _mean(right[length[:, 0] < length[:, 1]]),
        "score_length_correlation": correlation(scores, length),
        "score_length_correlation_chosen": correlation(scores[:, 0], length[:, 0]),
        "score_length_correlation_rejected": correlation(scores[:, 1], length[:, 1]),
        "score_length_correlation_matched": correlation(scores[matched], length[matched]),
    }
    return {name: value for name, value in told.items() if value is not None}


def correlation(scores: FloatArray, lengths: FloatArray) -> float | None:
    """Return Pearson's correlation; None where it is undefined: fewer than three values, or all alike."""
    one, other = scores.ravel(), lengths.ravel()
    if len(one) < 3 or not float(one.std()) > 1e-12 or not float(other.std()) > 1e-12:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _mean(values: FloatArray) -> float | None:
    return float(values.mean()) if len(values) else None
