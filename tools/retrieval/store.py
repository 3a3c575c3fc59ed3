"""The truth: documents, passages and their vectors in one SQLite file. Every other index can be made from it again.

One connection writes and one reads, each behind a lock, so that searches see only what was committed.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError
from questline.types import Filters, Passage

from .documents import Document
from .faults import damaged, storage_faults
from .manifest import MANIFESTS
from .schema import DATABASE, connect, prepare

__all__ = ["SourceInfo", "Store", "StoredPassage"]

_T = TypeVar("_T")

_MATCHING = """
SELECT p.n FROM passages p JOIN documents d ON d.n = p.document
WHERE (:sources IS NULL OR EXISTS (
    SELECT 1 FROM json_each(:sources) s WHERE d.source = s.value OR d.origin = s.value
    OR substr(d.source, 1, length(rtrim(s.value, '/')) + 1) = rtrim(s.value, '/') || '/'
    OR substr(d.origin, 1, length(rtrim(s.value, '/')) + 1) = rtrim(s.value, '/') || '/'))
AND ((d.date IS NULL AND :undated) OR (d.date IS NOT NULL
    AND (:first IS NULL OR d.date >= :first) AND (:last IS NULL OR d.date <= :last)))
ORDER BY p.n
"""
_CHUNK = 1000
"""Rows fetched at once, which bounds memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInfo:
    """One indexed file (or one document that was added directly)."""

    source: str
    kind: str
    documents: int
    passages: int
    bytes: int
    """Size of the file, or of the added text."""
    date: str | None
    """The newest date of its documents."""


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """What derived indexes are made from."""

    n: int
    title: str
    text: str


