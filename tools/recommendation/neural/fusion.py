"""A trained recommender and the counts together, by ranks: what both put high comes first (spec 07 §2.7).

    score(j) = w / (C + rank by the network) + (1 - w) / (C + rank by the counts)

Reciprocal ranks (Cormack et al., SIGIR 2009); only the first `DEPTH` of either list have a rank.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from questline.tools.recommendation.scoring import Doubles

__all__ = ["fused"]

DEPTH: Final = 500
CONSTANT: Final = 10.0
SHARE: Final = 0.5
"""w, of the network."""


def fused(network: Doubles, counts: Doubles, *, share: float = SHARE, constant: float = CONSTANT) -> Doubles:
    """Return one score of each item, float64 [N], in [0, 1].

    Args:
        network: Logits, float64 [N]; -inf where it does not know an item.
        counts: Scores of the counts, float64 [N]; 0 where they say nothing.
        share: w.
        constant: C.
    """
    return share * _reciprocal(network, constant, -np.inf) + (1 - share) * _reciprocal(counts, constant, 0.0)


def _reciprocal(values: Doubles, constant: float, nothing: float) -> Doubles:
    found = np.zeros(len(values))
    first = np.flatnonzero(values > nothing)
    if len(first) > DEPTH:
        told = values[first]
        first = first[np.argpartition(-told, DEPTH)[:DEPTH]]
    order = first[np.argsort(-values[first], kind="stable")]
    found[order] = 1 / (constant + 1 + np.arange(len(order)))
    return found
