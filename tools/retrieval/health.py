"""Say how an index is, without mending it: for `agents doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from questline.errors import RunError

from .contract import Embedder
from .dense import DenseIndex
from .lexical import LexicalIndex
from .store import Store

__all__ = ["Health", "State", "check"]

State: TypeAlias = Literal["ok", "stale", "missing", "damaged", "off"]
"""``stale``, ``missing`` and ``damaged`` derived indexes are built again by the next search or indexing run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The state of each part."""

    database: State
    lexical: State
    dense: State
    documents: int = 0
    passages: int = 0
    embedded: int = 0
    """Passages with a vector of this encoder."""
    waiting: int = 0
    """Passages that the next indexing run will embed."""
    encoder: str = ""
    """Fingerprint; empty without an encoder."""
    bytes: int = 0
    """Size of the database."""
    problem: str = ""
    """What is wrong with the database and what to do."""


def check(store: Store, encoder: Embedder | None) -> Health:
    """Look at every part; reads the whole database.

    Raises:
        RunError: The database cannot be read just now (``index_locked``, ``run_failed``), which is not damage.
    """
    fingerprint = encoder.fingerprint if encoder is not None else ""
    try:
        store.check()
        generation = store.generation()
        documents, passages = store.counts()
        embedded = int(store.embedded(fingerprint).size) if encoder is not None else 0
        waiting = len(store.without_vector(fingerprint)) if encoder is not None else 0
    except RunError as error:
        if error.code != "damaged_index":  # a disk that does not answer says nothing of the database
            raise
        return Health(database="damaged", lexical="off", dense="off", encoder=fingerprint, problem=error.message)
    lexical = _state(
        exists=LexicalIndex.exists(store.folder),
        loaded=_at(LexicalIndex.load(store.folder, store=store.identity)),
        generation=generation,
    )
    dense: State = "off"
    if encoder is not None:
        loaded = DenseIndex.load(store.folder, store=store.identity, encoder=fingerprint, dimension=encoder.dimension)
        dense = _state(exists=DenseIndex.exists(store.folder, fingerprint), loaded=_at(loaded), generation=generation)
    return Health(
        database="ok",
        lexical=lexical,
        dense=dense,
        documents=documents,
        passages=passages,
        embedded=embedded,
        waiting=waiting,
        encoder=fingerprint,
        bytes=store.size(),
    )


def _at(loaded: tuple[object, int] | None) -> int | None:
    return None if loaded is None else loaded[1]


def _state(*, exists: bool, loaded: int | None, generation: int) -> State:
    if loaded is None:
        return "damaged" if exists else "missing"
    return "ok" if loaded == generation else "stale"
