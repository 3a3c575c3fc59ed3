"""Embed what has no vector yet, a batch at a time, so that a killed run goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from questline.tools.models.encoder import dense_is_reliable

from . import writes
from .contract import Embedder
from .store import Store, StoredPassage

__all__ = ["embed_missing", "text_to_embed"]

_BATCH: Final = 64
"""Passages to a commit: under a second of work is lost when the process is killed."""


def text_to_embed(passage: StoredPassage) -> str:
    """Return what the encoder reads of a passage."""
    return f"{passage.title}\n{passage.text}" if passage.title else passage.text


def embed_missing(store: Store, encoder: Embedder, *, progress: Callable[[int, int], None]) -> int:
    """Embed every passage that this encoder has not seen and return how many there were.

    Passages that the encoder cannot read (mostly Chinese) are noted as such and never embedded.
    """
    waiting = store.without_vector(encoder.fingerprint)
    waiting.sort(key=lambda item: item[1])  # equal lengths together
    done = 0
    while done < len(waiting):
        batch = [n for n, _ in waiting[done : done + _BATCH]]
        passages = list(store.texts(batch))
        vectors = np.zeros((len(passages), encoder.dimension), np.float32)
        readable = [i for i, passage in enumerate(passages) if dense_is_reliable(passage.text)]
        if readable:
            vectors[readable] = encoder.encode([text_to_embed(passages[i]) for i in readable])
        with store.transaction() as connection:
            writes.put_vectors(connection, encoder.fingerprint, [passage.n for passage in passages], vectors)
        done += len(batch)
        progress(done, len(waiting))
    return len(waiting)
