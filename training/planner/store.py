"""The table on disk: one SQLite file, a row a finished run, written a question at a time.

A question's runs are committed together, so that a kill at any moment leaves each question whole or absent, and none is
counted twice. The key of a question holds everything that decides its runs.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from questline.errors import UsageError
from questline.tools.retrieval.faults import storage_faults

from .rows import Asked, Cell

__all__ = ["FILE", "Store", "read_filled"]

FILE: Final = "table.sqlite"
_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE questions (
    key TEXT PRIMARY KEY, id TEXT NOT NULL, text TEXT NOT NULL, source TEXT NOT NULL, answers TEXT NOT NULL,
    fold INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE runs (
    question TEXT NOT NULL REFERENCES questions (key), workflow TEXT NOT NULL, answer TEXT NOT NULL, f1 REAL NOT NULL,
    em REAL NOT NULL, cell TEXT NOT NULL, PRIMARY KEY (question, workflow)
) WITHOUT ROWID;
CREATE TABLE alone (
    question TEXT NOT NULL, workflow TEXT NOT NULL, cell TEXT NOT NULL, PRIMARY KEY (question, workflow)
) WITHOUT ROWID;
"""
_KINDS: Final = "CREATE TABLE IF NOT EXISTS kinds (question TEXT PRIMARY KEY, kind TEXT NOT NULL) WITHOUT ROWID"
"""By itself, so that a table from before it can be gone on with."""


