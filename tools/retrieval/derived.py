"""Keep the lexical and the dense index in step with the store: load what is intact, mend what is not.

Whoever may write does so under the folder's lock. Others use what is on disk while a writer is at work, and build in
memory when there is nothing to use, so that a search always answers from committed data.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from questline.errors import RunError

from .contract import Embedder
from .dense import DenseIndex
from .faults import storage_faults
from .lexical import LexicalIndex
from .lock import writer_lock
from .ranking import Snapshot
from .store import Store

__all__ = ["Derived"]

_LOG = logging.getLogger("questline.retrieval")
_NEVER: Final = -1


class Derived:
    """The two derived indexes of one store."""

    def __init__(self, store: Store, encoder: Embedder | None, *, threads: int) -> None:
        """Nothing is read before the first search."""
        self._store = store
        self._encoder = encoder
        self._threads = threads
        self._lock = threading.RLock()
        self._lexical: LexicalIndex | None = None
        self._dense: DenseIndex | None = None
        self._lexical_at = _NEVER
        """The store's generation that the lexical index reflects."""
        self._dense_at = _NEVER
        self._tried_at = _NEVER
        self.repairs: list[str] = []
        """What had to be built again because it was damaged, in words."""

    def snapshot(self) -> Snapshot:
        """Return the indexes as new as they can be had now.

        Raises:
            RunError: What the store raises.
        """
        generation = self._store.generation()
        if not self._current(generation):
            with self._lock:
                if not self._current(generation):
                    self._refresh(generation)
        assert self._lexical is not None
        return Snapshot(store=self._store, lexical=self._lexical, dense=self._dense, encoder=self._encoder)

    def _current(self, generation: int) -> bool:
        """Whether what is loaded reflects this commit or, where a writer was quicker, a later one."""
        return self._lexical_at >= generation and (self._encoder is None or self._dense_at >= generation)

    def _refresh(self, generation: int) -> None:
        self.load()
        if self._current(generation):
            return
        if not self._store.read_only and self._tried_at != generation:
            try:
                with writer_lock(self._store.folder):
                    self.sync()
            except RunError as error:
                if error.code not in {"index_locked", "read_only", "disk_full"}:
                    raise
                if error.code != "index_locked":  # a busy writer will be done soon; these will not go away
                    self._tried_at = generation
            else:
                return
        self._fill_gaps(generation)

    def load(self) -> None:
        """Take what is on disk when it is intact and newer than what is loaded."""
        folder, identity = self._store.folder, self._store.identity
        lexical = LexicalIndex.load(folder, store=identity, newer_than=self._lexical_at)
        if lexical is not None:
            self._lexical, self._lexical_at = lexical
        if self._encoder is None:
            return
        dense = DenseIndex.load(
            folder,
            store=identity,
            encoder=self._encoder.fingerprint,
            dimension=self._encoder.dimension,
            threads=self._threads,
            newer_than=self._dense_at,
        )
        if dense is not None:
            self._dense, self._dense_at = dense

    def sync(self) -> None:
        """Bring both indexes on disk to the store's last commit; the caller holds the writer's lock."""
        self.sync_lexical()
        self.sync_dense()

    def sync_lexical(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Bring the lexical index on disk to the store's last commit."""
        with self._lock, storage_faults(self._store.folder):
            generation = self._store.generation()
            if self._lexical_at == generation and self._on_disk(LexicalIndex, generation):
                return
            folder, identity = self._store.folder, self._store.identity
            kept = LexicalIndex.load(folder, store=identity)
            if kept is None:
                self._note_damage("lexical", existed=LexicalIndex.exists(folder))
                lexical = LexicalIndex.create(folder)
            else:
                lexical = kept[0]
            lexical.sync(self._store, progress)
            lexical.save(folder, store=identity, generation=generation)
            self._lexical, self._lexical_at = lexical, generation

    def sync_dense(self) -> None:
        """Bring the dense index on disk to the store's last commit."""
        if self._encoder is None:
            return
        with self._lock, storage_faults(self._store.folder):
            generation = self._store.generation()
            if self._dense_at == generation and self._on_disk(DenseIndex, generation):
                return
            folder, identity, encoder = self._store.folder, self._store.identity, self._encoder
            kept = DenseIndex.load(
                folder,
                store=identity,
                encoder=encoder.fingerprint,
                dimension=encoder.dimension,
                threads=self._threads,
            )
            if kept is None:
                self._note_damage("dense", existed=DenseIndex.exists(folder, encoder.fingerprint))
            dense = DenseIndex(encoder.dimension, threads=self._threads) if kept is None else kept[0]
            dense.sync(self._store, encoder.fingerprint)
            dense.save(folder, store=identity, generation=generation, encoder=encoder.fingerprint)
            self._dense, self._dense_at = dense, generation

    def _on_disk(self, kind: type[LexicalIndex] | type[DenseIndex], generation: int) -> bool:
        """Whether what is loaded was saved, rather than built in memory."""
        return kind.manifest_generation(self._store.folder) == generation

    def _note_damage(self, what: str, *, existed: bool) -> None:
        if existed:
            note = f"the {what} index in {str(self._store.folder)!r} was damaged or outdated and is built again"
            self.repairs.append(note)
            _LOG.warning(note)

    def _fill_gaps(self, generation: int) -> None:
        """Without the right to write: build in memory what is missing, or what nobody else will bring up to date."""
        alone = self._store.read_only or self._tried_at == generation
        if self._lexical is None or (alone and self._lexical_at != generation):
            if self._lexical is None:
                self._note_damage("lexical", existed=LexicalIndex.exists(self._store.folder))
            lexical = LexicalIndex()
            lexical.sync(self._store)
            self._lexical, self._lexical_at = lexical, generation
        if self._encoder is not None and (self._dense is None or (alone and self._dense_at != generation)):
            dense = DenseIndex(self._encoder.dimension, threads=self._threads)
            dense.sync(self._store, self._encoder.fingerprint)
            self._dense, self._dense_at = dense, generation
