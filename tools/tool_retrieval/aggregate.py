"""From each intent's scores to one list.

The published rule keeps a tool's best score over all sub-queries (spec 02, Eq. 6), so that one dominant intent can fill
the list. Here every intent gets its best tool before any gets a second (§2.5).
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["AGGREGATES", "WHOLE", "Aggregate", "ordered"]

Floats: TypeAlias = NDArray[np.float32]
Order: TypeAlias = "list[tuple[int, float, int]]"
"""Place of a tool, its score, and the intent that brought it."""
Aggregate: TypeAlias = Literal["coverage", "max", "whole"]
AGGREGATES: Final[tuple[Aggregate, ...]] = ("coverage", "max", "whole")
WHOLE: Final = 0.6
"""What the question as a whole counts beside one of its intents. Recall@5 on `sealtools_dev`: 0 .952, .3 .954, .6 .955;
without it `stabletoolbench_G1`, whose second requests lean on the first, has .793 in place of .820."""


def ordered(intents: Floats, whole: Floats, k: int, *, aggregate: Aggregate = "coverage") -> Order:
    """Return at most `k` tools, best first.

    Args:
        intents: Scores, [intents, tools].
        whole: Scores for the question as it stands, [tools].
        k: Tools to return; for coverage never less than one for each intent.
        aggregate: ``coverage`` gives each intent its slot, ``max`` keeps each tool's best score, ``whole`` does not
            look at intents.
    """
    if aggregate == "whole":
        return [(place, float(whole[place]), 0) for place in _best(whole, k)]
    joint = ((intents + WHOLE * whole) / (1 + WHOLE)).astype(np.float32)
    if aggregate == "max":
        top = joint.max(axis=0)
        return [(place, float(top[place]), int(joint[:, place].argmax())) for place in _best(top, k)]
    return _rounds(joint, max(k, len(intents)))


def _rounds(joint: Floats, k: int) -> Order:
    """Take each intent's best, then each one's second, and so on; within a round the surer one comes first."""
    lists = [_best(row, k) for row in joint]
    taken: dict[int, tuple[float, int]] = {}
    for place in range(len(lists[0])):
        turn = sorted(range(len(lists)), key=lambda intent: -joint[intent, lists[intent][place]])
        for intent in turn:
            tool = lists[intent][place]
            taken.setdefault(tool, (float(joint[intent, tool]), intent))
    return [(tool, score, intent) for tool, (score, intent) in taken.items()][:k]


def _best(scores: Floats, k: int) -> list[int]:
    """Return the places of the `k` highest, equal ones in their order."""
    k = min(k, len(scores))
    if 0 < k < len(scores):
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        some = np.flatnonzero(scores >= least)
    else:
        some = np.arange(len(scores))
    return [int(place) for place in some[np.argsort(-scores[some], kind="stable")][:k]]
