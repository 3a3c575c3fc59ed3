"""The catalogue's SQLite file: manifests, requests written for tools, and vectors, which can be made again."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError
from questline.tools.retrieval.faults import PRIMARY_CODE, SQLITE_DAMAGED, storage_faults

from .definitions import ServerManifest, ToolDefinition

__all__ = ["CatalogueStore"]

Floats = NDArray[np.float32]
_FORMAT: Final = 1
"""SQLite's user_version; another one means another layout."""
_WAIT_S: Final = 10.0
"""For another process that writes."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS servers (
    name TEXT PRIMARY KEY, title TEXT, description TEXT NOT NULL, version TEXT NOT NULL,
    fetched_at REAL NOT NULL, ttl_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tools (
    server TEXT NOT NULL REFERENCES servers (name) ON DELETE CASCADE, place INTEGER NOT NULL,
    definition TEXT NOT NULL, PRIMARY KEY (server, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS queries (digest TEXT PRIMARY KEY, texts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vectors (
    encoder TEXT NOT NULL, key TEXT NOT NULL, rows BLOB NOT NULL, PRIMARY KEY (encoder, key)
);
"""


class CatalogueStore:
    """One connection, behind a lock; in memory without a path."""

    def __init__(self, path: Path | None) -> None:
        """Open or create the file.

        Raises:
            RunError: ``damaged_index`` for a file that is no catalogue or of another version, ``read_only``,
                ``disk_full``, ``index_locked``.
        """
        self._path = path
        self._lock = threading.RLock()
        self._changes = 0
        self._manifests: tuple[int, tuple[ServerManifest, ...]] | None = None
        self._queries: tuple[int, dict[str, tuple[str, ...]]] | None = None
        with self._faults():
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                ":memory:" if path is None else path, timeout=_WAIT_S, check_same_thread=False, isolation_level=None
            )
            self._prepare()

    def _prepare(self) -> None:
        found = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        others = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if found not in {0, _FORMAT} or (found == 0 and others):
            raise self._damaged(f"it has the version {found}, not {_FORMAT}")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_FORMAT}; COMMIT;")

    def close(self) -> None:
        """Close it."""
        with self._lock:
            self._connection.close()

    def version(self) -> int:
        """Return a number that changes when tools or their requests change, in this process or another."""
        with self._lock, self._faults():
            other = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        return other * 1_000_000 + self._changes

    # manifests

    def put(self, manifest: ServerManifest) -> None:
        """Keep a manifest in the place of an earlier one."""
        with self._writing() as connection:
            connection.execute("DELETE FROM servers WHERE name = ?", (manifest.name,))
            connection.execute(
                "INSERT INTO servers VALUES (?, ?, ?, ?, ?, ?)",
                (
                    manifest.name,
                    manifest.title,
                    manifest.description,
                    manifest.version,
                    manifest.fetched_at,
                    manifest.ttl_ms,
                ),
            )
            connection.executemany(
                "INSERT INTO tools VALUES (?, ?, ?)",
                [
                    (manifest.name, place, json.dumps(tool.declared(), ensure_ascii=False))
                    for place, tool in enumerate(manifest.tools)
                ],
            )
            self._changes += 1

    def remove(self, server: str) -> bool:
        """Forget a server; say whether it was there."""
        with self._writing() as connection:
            gone = connection.execute("DELETE FROM servers WHERE name = ?", (server,)).rowcount > 0
            self._changes += int(gone)
        return gone

    def manifests(self) -> tuple[ServerManifest, ...]:
        """Return all manifests, by name; read once for each version."""
        version = self.version()
        with self._lock, self._faults():
            if self._manifests is None or self._manifests[0] != version:
                self._manifests = (version, self._read())
            return self._manifests[1]

    def manifest(self, server: str) -> ServerManifest | None:
        """Return one."""
        return next((one for one in self.manifests() if one.name == server), None)

    def _read(self) -> tuple[ServerManifest, ...]:
        tools: dict[str, list[ToolDefinition]] = {}
        for server, definition in self._connection.execute(
            "SELECT server, definition FROM tools ORDER BY server, place"
        ):
            try:
                tool = ToolDefinition(server=server, **json.loads(definition))
            except (ValueError, TypeError) as error:
                raise self._damaged(f"a tool of {server!r} cannot be read: {error}") from error
            tools.setdefault(server, []).append(tool)
        return tuple(
            ServerManifest(
                name=name,
                title=title,
                description=description,
                version=version,
                tools=tuple(tools.get(name, ())),
                fetched_at=fetched_at,
                ttl_ms=ttl_ms,
            )
            for name, title, description, version, fetched_at, ttl_ms in self._connection.execute(
                "SELECT name, title, description, version, fetched_at, ttl_ms FROM servers ORDER BY name"
            )
        )

    # requests

    def put_queries(self, digest: str, texts: Sequence[str]) -> None:
        """Keep the requests that were written for the tool with this digest."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO queries VALUES (?, ?)", (digest, json.dumps(list(texts), ensure_ascii=False))
            )
            self._changes += 1

    def queries(self) -> dict[str, tuple[str, ...]]:
        """Return all requests, by digest; read once for each version."""
        version = self.version()
        with self._lock, self._faults():
            if self._queries is None or self._queries[0] != version:
                rows = self._connection.execute("SELECT digest, texts FROM queries").fetchall()
                read = {digest: tuple(cast("list[str]", json.loads(texts))) for digest, texts in rows}
                self._queries = (version, read)
            return dict(self._queries[1])

    # vectors

    def vectors(self, encoder: str, keys: Sequence[str], dimension: int) -> dict[str, Floats]:
        """Return the kept vectors of these keys, float32 [views, dimension]; damaged ones are as if not kept."""
        found: dict[str, Floats] = {}
        with self._lock, self._faults():
            for start in range(0, len(keys), 500):
                some = keys[start : start + 500]
                marks = ",".join("?" * len(some))
                rows = self._connection.execute(
                    f"SELECT key, rows FROM vectors WHERE encoder = ? AND key IN ({marks})",  # noqa: S608 because only marks are put in
                    (encoder, *some),
                )
                for key, data in rows:
                    if len(data) and len(data) % (4 * dimension) == 0:
                        found[key] = np.frombuffer(data, "<f4").reshape(-1, dimension)
        return found

    def put_vectors(self, encoder: str, vectors: Mapping[str, Floats]) -> None:
        """Keep vectors."""
        with self._writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                [(encoder, key, rows.astype("<f4").tobytes()) for key, rows in vectors.items()],
            )

    # faults

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        with self._lock, self._faults():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def _faults(self) -> Generator[None]:
        folder = self._path.parent if self._path else Path()
        with storage_faults(folder, what="the catalogue of tools"):
            try:
                yield
            except sqlite3.DatabaseError as error:
                code: int | None = getattr(error, "sqlite_errorcode", None)
                if code is not None and code & PRIMARY_CODE in SQLITE_DAMAGED:
                    raise self._damaged(error) from error
                raise

    def _damaged(self, reason: object) -> RunError:
        path = str(self._path)
        return RunError(
            f"the catalogue {path!r} cannot be read ({reason}). Delete it: it is made again from the servers",
            code="damaged_index",
            path=path,
        )
