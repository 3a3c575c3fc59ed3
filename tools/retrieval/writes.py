"""What a transaction of the store may do: put, replace and delete documents, and keep their vectors."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError

from .documents import Document
from .mentions import mention_of
from .split import Piece

__all__ = ["delete_documents", "delete_origin", "delete_source", "put", "put_origin", "put_vectors"]


def put(
    connection: sqlite3.Connection, document: Document, pieces: Sequence[Piece], *, origin: str, digest: str
) -> None:
    """Add a document, or replace the one with its id; passages that stay the same keep their vectors."""
    kept: dict[tuple[str, str], tuple[str, bytes]] = {
        (title, text): (encoder, data)
        for title, text, encoder, data in connection.execute(
            "SELECT p.title, p.text, v.encoder, v.data FROM documents d JOIN passages p ON p.document = d.n"
            " JOIN vectors v ON v.passage = p.n WHERE d.id = ?",
            [document.id],
        )
    }
    connection.execute("DELETE FROM documents WHERE id = ?", [document.id])
    number = connection.execute(
        "INSERT INTO documents (id, origin, source, title, date, kind, hash, metadata, text)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            document.id,
            origin,
            document.source or document.id,
            document.title,
            document.date,
            document.kind,
            digest,
            json.dumps(dict(document.metadata), ensure_ascii=False),
            document.text,
        ],
    ).lastrowid
    whole = document.kind == "row" and len(pieces) == 1
    for position, piece in enumerate(pieces, 1):
        text = document.text[piece.start : piece.end]
        name = document.id if whole else f"{document.id}#{position}"
        row = [name, number, piece.title, mention_of(piece.title), piece.start, piece.end, text]
        try:
            passage = connection.execute(
                "INSERT INTO passages (id, document, title, mention, start, stop, text) VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            ).lastrowid
        except sqlite3.IntegrityError as error:
            raise UsageError(
                f"the passage id {name!r} is taken by another document; ids must be unique in an index",
                code="bad_data",
                id=name,
            ) from error
        if vector := kept.get((piece.title, text)):
            connection.execute("INSERT INTO vectors VALUES (?, ?, ?)", [passage, *vector])


def put_origin(connection: sqlite3.Connection, origin: str, *, kind: str, size: int, digest: str) -> None:
    """Note a file; an empty `digest` says that its documents are not all written yet."""
    connection.execute("INSERT OR REPLACE INTO origins VALUES (?, ?, ?, ?)", [origin, kind, size, digest])


def delete_documents(connection: sqlite3.Connection, identifiers: Iterable[str]) -> None:
    """Delete documents with their passages and vectors."""
    connection.executemany("DELETE FROM documents WHERE id = ?", [(name,) for name in identifiers])


def delete_origin(connection: sqlite3.Connection, origin: str) -> None:
    """Forget that a file was read; its documents stay."""
    connection.execute("DELETE FROM origins WHERE source = ?", [origin])


def delete_source(connection: sqlite3.Connection, source: str) -> int:
    """Delete what came from a file, a folder, or a document's own source; return how many documents."""
    folder = source.rstrip("/") + "/"
    values = [source, source, len(folder), folder, len(folder), folder]
    gone = connection.execute(
        "DELETE FROM documents WHERE source = ? OR origin = ? OR substr(source, 1, ?) = ? OR substr(origin, 1, ?) = ?",
        values,
    ).rowcount
    connection.execute(
        "DELETE FROM origins WHERE source = ? OR substr(source, 1, ?) = ?", [source, len(folder), folder]
    )
    return gone


def put_vectors(
    connection: sqlite3.Connection, encoder: str, numbers: Sequence[int], vectors: NDArray[np.float32]
) -> None:
    """Keep vectors, shape [n, dimension]; an all-zero one says that the encoder cannot read the text."""
    halves = vectors.astype("<f2")
    connection.executemany(
        "INSERT OR REPLACE INTO vectors SELECT n, ?, ? FROM passages WHERE n = ?",
        [(encoder, row.tobytes() if row.any() else b"", n) for n, row in zip(numbers, halves, strict=True)],
    )
