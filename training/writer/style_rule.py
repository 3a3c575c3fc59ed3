"""How far style alone tells the chosen text of a pair from the rejected one: naive Bayes, fitted on other queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from .naive_bayes import fit_naive_bayes
from .pair_figures import prefers
from .pairs import Pair, fold_of

__all__ = ["LEAST", "style_rule"]

LEAST: Final = 20
"""Pairs below which nothing is said."""
_FOLDS: Final = 5


def style_rule(pairs: Sequence[Pair]) -> float | None:
    """Return the cross-validated pair accuracy, split by query; None of fewer than `LEAST` pairs or of one fold."""
    parts = [fold_of(pair.query, _FOLDS) for pair in pairs]
    if len(pairs) < LEAST or len(set(parts)) < 2:
        return None
    scores = np.zeros((len(pairs), 2))
    for part in set(parts):
        model = fit_naive_bayes([pair for pair, other in zip(pairs, parts, strict=True) if other != part])
        for place, pair in enumerate(pairs):
            if parts[place] == part:
                scores[place] = model.score(pair.query, [pair.chosen, pair.rejected])
    return float(prefers(scores).mean())