class Store:
    """The database of one index folder."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """Open or create it.

        Raises:
            RunError: ``damaged_index``, ``read_only`` or ``disk_full``.
        """
        self.folder = folder
        self.read_only = read_only
        self._read_lock = threading.Lock()
        self._write_lock = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        with storage_faults(folder):
            if _is_emptied(folder):
                raise damaged(folder, f"{DATABASE} is empty and what was made from it is not")
            if read_only:
                self._reader = connect(folder, read_only=True)
            else:
                self._writer = connect(folder, read_only=False)
                prepare(self._writer, folder, read_only=False)
                self._reader = connect(folder, read_only=False)
            self.identity = prepare(self._reader, folder, read_only=read_only)

    def close(self) -> None:
        """Close both connections; the last one to close folds the write-ahead log into the file."""
        with self._read_lock, self._write_lock:
            self._reader.close()
            if self._writer is not None:
                self._writer.close()

    # reading

    def _all(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[object, ...]]:
        with storage_faults(self.folder), self._read_lock:
            return self._reader.execute(sql, values).fetchall()

    def generation(self) -> int:
        """Return the number of the last commit."""
        return _integer(self._all("SELECT value FROM meta WHERE key = 'generation'")[0][0])

    def counts(self) -> tuple[int, int]:
        """Return how many documents and passages there are."""
        row = self._all("SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages)")[0]
        return _integer(row[0]), _integer(row[1])

    def check(self) -> None:
        """Read the whole file and raise `RunError` ``damaged_index`` unless it is sound."""
        result = self._all("PRAGMA quick_check(1)")
        if result != [("ok",)]:
            raise damaged(self.folder, result[0][0] if result else "no answer")

    def size(self) -> int:
        """Return the database's size in bytes, its write-ahead log included."""
        files = (self.folder / (DATABASE + ending) for ending in ("", "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def passages(self, numbers: Iterable[int]) -> dict[int, Passage]:
        """Look passages up by number; those that are gone are missing from the result."""
        rows = self._all("SELECT * FROM cards WHERE n IN (SELECT value FROM json_each(?))", [_array(numbers)])
        return {_integer(row[0]): _passage(row) for row in rows}

    def passages_by_id(self, ids: Sequence[str]) -> list[Passage]:
        """Look passages up by id, in the order asked; unknown ids are left out."""
        found = {passage.id: passage for passage in self.numbered(ids).values()}
        return [found[name] for name in ids if name in found]

    def numbered(self, ids: Sequence[str]) -> dict[int, Passage]:
        """Look passages up by id, and return them by number; unknown ids are left out."""
        rows = self._all("SELECT * FROM cards WHERE id IN (SELECT value FROM json_each(?))", [_array(ids)])
        return {_integer(row[0]): _passage(row) for row in rows}

    def titles(self, most: int) -> list[str]:
        """List the titles of documents, in the order of the alphabet, each once."""
        rows = self._all("SELECT DISTINCT title FROM documents WHERE title <> '' ORDER BY title LIMIT ?", [most])
        return [str(title) for (title,) in rows]

    def document(self, identifier: str) -> Document | None:
        """Return a document's plain text and description, or None."""
        rows = self._all(
            "SELECT id, text, title, source, date, kind, metadata FROM documents WHERE id = ?", [identifier]
        )
        if not rows:
            return None
        name, text, title, source, day, kind, metadata = rows[0]
        return Document(
            id=str(name),
            text=str(text),
            title=str(title),
            source=str(source),
            date=_text(day),
            kind=str(kind),
            metadata=json.loads(str(metadata)),
        )

    def sources(self) -> list[SourceInfo]:
        """List what was indexed, by source."""
        rows = self._all(
            "SELECT d.origin, coalesce(o.kind, min(d.kind)), count(*), coalesce(sum(p.count), 0),"
            " coalesce(o.bytes, sum(length(CAST(d.text AS BLOB)))), max(d.date) FROM documents d"
            " LEFT JOIN (SELECT document, count(*) AS count FROM passages GROUP BY document) p ON p.document = d.n"
            " LEFT JOIN origins o ON o.source = d.origin GROUP BY d.origin ORDER BY d.origin"
        )
        return [
            SourceInfo(
                source=str(source),
                kind=str(kind),
                documents=_integer(documents),
                passages=_integer(passages),
                bytes=_integer(size),
                date=_text(day),
            )
            for source, kind, documents, passages, size, day in rows
        ]

    def origin_hash(self, origin: str) -> str | None:
        """Return the hash of a file's bytes when it was last indexed completely, or None."""
        rows = self._all("SELECT hash FROM origins WHERE source = ?", [origin])
        return str(rows[0][0]) if rows else None

    def origins(self) -> list[str]:
        """Return the files that were indexed."""
        return [str(row[0]) for row in self._all("SELECT source FROM origins")]

    def documents_of(self, origin: str) -> dict[str, str]:
        """Return hash by id for the documents of a file."""
        rows = self._all("SELECT id, hash FROM documents WHERE origin = ?", [origin])
        return {str(name): str(digest) for name, digest in rows}

    def origin_of(self, identifiers: Collection[str]) -> dict[str, tuple[str, str]]:
        """Return (origin, hash) by id for those documents that exist."""
        rows = self._all(
            "SELECT id, origin, hash FROM documents WHERE id IN (SELECT value FROM json_each(?))", [_array(identifiers)]
        )
        return {str(name): (str(origin), str(digest)) for name, origin, digest in rows}

    def matching(self, filters: Filters) -> NDArray[np.int64]:
        """Return the numbers of the passages that pass the filters, ascending."""
        values = {
            "sources": _array(filters.sources) if filters.sources else None,
            "first": filters.date_from,
            "last": filters.date_to,
            "undated": filters.undated or (filters.date_from is None and filters.date_to is None),
        }
        rows = self._all(_MATCHING, values)
        return np.fromiter((_integer(row[0]) for row in rows), dtype=np.int64, count=len(rows))

    def numbers(self) -> NDArray[np.int64]:
        """Return the numbers of all passages, ascending."""
        return self.matching(Filters())

    def texts(self, numbers: Sequence[int]) -> Iterator[StoredPassage]:
        """Yield title and text of passages."""
        for chunk in _chunks(numbers):
            for n, title, text in self._all(
                "SELECT n, title, text FROM passages WHERE n IN (SELECT value FROM json_each(?))", [_array(chunk)]
            ):
                yield StoredPassage(_integer(n), str(title), str(text))

    def mentioned(self, mentions: Iterable[str]) -> dict[str, list[int]]:
        """Return, for those of the mentions that are a passage's title, the numbers of the passages."""
        found: dict[str, list[int]] = {}
        rows = self._all(
            "SELECT mention, n FROM passages WHERE mention <> '' AND mention IN (SELECT value FROM json_each(?))",
            [_array(mentions)],
        )
        for mention, n in rows:
            found.setdefault(str(mention), []).append(_integer(n))
        return found

    # vectors

    def without_vector(self, encoder: str) -> list[tuple[int, int]]:
        """Return (number, characters) of the passages that this encoder has not seen."""
        rows = self._all(
            "SELECT p.n, length(p.text) FROM passages p LEFT JOIN vectors v ON v.passage = p.n AND v.encoder = ?"
            " WHERE v.passage IS NULL",
            [encoder],
        )
        return [(_integer(n), _integer(length)) for n, length in rows]

    def embedded(self, encoder: str) -> NDArray[np.int64]:
        """Return the numbers of the passages with a vector of this encoder, ascending."""
        rows = self._all("SELECT passage FROM vectors WHERE encoder = ? AND data <> x'' ORDER BY passage", [encoder])
        return np.fromiter((_integer(row[0]) for row in rows), dtype=np.int64, count=len(rows))

    def vectors(self, numbers: Sequence[int], dimension: int) -> NDArray[np.float32]:
        """Return the vectors of passages in the order asked, shape [n, dimension]."""
        found: dict[int, bytes] = {}
        for chunk in _chunks(numbers):
            for n, data in self._all(
                "SELECT passage, data FROM vectors WHERE passage IN (SELECT value FROM json_each(?))", [_array(chunk)]
            ):
                found[_integer(n)] = bytes(data) if isinstance(data, bytes) else b""
        joined = b"".join(found[n] for n in numbers)
        return np.frombuffer(joined, dtype="<f2").reshape(len(numbers), dimension).astype(np.float32)

    # writing: each method runs inside `transaction`

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Commit everything done inside as one new generation, or nothing.

        Raises:
            RunError: ``read_only``, ``disk_full``, ``index_locked`` or ``damaged_index``.
        """
        if self._writer is None:
            raise RunError(
                f"the index in {str(self.folder)!r} was opened for reading only", code="read_only", path=self.folder
            )
        with storage_faults(self.folder), self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:  # SQLite has rolled back by itself after some errors
                    self._writer.execute("ROLLBACK")
                raise


def _is_emptied(folder: Path) -> bool:
    """Whether the database has lost all its bytes; a new one has none either, but nothing was made from it yet."""
    path = folder / DATABASE
    return path.is_file() and not path.stat().st_size and any((folder / name).exists() for name in MANIFESTS)


def _passage(row: Sequence[object]) -> Passage:
    _, identifier, document, source, title, text, start, stop, day, metadata = row
    return Passage(
        id=str(identifier),
        document_id=str(document),
        source=str(source),
        title=str(title),
        text=str(text),
        start=_integer(start),
        end=_integer(stop),
        date=_text(day),
        metadata=json.loads(str(metadata)) if metadata != "{}" else {},
    )


def _integer(value: object) -> int:
    return value if isinstance(value, int) else int(str(value))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _array(values: Iterable[object]) -> str:
    """Spell a list for ``json_each``, so that one fixed statement takes any number of values."""
    return json.dumps(list(values))


def _chunks(values: Sequence[_T]) -> Iterator[list[_T]]:
    for start in range(0, len(values), _CHUNK):
        yield list(values[start : start + _CHUNK])
