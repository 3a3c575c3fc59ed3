"""What is known of the passages of one list without a model; ranking and its fit look at the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .blend import Blend
from .features import WORD_FEATURES, word_features
from .first_stage import FirstStage
from .level import share_title

__all__ = ["Signs"]

Doubles: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """Arrays are float64 [n]."""

    first_stage: Doubles
    """The first stage's strength, or BM25 within the list where there are no scores: the order may then be any."""
    words: Doubles
    """[n, 4], by `WORD_FEATURES`."""
    shared_title: bool
    """Whether every passage bears one title."""

    @classmethod
    def of(cls, stage: FirstStage, texts: Sequence[str]) -> Signs:
        """Look at a list whose passages read as ``texts``."""
        words = word_features(stage.query, texts)
        first_stage = stage.strength if stage.scored else words[:, WORD_FEATURES.index("bm25")]
        shared = share_title([passage.title for passage in stage.passages])
        return cls(first_stage=first_stage, words=words, shared_title=shared)

    def at(self, places: Sequence[int]) -> Signs:
        """Return those of some passages, as part of the same list."""
        chosen = list(places)
        return Signs(first_stage=self.first_stage[chosen], words=self.words[chosen], shared_title=self.shared_title)

    def sums(self, blend: Blend, depth: Doubles | None = None) -> Doubles:
        """Return what a blend adds up to, with a model's values as its depth: float64 [n]."""
        return blend.sums(self.first_stage, self.words, depth)

    def log_odds(self, blend: Blend, depth: Doubles | None = None) -> Doubles:
        """Return the log odds that a blend gives, with a model's values as its depth: float64 [n]."""
        return blend.log_odds(self.first_stage, self.words, depth, shared_title=self.shared_title)
