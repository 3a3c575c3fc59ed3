"""What reads passages beside a query: the encoder's cosine, the cross-encoder's logit, or both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder

__all__ = ["SHARE", "Cosine", "Pairs", "Scorer", "Together", "together"]

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


class Cosine:
    """The packaged encoder as a scorer: the cosine of query and text."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._room = encoder.max_tokens - 2
        self._last: tuple[str, NDArray[np.float32]] | None = None

    def __call__(self, query: str, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Return cosines."""
        last = self._last
        if last is None or last[0] != query:
            last = self._last = (query, self._encoder.encode([query])[0])
        return self._encoder.encode(texts) @ last[1]

    def fits(self, query: str, text: str, /) -> bool:
        """Say whether `text` has no more word pieces than the encoder reads."""
        del query
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


class Together:
    """Two scorers of one scale: the first, plus `share` times the second."""

    def __init__(self, first: Scorer, second: Scorer, *, share: float) -> None:
        self._first, self._second, self._share = first, second, share

    def __call__(self, query: str, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Return the weighted sum."""
        summed = self._first(query, texts) + self._share * self._second(query, texts)
        return summed.astype(np.float32)

    def fits(self, query: str, text: str, /) -> bool:
        """Say whether both read `text` whole."""
        return self._first.fits(query, text) and self._second.fits(query, text)


def together(*, threads: int = 1) -> Together:
    """Return the packaged cross-encoder with the packaged encoder beside it.

    Raises:
        RunError: ``damaged_model`` naming the file that is missing or damaged.
    """
    pairs = Pairs(CrossEncoder.load(threads=threads))
    return Together(pairs, Cosine(Encoder.load(threads=threads)), share=SHARE)
