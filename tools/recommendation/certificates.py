"""The log of what was forgotten: append-only, each entry bound to the one before, nothing of the content in it.

Requests stand in it as keyed hashes, numbers as they are. SQLite refuses to change or delete an entry, and the chain of
hashes shows whether somebody did so by other means.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, cast

__all__ = ["append", "broken", "entries", "status_of"]

_ORIGIN: Final = "0" * 64


def append(connection: sqlite3.Connection, identity: str, body: Mapping[str, object]) -> None:
    """Write an entry to the end of the log, inside the transaction that does what it tells of."""
    row = connection.execute("SELECT hash FROM certificates ORDER BY n DESC LIMIT 1").fetchone()
    previous = cast("str", row[0]) if row else _ORIGIN
    text = json.dumps({"time": datetime.now(UTC).isoformat(timespec="seconds"), **body}, sort_keys=True)
    connection.execute(
        "INSERT INTO certificates (id, body, previous, hash) VALUES (?, ?, ?, ?)",
        (identity, text, previous, _hash(previous, identity, text)),
    )


def entries(connection: sqlite3.Connection, identity: str | None = None) -> Sequence[dict[str, object]]:
    """Return the entries, or those of one certificate, oldest first."""
    rows = connection.execute(
        "SELECT id, body, previous, hash FROM certificates WHERE ?1 IS NULL OR id = ?1 ORDER BY n", (identity,)
    )
    return [{"id": name, **json.loads(body), "previous": before, "hash": own} for name, body, before, own in rows]


def broken(connection: sqlite3.Connection) -> int:
    """Return how many entries do not follow from the one before, or were taken away from the end."""
    wrong, last, newest = 0, _ORIGIN, 0
    for number, identity, body, previous, own in connection.execute(
        "SELECT n, id, body, previous, hash FROM certificates ORDER BY n"
    ):
        wrong += previous != last or own != _hash(previous, identity, body)
        last, newest = own, number
    given = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'certificates'").fetchone()
    return wrong + max(0, (given[0] if given else 0) - newest)


def status_of(connection: sqlite3.Connection, identity: str) -> str:
    """Return ``done``, ``undoable``, ``rolled_back``, or ``cleaning`` while the file still has to be rebuilt."""
    actions = [entry["action"] for entry in entries(connection, identity)]
    if "rollback" in actions:
        return "rolled_back"
    if connection.execute("SELECT 1 FROM undo WHERE certificate = ?", (identity,)).fetchone():
        return "undoable"
    pending = connection.execute("SELECT value FROM meta WHERE key = 'scrub'").fetchone()[0]
    return "cleaning" if pending else "done"


def _hash(previous: str, identity: str, body: str) -> str:
    return hashlib.sha256(f"{previous}\n{identity}\n{body}".encode()).hexdigest()
