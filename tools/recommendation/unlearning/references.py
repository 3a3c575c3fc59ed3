"""How likely a forgotten click may stay: what a model that never learnt it would say (spec 07 §2.6).

No retrained model is at hand, so a proxy tells.

    rehearsed  what a network that was trained beforehand without other clicks said of those (ours, the best of the
               three: `questline.tools.recommendation.unlearning.rehearsal`)
    counts     the click's share by sessions and items without the forgotten clicks, which are exact (the spec's proxy)
    unlearnt   the network's own word (ours): the chance of a click that it did learn and that stands as high among its
               like is replaced by that of one that it never learnt, F_unlearnt^-1(F_learnt(P)). On LastFM the order of
               clicks in a retrained network is nearly the order in the first one (Spearman .95), and little that of
               the counts (.56)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.recommendation.counts import Counts
from questline.tools.recommendation.scoring import Weights, scores

__all__ = ["LEAST", "Reference", "counted", "unlearnt_chances"]

Doubles: TypeAlias = NDArray[np.float64]
Reference: TypeAlias = Literal["rehearsed", "unlearnt", "counts"]
_EVEN: Final = 0.01
LEAST: Final = float(np.finfo(np.float32).tiny)


def counted(counts: Counts, asked: Sequence[tuple[Sequence[str], str]], items: int) -> Doubles:
    """Return each click's share by the counts, float64 [asked], none of them 0.

    Args:
        counts: Of what is kept.
        asked: What stood before a click, oldest first, and the click; with nothing before, its share of all clicks.
        items: Of the catalogue, for a little of an even share.
    """
    weights = Weights()
    shares: list[float] = []
    for before, item in asked:
        known = [counts.index[each] for each in before if each in counts.index]
        found = scores(counts, known, weights) if before else counts.clicks.astype(np.float64)
        total, place = float(found.sum()), counts.index.get(item)
        shares.append(float(found[place]) / total if total > 0 and place is not None else 0.0)
    return (1 - _EVEN) * np.array(shares, np.float64) + _EVEN / items


def unlearnt_chances(own: Doubles, learnt: Doubles, unlearnt: Doubles) -> Doubles:
    """Return the chance that each forgotten click may keep, float64 [clicks]; never above its own.

    Args:
        own: Of the clicks in the trained network, float64 [clicks].
        learnt: Of clicks of the same kind that it learnt and keeps, float64 [n], n from 1.
        unlearnt: Of clicks of the same kind that it never learnt, float64 [m], m from 1.
    """
    ordered = np.sort(learnt)
    place = (np.searchsorted(ordered, own, "left") + np.searchsorted(ordered, own, "right")) / 2 / len(ordered)
    found = np.exp(np.quantile(np.log(np.maximum(unlearnt, LEAST)), np.clip(place, 0, 1)))
    return np.maximum(np.minimum(found, own), LEAST)
