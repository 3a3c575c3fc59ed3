"""How likely a forgotten click may stay: what a model that never learnt it would say (spec 07 §2.6).

No retrained model is at hand, so a proxy tells: item and session counts without the forgotten clicks, which are exact.

    counts    their share of the click, with a little of an even share
    matched   the network's own chance of a click that it never learnt and that the counts rate alike (ours): counts
              and networks are not calibrated to each other, and a click that a network did not learn has its spread
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.recommendation.counts import Counts
from questline.tools.recommendation.scoring import Weights, scores

__all__ = ["REFERENCES", "Reference", "counted", "matched"]

Doubles: TypeAlias = NDArray[np.float64]
Reference: TypeAlias = Literal["matched", "counts"]
REFERENCES: Final[tuple[Reference, ...]] = ("matched", "counts")
_EVEN: Final = 0.01
_NEAR: Final = 5
"""Never-learnt clicks with the nearest counts, one of which is drawn."""


def counted(counts: Counts, asked: Sequence[tuple[Sequence[str], str]], items: int) -> Doubles:
    """Return each click's share by the counts, float64 [asked], none of them 0.

    Args:
        counts: Of what is kept.
        asked: What stood before a click, oldest first, and the click; with nothing before, its share of all clicks.
        items: Of the catalogue, for the even share.
    """
    weights = Weights()
    shares: list[float] = []
    for before, item in asked:
        known = [counts.index[each] for each in before if each in counts.index]
        found = scores(counts, known, weights) if before else counts.clicks.astype(np.float64)
        total, place = float(found.sum()), counts.index.get(item)
        shares.append(float(found[place]) / total if total > 0 and place is not None else 0.0)
    return (1 - _EVEN) * np.array(shares, np.float64) + _EVEN / items


def matched(shares: Doubles, known_shares: Doubles, known_chances: Doubles, seed: int) -> Doubles:
    """Return for each forgotten click the chance of a never-learnt one whose counts are near.

    Args:
        shares: Of what is forgotten, by `counted`, float64 [samples].
        known_shares: Of clicks that the network did not learn, float64 [known].
        known_chances: The network's own for these.
        seed: Of which of the nearest is taken.

    Returns:
        float64 [samples]; `shares` themselves where no never-learnt click is known.
    """
    if not len(known_shares):
        return shares.copy()
    random = np.random.default_rng([seed, 5])
    found = np.zeros(len(shares))
    for at, share in enumerate(shares):
        apart = np.abs(np.log(known_shares) - np.log(share))
        order = np.lexsort((random.random(len(apart)), apart))[:_NEAR]
        found[at] = known_chances[random.choice(order)]
    return np.maximum(found, np.finfo(np.float32).tiny)
