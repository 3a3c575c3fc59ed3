"""The document index: one folder with a database and what is derived from it, behind one small class."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError, UsageError
from questline.tools.models.encoder import Encoder
from questline.types import Filters, Passage

from . import health, writes
from .contract import Embedder
from .derived import Derived
from .documents import Document, iso_date
from .embed import embed_missing
from .faults import storage_faults
from .ingest import add_documents, ingest
from .lock import writer_lock
from .ranking import Mode, rank
from .report import IngestReport, Phase, Progress, Tally, silent
from .scan import scan, source_name
from .schema import DATABASE
from .store import SourceInfo, Store

__all__ = ["DocumentIndex"]

_MODES = ("hybrid", "lexical", "dense")
_SPARE = 20
"""Passages ranked beyond those asked for, in case some were deleted since."""


class DocumentIndex:
    """A searchable, persistent set of documents; a `questline.tools.retrieval.contract.Retriever`.

    Searches may run side by side, in this process and in others, while one writer indexes.
    """

    def __init__(self, folder: Path, *, encoder: Embedder | None, threads: int, read_only: bool) -> None:
        """Use `open`."""
        self._folder = folder
        self._encoder = encoder
        self._threads = threads
        self._read_only = read_only
        self._lock = threading.Lock()
        self._made: tuple[Store, Derived] | None = None
        self._closed = False

    def _parts(self) -> tuple[Store, Derived]:
        with self._lock:
            if self._made is None:
                if not self._read_only:
                    with storage_faults(self._folder):
                        self._folder.mkdir(parents=True, exist_ok=True)
                store = Store(self._folder, read_only=self._read_only)
                self._made = store, Derived(store, self._encoder, threads=self._threads)
            return self._made

    @property
    def _store(self) -> Store:
        return self._parts()[0]

    @property
    def _derived(self) -> Derived:
        return self._parts()[1]

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        encoder: Embedder | Literal["packaged"] | None = "packaged",
        threads: int = 1,
        read_only: bool = False,
    ) -> DocumentIndex:
        """Open the index in `folder`; one that does not exist is made when it is first used, not before.

        Args:
            folder: Holds the database and the derived indexes; nothing else belongs there.
            encoder: What embeds passages and queries; by default the packaged English one. None: words only.
            threads: Threads of the packaged encoder and of FAISS.
            read_only: Never write, not even to mend a derived index.

        Raises:
            UsageError: ``no_index`` for a folder without an index that is opened read-only, ``unreadable_file`` when
                `folder` is a file.
            RunError: ``damaged_index``, ``read_only``, ``disk_full`` or ``damaged_model``.
        """
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{str(folder)!r} is a file, not an index folder", code="unreadable_file", path=folder)
        if read_only and not (folder / DATABASE).is_file():
            raise UsageError(
                f"there is no index in {str(folder)!r}; make one with `agents index PATH`", code="no_index", path=folder
            )
        model = Encoder.load(threads=threads) if encoder == "packaged" else encoder
        opened = cls(folder, encoder=model, threads=threads, read_only=read_only)
        if (folder / DATABASE).exists():
            opened._parts()  # because it is a second constructor, and what is damaged should be told at once
        return opened

    def close(self) -> None:
        """Close the database; searching afterwards is an error, closing again is not."""
        if not self._closed:
            self._closed = True
            if self._made is not None:
                self._made[0].close()

    def __enter__(self) -> DocumentIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """Where the index lies."""
        return self._folder

    @property
    def repairs(self) -> tuple[str, ...]:
        """What had to be built again since the index was opened, and why."""
        return () if self._made is None else tuple(self._derived.repairs)

    # writing

    def ingest(self, paths: Sequence[Path], *, progress: Progress | None = None, prune: bool = False) -> IngestReport:
        """Index files and folders; what has not changed is left alone, and a run that was killed is continued.

        Args:
            paths: Files (Markdown, text, HTML, JSON lines plain or gzip, PDF, DOCX) and folders of them.
            progress: Hears how far each phase has come.
            prune: Remove indexed files of the given folders that no longer exist.

        Raises:
            UsageError: For a path that was named: ``file_not_found``, ``unreadable_file``, ``unsupported_file``,
                ``bad_encoding``, ``line_too_long``, ``bad_data``, ``empty_folder``. Single bad files inside a folder
                are in the report instead.
            RunError: ``index_locked``, ``read_only``, ``disk_full``, ``damaged_index``.
        """
        hear = progress or silent
        tally = Tally()
        found = scan(paths, index=self._folder)  # before anything is made: a wrong path leaves no empty index
        tally.skipped += found.skipped
        with self._writing(tally, hear), _timed(tally, "read"):
            ingest(self._store, found, tally, prune=prune, progress=lambda done, total: hear("read", done, total))
        return self._report(tally)

    def add(self, documents: Iterable[Document], *, progress: Progress | None = None) -> IngestReport:
        """Add or replace documents that the caller made.

        Raises:
            UsageError: ``bad_argument`` for a document without an id, ``bad_data`` for an id that is taken,
                ``bad_encoding``.
            RunError: As `ingest`.
        """
        tally = Tally()
        with self._writing(tally, progress or silent), _timed(tally, "read"):
            add_documents(self._store, documents, tally)
        return self._report(tally)

    def remove(self, source: str) -> int:
        """Remove a source, or all sources in a folder, and return how many documents went.

        Raises:
            UsageError: ``file_not_found`` when nothing was indexed under that name.
            RunError: As `ingest`.
        """
        tally = Tally()
        with self._writing(tally, silent), self._store.transaction() as connection:
            tally.removed = writes.delete_source(connection, source)
            if not tally.removed:
                raise UsageError(
                    f"nothing is indexed under {source!r}; `agents index list` shows the sources",
                    code="file_not_found",
                    source=source,
                )
        return tally.removed

    @contextmanager
    def _writing(self, tally: Tally, hear: Progress) -> Generator[None]:
        """Hold the lock around a change of the store, then bring everything derived from it up to date."""
        if self._store.read_only:
            raise RunError(
                f"the index in {str(self.folder)!r} was opened for reading only", code="read_only", path=self.folder
            )
        with writer_lock(self._store.folder):
            yield
            with _timed(tally, "lexical"):
                self._derived.sync_lexical(lambda done, total: hear("lexical", done, total))
            if self._encoder is not None:
                with _timed(tally, "embed"):
                    tally.embedded = embed_missing(
                        self._store, self._encoder, progress=lambda done, total: hear("embed", done, total)
                    )
                with _timed(tally, "dense"):
                    self._derived.sync()

    def _report(self, tally: Tally) -> IngestReport:
        documents, passages = self._store.counts()
        return tally.report(documents=documents, passages=passages)

    # reading

    async def search(
        self, query: str, *, k: int, filters: Filters | None = None, mode: Mode = "hybrid"
    ) -> list[Passage]:
        """Return at most `k` passages, best first; see `questline.tools.retrieval.fusion` for the scores.

        Args:
            query: Anything; an empty query finds nothing.
            k: At least 1.
            filters: Applied before the ranking: `k` passages come back when so many pass and match.
            mode: ``lexical`` and ``dense`` use one index alone; a Chinese query is always searched by its words.

        Raises:
            UsageError: ``bad_argument``.
            RunError: ``damaged_index``.
        """
        return await asyncio.to_thread(self.search_now, query, k=k, filters=filters, mode=mode)

    def search_now(self, query: str, *, k: int, filters: Filters | None = None, mode: Mode = "hybrid") -> list[Passage]:
        """Do what `search` does, in the calling thread."""
        if k < 1:
            raise UsageError(f"k={k!r} must be at least 1", argument="k")
        if mode not in _MODES:
            raise UsageError(f"mode={mode!r} must be one of {', '.join(_MODES)}", argument="mode")
        if not query.strip():
            return []
        with storage_faults(self.folder):
            snapshot = self._derived.snapshot()
            wanted = _checked(filters, self.folder)
            allowed = None if wanted is None else self._store.matching(wanted)
            limit = min(k + _SPARE, max(1, len(snapshot.lexical)))
            ranked = rank(snapshot, query, limit=limit, allowed=allowed, mode=mode)
            found = self._store.passages(ranked.numbers)
        passages = (
            replace(found[n], score=score) for n, score in zip(ranked.numbers, ranked.scores, strict=True) if n in found
        )
        return list(passages)[:k]

    def passages(self, ids: Sequence[str]) -> list[Passage]:
        """Look passages up by id, in the order asked; unknown ids are left out."""
        return self._store.passages_by_id(ids)

    def vectors(self, passages: Sequence[Passage], *, encoder: str) -> dict[str, NDArray[np.float32]]:
        """Return the stored vectors of passages by `Passage.as_text`; none of another encoder than that fingerprint.

        They are rounded to 16 bits. A passage that is deleted, changed, or not English has none.
        """
        if self._encoder is None or self._encoder.fingerprint != encoder:
            return {}
        with storage_faults(self.folder):
            dense = self._derived.snapshot().dense
            stored = self._store.numbered([each.id for each in passages])
        if dense is None:
            return {}
        known, found = dense.vectors(list(stored))
        texts = [passage.as_text() for passage, there in zip(stored.values(), known.tolist(), strict=True) if there]
        return dict(zip(texts, found, strict=True))

    def document(self, identifier: str) -> Document | None:
        """Look a whole document up by its id."""
        return self._store.document(identifier)

    def titles(self, most: int) -> list[str]:
        """List titles of documents, in the order of the alphabet, at most so many."""
        return self._store.titles(most)

    def sources(self) -> list[SourceInfo]:
        """List what was indexed: one entry a file or added document."""
        return self._store.sources()

    def check(self) -> health.Health:
        """Say how the index is, without mending it."""
        return health.check(self._store, self._encoder)


def _checked(filters: Filters | None, folder: Path) -> Filters | None:
    """Return the filters, or None when they let everything pass.

    A source may be given as the index names it, or as a path from the working folder.
    """
    if filters is None or (not filters.sources and filters.date_from is None and filters.date_to is None):
        return None
    for name, day in (("date_from", filters.date_from), ("date_to", filters.date_to)):
        if day is not None and iso_date(day) != day:
            raise UsageError(f"{name}={day!r} must be an ISO date such as 2024-03-05", argument=name)
    paths = (source_name(Path(os.path.abspath(source)), index=folder) for source in filters.sources)  # noqa: PTH100  # because links keep their names
    return replace(filters, sources=tuple(dict.fromkeys((*filters.sources, *paths))))


@contextmanager
def _timed(tally: Tally, phase: Phase) -> Generator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        tally.seconds[phase] = tally.seconds.get(phase, 0.0) + time.perf_counter() - started
