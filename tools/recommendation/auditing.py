"""Search everything that a store keeps for what was to be forgotten, and recount what the model claims to be.

Ids of users and sessions are searched for as their keyed hashes in every byte of every file, and in clear text where
they are long enough to mean anything; clicks in the tables; the model and its snapshot by counting the sessions again.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, cast

from .certificates import broken
from .requests import ForgetRequest
from .resolving import resolve
from .result import Audit, Finding
from .snapshots import unpacked
from .state import Model
from .store import Marked, SessionStore

__all__ = ["audit"]

_TELLING: Final = 6
"""Bytes from which a clear text is searched for: shorter ones occur by chance."""
_LIKE_A_HASH: Final = re.compile("[0-9a-f]{1,15}")
"""Numbers and the like occur by chance among the keyed hashes."""
_BLOCK: Final = 1 << 20


def audit(store: SessionStore, model: Model, requests: Sequence[ForgetRequest]) -> Audit:
    """Look for what requests name; inside of no transaction."""
    with store.reading() as connection:
        findings = [
            Finding(
                where="clicks",
                found=sum(len(resolve(store, request)) for request in requests),
                looked=f"the clicks of {_some(len(requests), 'request')} in the tables",
            ),
            *_cells(store, connection, requests),
            Finding(
                where="kept aside",
                found=connection.execute("SELECT count(*) FROM undo").fetchone()[0],
                looked="forgettings that can be rolled back until `agents forget finish`",
            ),
            *_models(store, connection, model),
            Finding(
                where="certificates", found=broken(connection), looked="entries that do not follow from the one before"
            ),
            Finding(
                where="free pages",
                found=connection.execute("PRAGMA freelist_count").fetchone()[0],
                looked="pages of the file that belong to nothing",
            ),
        ]
    findings += _files(store, requests)
    return Audit(absent=not any(each.found for each in findings), findings=tuple(findings))


def _cells(store: SessionStore, connection: sqlite3.Connection, requests: Sequence[ForgetRequest]) -> Iterator[Finding]:
    """Look for whole ids in every column of every table; what items and categories are called is no person's id."""
    people = {text for request in requests if request.kind != "item" for text in _texts(store, request)}
    items = {text for request in requests if request.kind == "item" for text in _texts(store, request)}
    if not people | items:
        return
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = 0
    for table in sorted(tables):
        columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        for column in columns:
            wanted = {"items.name": items, "categories.category": set[str]()}.get(f"{table}.{column}", people | items)
            rows = connection.execute(f'SELECT "{column}" FROM "{table}" WHERE typeof("{column}") = \'text\'')  # noqa: S608 because the names are the database's own
            found += sum(text in wanted for (text,) in rows)
    yield Finding(where="tables", found=found, looked=f"{_some(len(people | items), 'id')} in every column")


def _models(store: SessionStore, connection: sqlite3.Connection, model: Model) -> Iterator[Finding]:
    counted = store.counts()
    yield Finding(
        where="model",
        found=int(model.counts.digest != counted.digest),
        looked="counts in memory that differ from those of the stored sessions",
    )
    wrong = 0
    for (data,) in connection.execute("SELECT data FROM snapshots"):
        try:
            wrong += unpacked(cast("bytes", data)).digest != counted.digest
        except (ValueError, KeyError, TypeError, IndexError):
            wrong += 1
    yield Finding(where="snapshots", found=wrong, looked="snapshots that differ from those counts")


def _files(store: SessionStore, requests: Sequence[ForgetRequest]) -> Iterator[Finding]:
    """Search the bytes of the file and of those that SQLite puts beside it."""
    texts = {text for request in requests for text in _texts(store, request)}
    telling = {text.encode() for text in texts if _is_telling(text) and not _part_of_a_name(store, text)}
    for suffix in ("", "-wal", "-shm", "-journal"):
        path = store.path.with_name(store.path.name + suffix)
        if path.is_file():
            looked = f"{_some(len(telling), 'id')} in every byte"
            if rest := len(texts) - len(telling):
                looked += f"; {rest} that are short, a number, or part of an item's name, in the tables alone"
            yield Finding(where=path.name, found=_occurrences(path, telling), looked=looked)


def _some(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _is_telling(text: str) -> bool:
    return len(text.encode()) >= _TELLING and _LIKE_A_HASH.fullmatch(text) is None


def _part_of_a_name(store: SessionStore, text: str) -> bool:
    """Say whether an item or category that stays is called so, or has this in its name."""
    sql = "SELECT 1 FROM items WHERE instr(name, ?1) UNION ALL SELECT 1 FROM categories WHERE instr(category, ?1)"
    with store.reading() as connection:
        named = connection.execute(f"{sql} LIMIT 1", (text,)).fetchone() is not None
        own = connection.execute("SELECT 1 FROM items WHERE name = ?", (text,)).fetchone() is not None
    return named and not own


def _texts(store: SessionStore, request: ForgetRequest) -> Iterator[str]:
    """Yield how what a request names would be written, where the request names it wholly."""
    if request.kind in {"user", "session", "item"} and not request.whose:
        yield request.id
        yield store.mark(cast("Marked", request.kind), request.id)


def _occurrences(path: Path, texts: set[bytes]) -> int:
    """Count texts in a file of any size; one that lies over the edge of two blocks is found too."""
    overlap = max(map(len, texts), default=1) - 1
    found, before = 0, b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            window = before + block
            found += sum(window.count(text) for text in texts)
            before = window[len(window) - overlap :] if overlap else b""
            found -= sum(before.count(text) for text in texts)
    return found + sum(before.count(text) for text in texts)
