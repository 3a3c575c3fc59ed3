"""The counts that a process works with, and how they keep up with a file that others may write."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from .changing import replaced
from .counts import Counts
from .snapshots import packed, unpacked
from .store import SessionStore

__all__ = ["Live", "Model"]

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Model:
    """Counts and the generation of the store that they are of."""

    counts: Counts
    generation: int


class Live:
    """The current model: replaced in one step, never changed, so that every reader sees one state."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self._seen = store.watched()
        self._model = self._load()

    def current(self) -> Model:
        """Return the model of the last change, made by whichever process; never waits for a change in progress."""
        seen = self._store.watched()
        if seen != self._seen:
            if self._store.generation() == self._model.generation:
                self._seen = seen
            elif self._store.lock.acquire(blocking=False):
                try:
                    self._reload(seen)
                finally:
                    self._store.lock.release()
        return self._model

    def latest(self) -> Model:
        """Return the model that a transaction starts from; inside of one."""
        generation = cast("int", self._store.meta("generation"))
        if generation != self._model.generation:
            self._model = Model(self._store.counts(), generation)
        return self._model

    def publish(self, model: Model) -> None:
        """Make a model the current one, after its transaction."""
        self._model = model

    def change(self, contents: Mapping[int, Sequence[str]], generation: int) -> Model:
        """Return the model after sessions got other contents."""
        return Model(replaced(self._model.counts, contents), generation)

    def snapshot(self) -> int:
        """Store the counts beside the sessions, in place of earlier ones; return their size in bytes."""
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM snapshots")
            return self.put_snapshot(self.latest())

    def put_snapshot(self, model: Model) -> int:
        """Store the counts of a model, inside its transaction."""
        data = packed(model.counts)
        self._store.connection.execute("INSERT INTO snapshots VALUES (?, ?)", (model.generation, data))
        return len(data)

    def _reload(self, seen: int) -> None:
        if self._store.connection.in_transaction:  # this thread is changing the store right now
            return
        if self._store.generation() != self._model.generation:
            self._model = self._load()
        self._seen = seen

    def _load(self) -> Model:
        with self._store.reading() as connection:
            generation = cast("int", self._store.meta("generation"))
            row = connection.execute("SELECT data FROM snapshots WHERE generation = ?", (generation,)).fetchone()
            if row is not None:
                try:
                    return Model(unpacked(cast("bytes", row[0])), generation)
                except (ValueError, KeyError, TypeError, IndexError) as error:
                    _LOG.warning(
                        "the snapshot in %s is not used: %s; the sessions are counted again", self._store.path, error
                    )
            return Model(self._store.counts(), generation)
