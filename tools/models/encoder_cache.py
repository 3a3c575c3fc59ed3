"""The packaged encoder behind a memory of recent texts: the steps of one question read the same sentences again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .cache_hits import hit
from .encoder import Encoder

__all__ = ["RECENT", "RecentTexts", "SharedEncoder"]

Floats: TypeAlias = "NDArray[np.float32]"
RECENT: Final = 4_096
"""Texts remembered: 6 MiB of vectors of 384 numbers."""


class Encodes(Protocol):
    """Turns texts into vectors."""

    @property
    def fingerprint(self) -> str:
        """Changes when a vector could change."""
        ...

    def encode(self, texts: Sequence[str], /) -> Floats:
        """Return one row per text, float32 ``[n, width]``."""
        ...


class RecentTexts:
    """An encoder that remembers the vectors of the last texts it met; safe to share between threads.

    The vector of a text does not depend on the texts beside it, so remembering changes no result. What it learns from
    an index was rounded to 16 bits: cosines differ by less than .001.
    """

    def __init__(self, encoder: Encodes, *, size: int = RECENT) -> None:
        self._encoder = encoder
        self._size = size
        self._vectors: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], /) -> Floats:
        """Return one row per text, float32 ``[n, width]``; only new texts are encoded."""
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
        hit(len(known))
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known |= dict(zip(new, self._encoder.encode(new), strict=True))
        self._keep({text: known[text] for text in texts})
        return np.stack([known[text] for text in texts]) if texts else self._encoder.encode(texts)

    @property
    def fingerprint(self) -> str:
        """Of the encoder behind it; `learn` takes the vectors of no other."""
        return self._encoder.fingerprint

    def learn(self, vectors: Mapping[str, Floats]) -> None:
        """Remember vectors that were made before, by text; what is remembered already stays as it is."""
        with self._lock:
            new = {text: vector for text, vector in vectors.items() if text not in self._vectors}
        self._keep(new)

    def _keep(self, vectors: Mapping[str, Floats]) -> None:
        with self._lock:
            for text, vector in vectors.items():
                self._vectors[text] = vector
                self._vectors.move_to_end(text)
            while len(self._vectors) > self._size:
                self._vectors.popitem(last=False)


class SharedEncoder:
    """The packaged encoder, opened at its first use: where language models do all the work it is never needed."""

    def __init__(self, *, threads: int = 1) -> None:
        self._threads = threads

    def encode(self, texts: Sequence[str], /) -> Floats:
        """Return one row per text, float32 ``[n, 384]``, of length 1."""
        return Encoder.load(threads=self._threads).encode(texts)

    @property
    def fingerprint(self) -> str:
        """Of the packaged encoder, which it opens."""
        return Encoder.load(threads=self._threads).fingerprint
