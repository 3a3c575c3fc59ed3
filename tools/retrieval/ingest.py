"""Write files into the store: what has not changed is not touched, what has changed is replaced in one transaction."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from questline.errors import QuestlineError, UsageError

from . import writes
from .documents import Document
from .readers import MAX_LINE_BYTES, Row, check_lines, count_rows, holds_rows, read_document, read_rows
from .report import Skipped, Tally
from .scan import Found, Scan, source_name
from .split import split
from .store import Store

__all__ = ["MAX_FILE_BYTES", "add_documents", "ingest"]

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
"""Longest single document; JSON lines may be of any length."""
_VERSION: Final = b"2"
"""Of readers and splitter: files are read again when it changes."""
_BATCH: Final = 500
"""Rows to a transaction."""


def ingest(store: Store, found: Scan, tally: Tally, *, prune: bool, progress: Callable[[int, int], None]) -> None:
    """Bring the store to what the files hold.

    Raises:
        UsageError: For a file that the user named; files found in folders become ``tally.skipped``, and so do empty
            ones as long as not all are.
        RunError: What the store raises.
    """
    run = _Run(store, tally, progress, total=len(found.files))
    for file in found.files:
        origin = source_name(file.path, index=store.folder)
        try:
            run.file(file, origin)
        except QuestlineError as error:
            if error.code == "no_text":  # an empty file among those that a shell's pattern named stops nothing
                run.forget(origin)
            elif file.named or not isinstance(error, UsageError):
                raise
            tally.skipped.append(Skipped(path=str(file.path), code=error.code, message=error.message))
        run.step()
    _prune(store, found, tally, prune=prune)
    empty = [item for item in tally.skipped if item.code == "no_text"]
    if found.files and len(empty) == len(found.files) and all(file.named for file in found.files):
        raise UsageError(f"{empty[0].path!r} holds no text, so there is nothing to index", code="no_text")


def add_documents(store: Store, documents: Iterable[Document], tally: Tally) -> None:
    """Add or replace documents that the caller made; each is its own origin."""
    for document in documents:
        _check(document)
        _put(store, [(document.source or document.id, document)], tally)


class _Run:
    """One pass over the files."""

    def __init__(self, store: Store, tally: Tally, progress: Callable[[int, int], None], *, total: int) -> None:
        self._store = store
        self._tally = tally
        self._progress = progress
        self._done = 0
        self._total = total

    def step(self, done: int = 1) -> None:
        self._done += done
        self._progress(self._done, self._total)

    def file(self, file: Found, origin: str) -> None:
        if holds_rows(file.path):
            self._rows(file.path, origin)
            return
        data = _read(file.path)
        digest = hashlib.sha256(_VERSION + data).hexdigest()
        if self._store.origin_hash(origin) == digest:
            self._tally.unchanged += 1
            return
        document = read_document(data, source=origin, path=file.path)
        if not document.text.strip():
            raise _no_text(file.path)
        owner = self._store.origin_of([document.id]).get(document.id)
        if owner is not None and not self._may_take(owner[0], origin):
            raise _taken(document.id, owner[0], str(file.path))
        with self._store.transaction() as connection:
            writes.put(connection, document, split(document), origin=origin, digest=document.fingerprint)
            writes.put_origin(connection, origin, kind=document.kind, size=len(data), digest=digest)
        if owner is None:
            self._tally.added += 1
        else:
            self._tally.replaced += 1

    def _rows(self, path: Path, origin: str) -> None:
        digest, size = _hash(path)
        if self._store.origin_hash(origin) == digest:
            self._tally.unchanged += len(self._store.documents_of(origin))
            return
        self._total += count_rows(path)  # a bad line stops the file before anything of it is written
        with self._store.transaction() as connection:
            writes.put_origin(connection, origin, kind="rows", size=size, digest="")
        seen: set[str] = set()
        complete = True
        rows = read_rows(path)
        while batch := list(itertools.islice(rows, _BATCH)):
            complete &= self._batch(batch, origin, path, seen)
            self.step(len(batch))
        if complete and not seen:
            raise _no_text(path)
        gone = self._store.documents_of(origin).keys() - seen
        with self._store.transaction() as connection:
            writes.delete_documents(connection, gone)
            # A row whose id is taken can come in as soon as its owner is gone, so the file must be read again then.
            writes.put_origin(connection, origin, kind="rows", size=size, digest=digest if complete else "")
        self._tally.removed += len(gone)

    def forget(self, origin: str) -> None:
        """Take out what was read from a file that holds nothing any more."""
        gone = self._store.documents_of(origin)
        if gone or self._store.origin_hash(origin) is not None:
            with self._store.transaction() as connection:
                writes.delete_documents(connection, gone)
                writes.delete_origin(connection, origin)
            self._tally.removed += len(gone)

    def _may_take(self, owner: str, origin: str) -> bool:
        """Whether a document may go over to `origin`: it is its own, or the file that it was read from is gone."""
        return owner == origin or (self._store.origin_hash(owner) is not None and not _exists(self._store, owner))

    def _batch(self, rows: Sequence[Row], origin: str, path: Path, seen: set[str]) -> bool:
        """Write some rows; return whether all ids were free, or are taken by a row above in the same file."""
        known = self._store.origin_of([row.document.id for row in rows])
        open_to_us = {owner: self._may_take(owner, origin) for owner, _ in known.values()}
        fresh: list[tuple[str, Document]] = []
        complete = True
        for row in rows:
            name = row.document.id
            owner = known.get(name)
            if name in seen:
                error = UsageError(f"the id {name!r} occurs twice", code="bad_data")
            elif owner is not None and not open_to_us[owner[0]]:
                error = _taken(name, owner[0], str(path))
                complete = False
            else:
                seen.add(name)
                fresh.append((origin, row.document))
                continue
            place = f"{path}:{row.line}"
            self._tally.skipped.append(Skipped(path=place, code=error.code, message=error.message))
        _put(self._store, fresh, self._tally)
        return complete


def _put(store: Store, documents: Sequence[tuple[str, Document]], tally: Tally) -> None:
    """Write those of the documents that are new or changed, in one transaction."""
    known = store.origin_of([document.id for _, document in documents])
    changed: list[tuple[str, Document, str]] = []
    for origin, document in documents:
        digest = document.fingerprint
        owner = known.get(document.id)
        if owner == (origin, digest):
            tally.unchanged += 1
            continue
        tally.added += owner is None
        tally.replaced += owner is not None
        changed.append((origin, document, digest))
    if changed:
        with store.transaction() as connection:
            for origin, document, digest in changed:
                writes.put(connection, document, split(document), origin=origin, digest=digest)


def _prune(store: Store, found: Scan, tally: Tally, *, prune: bool) -> None:
    present = {source_name(file.path, index=store.folder) for file in found.files}
    folders = [source_name(folder, index=store.folder) for folder in found.folders]
    for origin in store.origins():
        if origin in present or not any(folder == "." or origin.startswith(folder + "/") for folder in folders):
            continue
        if _exists(store, origin):  # it is there but was skipped; what was indexed of it stays
            continue
        if prune or not store.documents_of(origin):  # another file may have taken all of them over
            with store.transaction() as connection:
                tally.removed += writes.delete_source(connection, origin)
        else:
            tally.missing.append(origin)


def _exists(store: Store, origin: str) -> bool:
    return (store.folder.absolute().parent / origin).exists()


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            if path.suffix.lower() not in {".pdf", ".docx"}:  # one endless line of text is told as what it is
                with path.open("rb") as file:
                    check_lines(file.read(MAX_LINE_BYTES + 1), path)
            raise UsageError(
                f"{str(path)!r} is larger than {MAX_FILE_BYTES // 1024**2} MB; cut it up, or store it as JSON lines",
                code="unreadable_file",
                path=path,
                limit=MAX_FILE_BYTES,
            )
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{str(path)!r} cannot be read ({error.strerror})", code="unreadable_file", path=path
        ) from error


def _hash(path: Path) -> tuple[str, int]:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            digest.update(_VERSION)
            return digest.hexdigest(), file.tell()
    except OSError as error:
        raise UsageError(
            f"{str(path)!r} cannot be read ({error.strerror})", code="unreadable_file", path=path
        ) from error


def _taken(identifier: str, owner: str, path: str) -> UsageError:
    return UsageError(
        f"the document id {identifier!r} of {path!r} is taken by {owner!r}; ids must be unique in an index",
        code="bad_data",
        path=path,
    )


def _no_text(path: Path) -> UsageError:
    return UsageError(f"{str(path)!r} holds no text", code="no_text", path=path)


def _check(document: Document) -> None:
    if not document.id:
        raise UsageError("a document needs an id", argument="id")
    try:
        f"{document.id}{document.text}{document.title}{document.source}".encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"document {document.id!r} holds text that has no UTF-8 form ({error})", code="bad_encoding"
        ) from error
