"""The recommender's database: its tables, its version, and how a connection to it is opened.

What is deleted must be gone from the disk: SQLite overwrites deleted content (``secure_delete``), and after a
forgetting the write-ahead log is emptied and the file rebuilt, because pages keep stale copies of rows that were moved.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from questline.errors import RunError

__all__ = ["SCHEMA_VERSION", "connect", "prepare", "scrub", "store_faults"]

APPLICATION_ID: Final = 0x51_4C_52_43
"""Written into the file's header; another program's database is never touched."""
SCHEMA_VERSION: Final = 1
_WAIT_S: Final = 30.0
"""How long a second writer waits for the first."""
_TRIES: Final = 20
_PAUSE_S: Final = 0.05

_TABLES: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE items (n INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
CREATE TABLE categories (
    category TEXT NOT NULL,
    item INTEGER NOT NULL REFERENCES items (n) ON DELETE CASCADE,
    PRIMARY KEY (category, item)
) WITHOUT ROWID;
CREATE INDEX categories_item ON categories (item);
CREATE TABLE sessions (
    n INTEGER PRIMARY KEY AUTOINCREMENT,  -- their order; never used twice
    mark TEXT NOT NULL UNIQUE,            -- keyed hash of the session's id
    user TEXT,                            -- keyed hash of the user's id
    next INTEGER NOT NULL                 -- place of the next click; places of forgotten clicks are not used again
);
CREATE INDEX sessions_user ON sessions (user) WHERE user IS NOT NULL;
CREATE TABLE clicks (
    session INTEGER NOT NULL REFERENCES sessions (n) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    item INTEGER NOT NULL REFERENCES items (n),
    PRIMARY KEY (session, place)
) WITHOUT ROWID;
CREATE INDEX clicks_item ON clicks (item);
CREATE TABLE holds (
    kind TEXT NOT NULL, mark TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (kind, mark)
) WITHOUT ROWID;
CREATE TABLE snapshots (generation INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE undo (certificate TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE certificates (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX certificates_id ON certificates (id);
CREATE TABLE requests (mark TEXT NOT NULL, certificate TEXT NOT NULL, PRIMARY KEY (mark, certificate)) WITHOUT ROWID;
CREATE TRIGGER certificates_stay BEFORE DELETE ON certificates BEGIN SELECT RAISE(ABORT, 'certificates are kept'); END;
CREATE TRIGGER certificates_hold BEFORE UPDATE ON certificates BEGIN SELECT RAISE(ABORT, 'certificates are kept'); END;
"""
_FIRST: Final = {"generation": 0, "hash": "0" * 64, "scrub": 0}


def connect(path: Path) -> sqlite3.Connection:
    """Open the file; transactions are explicit, and the connection may be passed between threads."""
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=rwc",
        uri=True,
        timeout=_WAIT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # what was promised to be forgotten stays so after a power cut
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables in an empty file, or check that it is one of ours.

    Raises:
        RunError: ``damaged_index`` for a foreign or newer file.
    """
    if _is_empty(connection):
        connection.execute("BEGIN IMMEDIATE")
        if _is_empty(connection):  # another process may have been quicker
            for statement in _statements():
                connection.execute(statement)
            rows = [*_FIRST.items(), ("key", secrets.token_bytes(32))]
            connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if owner != APPLICATION_ID or version != SCHEMA_VERSION:
        raise RunError(
            f"{str(path)!r} is no store of sessions that this version of Questline reads (format {version}, this "
            f"version reads {SCHEMA_VERSION}); name another file",
            code="damaged_index",
            path=path,
        )


def scrub(connection: sqlite3.Connection) -> bool:
    """Rebuild the file without anything that was deleted, and empty the write-ahead log; outside of a transaction.

    Returns:
        False where another process has kept reading an older state: the log then holds it a little longer.
    """
    connection.execute("VACUUM")
    for _ in range(_TRIES):  # SQLite does not wait for another one that empties the log
        if not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            return True
        time.sleep(_PAUSE_S)
    return False


@contextmanager
def store_faults(path: Path) -> Generator[None]:
    """Turn what SQLite raises into errors with codes.

    Raises:
        RunError: ``store_busy``, ``disk_full``, ``read_only`` or ``damaged_index``.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            message = f"another process has been writing to {str(path)!r} for {_WAIT_S:g} seconds; try again"
            raise RunError(message, code="store_busy", retryable=True, path=path) from error
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
            message = f"the disk of {str(path)!r} is full; nothing was changed"
            raise RunError(message, code="disk_full", path=path) from error
        raise RunError(f"the store {str(path)!r} cannot be written ({error})", code="read_only", path=path) from error
    except sqlite3.DatabaseError as error:
        message = f"the store {str(path)!r} is damaged ({error}); put a copy back, or remove it to begin again"
        raise RunError(message, code="damaged_index", path=path) from error


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0


def _statements() -> list[str]:
    """Return the statements one by one; those of a trigger stay together."""
    found: list[str] = []
    for line in _TABLES.strip().splitlines(keepends=True):
        if found and not sqlite3.complete_statement(found[-1]):
            found[-1] += line
        else:
            found.append(line)
    return found
