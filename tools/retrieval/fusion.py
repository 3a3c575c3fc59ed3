"""Join the evidence for each candidate into one score.

    score = z(lexical) + DENSE · z(dense) + MENTION · m + LINK · l

z: standard scores over the candidates that the two searches found. m in [0, 1]: how much of the query's information
is the candidate's title, word for word. l in [0, 1]: the candidate's title stands in a passage that ranks at the top
without l, weighted by that rank, by how specific the title is, and by how many passages bear it.

The weights were chosen on the mixed training questions (1,818) and hold for all collections. Recall@5 there, while
building up: lexical .840, z(lexical) + z(dense) .881, DENSE 1.5 .886, MENTION 4 .891, LINK 6 .947; reciprocal ranks
(k = 60) of the first two .867. LINK 8 gains .005 more, all of it on 2Wiki, whose support labels were themselves guessed
from titles, and is left. `agents eval retrieval` measures the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["DENSE", "LINK", "LINK_DECAY", "LINK_SOURCES", "MENTION", "SHIPPED", "Weights", "combine", "standard_scores"]

DENSE: Final = 1.5
MENTION: Final = 4.0
LINK: Final = 6.0
LINK_SOURCES: Final = 3
"""Passages at the top that are read for mentions."""
LINK_DECAY: Final = 0.8
"""Weight of each of them beside the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What the terms count beside the lexical one; other values than the shipped ones are for measuring."""

    dense: float = DENSE
    mention: float = MENTION
    """At 0, titles in the query also bring in no candidate."""
    link: float = LINK
    """At 0, titles in the passages at the top also bring in no candidate."""


SHIPPED: Final = Weights()


def standard_scores(values: NDArray[np.float32], found: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return (value - mean) / deviation, both taken over the candidates that were `found`; NaN becomes 0, the mean."""
    known = values[found & np.isfinite(values)]
    if not known.size:
        return np.zeros_like(values)
    scaled = (values - known.mean()) / (known.std() + 1e-6)
    return np.nan_to_num(scaled, nan=0.0).astype(np.float32)


def combine(
    lexical: NDArray[np.float32],
    dense: NDArray[np.float32] | None,
    mention: NDArray[np.float32],
    link: NDArray[np.float32],
    found: NDArray[np.bool_],
    weights: Weights = SHIPPED,
) -> NDArray[np.float32]:
    """Return one score a candidate.

    Args:
        lexical: BM25, shape [n].
        dense: Cosines, NaN where a passage has no vector; None when the encoder cannot read the query.
        mention: In [0, 1].
        link: In [0, 1].
        found: Which candidates the lexical or the dense search returned; the others only came in by their title.
        weights: Of the terms.
    """
    score = standard_scores(lexical, found) + weights.mention * mention + weights.link * link
    if dense is not None:
        score = score + weights.dense * standard_scores(dense, found)
    return score.astype(np.float32)
