"""What reads passages beside a query: the encoder's cosine, and the cross-encoder's logit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder

__all__ = ["SHARE", "Cosine", "Pairs", "Scorer", "Skim", "Vector"]

Vector: TypeAlias = NDArray[np.float32]

SHARE: Final = 10.0
"""Of the cosine beside the cross-encoder's logit: a choice, made with WikiQA, TREC-QA and TREC DL in view. Half and
twice as much move none of them by more than .018."""


class Scorer(Protocol):
    """A model that says how well texts answer a query; called in a thread, several at once."""

    def __call__(self, query: str, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Return one logit a text, float32 [len(texts)]: higher is better, comparable between calls.

        A logit that is no finite number counts as a text that was not read.
        """
        ...

    def fits(self, query: str, text: str, /) -> bool:
        """Say whether the model reads `text` whole beside `query`."""
        ...


class Skim(Scorer, Protocol):
    """A scorer that is asked before a closer one, and may know texts that it has read before."""

    def knows(self, text: str, /) -> bool:
        """Say whether reading `text` costs nothing."""
        ...


class Cosine:
    """The packaged encoder as a scorer: the cosine of query and text.

    Args:
        encoder: Makes the vectors.
        vectors: What it made of texts before, by text: float32 [dimension] of length 1. They are taken as they are.
    """

    def __init__(self, encoder: Encoder, *, vectors: Mapping[str, Vector] | None = None) -> None:
        self._encoder = encoder
        self._vectors = vectors or {}
        self._room = encoder.max_tokens - 2
        self._last: tuple[str, Vector] | None = None

    def __call__(self, query: str, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Return cosines."""
        last = self._last
        if last is None or last[0] != query:
            last = self._last = (query, self._encoder.encode([query])[0])
        found = {text: self._vectors[text] for text in texts if text in self._vectors}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        found |= dict(zip(new, self._encoder.encode(new), strict=True))
        return np.array([found[text] @ last[1] for text in texts], np.float32)

    def knows(self, text: str, /) -> bool:
        """Say whether the vector of `text` is known."""
        return text in self._vectors

    def fits(self, query: str, text: str, /) -> bool:
        """Say whether `text` has no more word pieces than the encoder reads."""
        del query
        if text in self._vectors:  # read before, as a whole
            return True
        # No word piece is shorter than a character, so that most texts need no count.
        return len(text) <= self._room or self._encoder.tokens(text) <= self._room


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
