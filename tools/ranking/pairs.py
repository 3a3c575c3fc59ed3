"""The cross-encoder as a scorer, alone or with the sentence encoder's cosine beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from questline.tools.models.cross_encoder import CrossEncoder

from .embedded import Scorer

__all__ = ["Pairs", "Together"]


class Pairs:
    """Query and passage read together: the relevance logit of the cross-encoder."""

    def __init__(self, model: CrossEncoder) -> None:
        self._model = model

    def __call__(self, query: str, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Return logits."""
        return self._model.score(query, texts).relevance

    def fits(self, query: str, text: str, /) -> bool:
        """Say whether query and `text` have no more word pieces together than the model reads."""
        return self._model.fits(query, text)


class Together:
    """Two scorers of one scale: the first, plus `share` times the second."""

    def __init__(self, first: Scorer, second: Scorer, *, share: float) -> None:
        self._first, self._second, self._share = first, second, share

    def __call__(self, query: str, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Return the weighted sum."""
        return self._first(query, texts) + np.float32(self._share) * self._second(query, texts)

    def fits(self, query: str, text: str, /) -> bool:
        """Say whether both read `text` whole."""
        return self._first.fits(query, text) and self._second.fits(query, text)
