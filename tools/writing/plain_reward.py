"""An order of candidates where no reward model is given: a usual length, the occasion named, nothing twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .brief import Brief
from .grammar.bank import bank
from .reading import read
from .script import simplified
from .types import FloatArray

__all__ = ["PlainReward"]


class PlainReward:
    """Keeps the Protocol `RewardModel`; by rule, nothing is learnt."""

    def score(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return one logit a text: shape [len(texts)]."""
        reading = read(Brief(query=query))
        cores = bank().phrases(reading.occasion, "", "core") if reading.chinese else ()
        usual = 18 if reading.tone == "short" else 44
        return np.array([_scored(simplified(text), cores, usual) for text in texts], dtype=np.float64)


def _scored(text: str, cores: Sequence[str], usual: int) -> float:
    pairs = [text[place : place + 2] for place in range(len(text) - 1)]
    varied = len(set(pairs)) / len(pairs) if pairs else 0.0
    named = any(core in text for core in cores)
    return 2.0 * varied + 0.6 * named - 0.5 * abs(float(np.log((len(text) + 1) / (usual + 1))))
