"""The style baseline of a judge's audit: naive Bayes over characters and pairs of characters, length and all."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from questline.tools.writing.reward_model.features import pieces
from questline.tools.writing.types import FloatArray

from .pairs import Pair

__all__ = ["NaiveBayes", "fit_naive_bayes"]

_ORDERS: Final = (1, 2)
_SMOOTHING: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NaiveBayes:
    """Log odds of pieces between chosen and rejected texts; whatever tells two writers apart counts, length too."""

    odds: Mapping[str, float]

    def score(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return the log odds of each text, [len(texts)]; the query does not matter."""
        return np.array([math.fsum(self.odds.get(piece, 0.0) for piece in pieces(text, _ORDERS)) for text in texts])


def fit_naive_bayes(pairs: Sequence[Pair]) -> NaiveBayes:
    """Count the pieces of both sides."""
    held: list[Counter[str]] = [Counter(), Counter()]
    for pair in pairs:
        held[0].update(pieces(pair.chosen, _ORDERS))
        held[1].update(pieces(pair.rejected, _ORDERS))
    known = held[0].keys() | held[1].keys()
    totals = [math.log(side.total() + _SMOOTHING * len(known)) for side in held]
    return NaiveBayes(
        odds={
            piece: math.log(held[0][piece] + _SMOOTHING) - totals[0] - math.log(held[1][piece] + _SMOOTHING) + totals[1]
            for piece in sorted(known)
        }
    )
