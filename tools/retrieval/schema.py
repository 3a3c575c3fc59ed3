"""The index's database: its tables, its version, and how a connection to it is opened."""

from __future__ import annotations

import sqlite3
import uuid
from pathlib import Path
from typing import Final
from urllib.parse import quote

from questline.errors import RunError

from .faults import PRIMARY_CODE

__all__ = ["APPLICATION_ID", "DATABASE", "SCHEMA_VERSION", "connect", "prepare"]

DATABASE: Final = "index.sqlite3"
APPLICATION_ID: Final = 0x51_4C_49_58
"""Written into the file's header; another program's database is never touched."""
SCHEMA_VERSION: Final = 1

_TABLES: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE origins (
    source TEXT PRIMARY KEY,      -- a file, as its documents name it
    kind TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    hash TEXT NOT NULL            -- of the file's bytes; empty while its documents are still being written
) WITHOUT ROWID;
CREATE TABLE documents (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    origin TEXT NOT NULL,         -- the file it was read from; its source when it was added directly
    source TEXT NOT NULL,
    title TEXT NOT NULL,
    date TEXT,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL,
    metadata TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX documents_origin ON documents (origin);
CREATE INDEX documents_source ON documents (source);
CREATE INDEX documents_date ON documents (date);
CREATE TABLE passages (
    n INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice, so derived indexes can be compared by it
    id TEXT NOT NULL UNIQUE,
    document INTEGER NOT NULL REFERENCES documents (n) ON DELETE CASCADE,
    title TEXT NOT NULL,
    mention TEXT NOT NULL,        -- how texts would mention the title; empty when they would not
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX passages_document ON passages (document);
CREATE INDEX passages_mention ON passages (mention) WHERE mention <> '';
CREATE VIEW cards AS             -- a passage with what its document knows
    SELECT p.n, p.id, d.id AS document, d.source, p.title, p.text, p.start, p.stop, d.date, d.metadata
    FROM passages p JOIN documents d ON d.n = p.document;
CREATE TABLE vectors (
    passage INTEGER PRIMARY KEY REFERENCES passages (n) ON DELETE CASCADE,
    encoder TEXT NOT NULL,
    data BLOB NOT NULL            -- float16, little-endian; empty where the encoder cannot read the text
);
CREATE INDEX vectors_encoder ON vectors (encoder, passage);
"""


def connect(folder: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open the database; transactions are explicit, and the connection may be passed between threads.

    A folder that cannot take SQLite's shared-memory file is read as immutable, unless changes wait in the log beside
    the database: they would not be seen.

    Raises:
        sqlite3.Error: The database cannot be opened or is locked.
    """
    path = folder / DATABASE
    if not read_only:
        connection = _open(f"file:{quote(str(path.absolute()))}?mode=rwc")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = _open(address)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        log = folder / f"{DATABASE}-wal"
        refused = error.sqlite_errorcode & PRIMARY_CODE in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
        if not refused or (log.exists() and log.stat().st_size):
            raise
        connection = _open(address + "&immutable=1")
    return connection


def _open(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, timeout=10, isolation_level=None, check_same_thread=False)


def prepare(connection: sqlite3.Connection, folder: Path, *, read_only: bool) -> str:
    """Create the tables in an empty database, or check that it is one of ours; return its identity.

    Raises:
        RunError: ``damaged_index`` for a foreign, newer or damaged database.
    """
    if _is_empty(connection) and not read_only:
        connection.execute("BEGIN IMMEDIATE")
        if _is_empty(connection):  # another process may have been quicker
            for statement in _TABLES.split(";\n"):
                connection.execute(statement)
            rows = [("identity", uuid.uuid4().hex), ("generation", 0)]
            connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    return _identity(connection, folder)


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0


def _identity(connection: sqlite3.Connection, folder: Path) -> str:
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if owner != APPLICATION_ID or version != SCHEMA_VERSION:
        raise RunError(
            f"{str(folder / DATABASE)!r} is not an index that this version of Questline reads (format {version}, "
            f"this version reads {SCHEMA_VERSION}). Choose another folder, or delete it and index the documents again",
            code="damaged_index",
            path=folder,
        )
    return str(connection.execute("SELECT value FROM meta WHERE key = 'identity'").fetchone()[0])