class Store:
    """A table, open; a context manager. `begin` makes one or goes on with one, `open` reads one."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def begin(cls, folder: Path, identity: Mapping[str, str], *, resume: bool) -> Self:
        """Open the table of a folder to fill it.

        Raises:
            UsageError: ``already_there`` for a table that is not to be gone on with; ``bad_table`` for one of another
                corpus, settings, fits or code (``differs`` names them), of another version, or a damaged one.
            RunError: ``read_only`` or ``disk_full``.
        """
        path = folder / FILE
        if path.exists() and not resume:
            raise UsageError(
                f"{str(path)!r} holds a table already; go on with it with --resume, or take another --out",
                code="already_there",
                path=path,
            )
        with storage_faults(folder, what="the table"):
            folder.mkdir(parents=True, exist_ok=True)
        store = cls._opened(path, new=not path.exists() or not path.stat().st_size)
        try:
            store.hold_to(identity)
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a table to read it. Raises `UsageError` ``file_not_found`` or ``bad_table``."""
        path = folder / FILE if folder.is_dir() else folder
        if not path.is_file():
            raise UsageError(f"there is no table {str(path)!r}", code="file_not_found", path=path)
        return cls._opened(path, new=False)

    @classmethod
    def _opened(cls, path: Path, *, new: bool) -> Self:
        store = cls(path, sqlite3.connect(path, isolation_level=None, timeout=30.0))
        try:
            with store._readable():
                if new:
                    with store._transaction():
                        for statement in _SCHEMA.split(";"):
                            store._connection.execute(statement)
                        store._connection.execute(f"PRAGMA user_version = {_VERSION}")
                store._check_version()
                store._connection.execute("SELECT count(*) FROM runs").fetchone()
                store._connection.execute("PRAGMA journal_mode = WAL")
                store._connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            store.close()
            raise
        return store

    def _check_version(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version != _VERSION:
            raise _bad(self.path, f"is of version {version}, or no table at all; this is version {_VERSION}")

    def hold_to(self, identity: Mapping[str, str]) -> None:
        """Keep what decides the runs of a new table; raise `UsageError` ``bad_table`` where that differs."""
        known = self.about().get("identity")
        if known is None:
            self.note("identity", dict(identity))
            return
        differs = sorted(name for name in {*known, *identity} if known.get(name) != identity.get(name))
        if differs:
            raise UsageError(
                f"{str(self.path)!r} was filled with another {' and '.join(differs)}; repeat those, or take another "
                "--out",
                code="bad_table",
                path=self.path,
                differs=",".join(differs),
            )

    def note(self, name: str, value: object) -> None:
        """Keep a fact about the whole table, as JSON."""
        with self._faults(), self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, json.dumps(value)))

    def about(self) -> dict[str, Any]:
        """Return the facts by name."""
        with self._readable():
            rows = self._connection.execute("SELECT name, value FROM about").fetchall()
            return {name: json.loads(value) for name, value in rows}

    def done(self, columns: Sequence[str], *, table: str = "runs") -> set[str]:
        """Return the keys of the questions whose every column ran."""
        with self._readable():
            rows = self._connection.execute(f"SELECT question, workflow FROM {table}").fetchall()  # noqa: S608 because the name is one of two
        ran: dict[str, set[str]] = {}
        for question, workflow in rows:
            ran.setdefault(question, set()).add(workflow)
        return {question for question, names in ran.items() if names >= set(columns)}

    def add(self, asked: Asked, cells: Iterable[Cell]) -> None:
        """Keep the runs of a question, all or none; runs that are kept already stay as they are.

        Raises:
            RunError: ``disk_full`` or ``read_only``.
        """
        rows = [(asked.key, cell.column, cell.answer, cell.f1, cell.em, cell.as_json()) for cell in cells]
        told = (asked.key, asked.id, asked.text, asked.source, json.dumps(asked.answers, ensure_ascii=False))
        with self._faults(), self._transaction():
            self._connection.execute("INSERT OR IGNORE INTO questions VALUES (?, ?, ?, ?, ?, ?)", (*told, asked.fold))
            if asked.kind:
                self._connection.execute(_KINDS)
                self._connection.execute("INSERT OR IGNORE INTO kinds VALUES (?, ?)", (asked.key, asked.kind))
            self._connection.executemany("INSERT OR IGNORE INTO runs VALUES (?, ?, ?, ?, ?, ?)", rows)

    def add_alone(self, key: str, cells: Iterable[Cell]) -> None:
        """Keep runs that shared nothing, for the model of seconds."""
        with self._faults(), self._transaction():
            self._connection.executemany(
                "INSERT OR IGNORE INTO alone VALUES (?, ?, ?)", [(key, cell.column, cell.as_json()) for cell in cells]
            )

    def alone(self) -> list[Cell]:
        """Return those."""
        with self._readable():
            rows = self._connection.execute("SELECT cell FROM alone ORDER BY question, workflow").fetchall()
            return [Cell.of(text) for (text,) in rows]

    def questions(self) -> list[tuple[Asked, dict[str, Cell]]]:
        """Return the questions of the last filling with their runs by column, in the order of their ids.

        What an earlier filling asked and the last one did not stays in the file, for a later one.

        Raises:
            UsageError: ``bad_table`` for a file that cannot be read.
        """
        wanted = self.about().get("asked")
        with self._readable():
            cells: dict[str, dict[str, Cell]] = {}
            for question, text in self._connection.execute("SELECT question, cell FROM runs"):
                cell = Cell.of(text)
                cells.setdefault(question, {})[cell.column] = cell
            rows = self._connection.execute(
                "SELECT key, id, text, source, answers, fold FROM questions ORDER BY id, key"
            ).fetchall()
            kinds = self._kinds()
            return [
                (
                    Asked(
                        key=key,
                        id=name,
                        text=text,
                        source=source,
                        answers=tuple(json.loads(answers)),
                        fold=fold,
                        kind=kinds.get(key, ""),
                    ),
                    cells.get(key, {}),
                )
                for key, name, text, source, answers, fold in rows
                if wanted is None or key in wanted
            ]

    def _kinds(self) -> dict[str, str]:
        """Return the types of questions by key; a table from before they were kept has none."""
        (there,) = self._connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'kinds'").fetchone()
        return dict(self._connection.execute("SELECT question, kind FROM kinds").fetchall()) if there else {}

    @contextmanager
    def _transaction(self) -> Generator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    @contextmanager
    def _faults(self) -> Generator[None]:
        with storage_faults(self.path.parent, what="the table"):
            yield

    @contextmanager
    def _readable(self) -> Generator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
            raise _bad(self.path, f"is no table of workflow runs, or damaged ({error})") from error

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_filled(folder: Path) -> tuple[dict[str, Any], list[tuple[Asked, dict[str, Cell]]]]:
    """Return the facts and the questions of a table, as `Store.about` and `Store.questions` do.

    Raises:
        UsageError: ``file_not_found``, ``bad_table``, or ``bad_data`` for one that is not filled to the end.
    """
    with Store.open(folder) as store:
        about, rows = store.about(), store.questions()
    if about.get("seconds") is None:
        raise UsageError(
            f"the table in {str(folder)!r} is not filled yet; go on with --resume", code="bad_data", path=folder
        )
    return about, rows


def _bad(path: Path, problem: str) -> UsageError:
    return UsageError(f"{str(path)!r} {problem}", code="bad_table", path=path)
