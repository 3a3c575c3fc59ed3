"""The user's files as tables that can be asked, and not changed.

The engine keeps the promise, not a look at the text of a query: the files are copied into one database, which is then
opened read-only by an engine without access to files, network, extensions or its own settings, in a child process that
is killed when it is late.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Final, Self

from questline.errors import UsageError
from questline.tools.processes import Pool
from questline.types import AnswerWarning

from .choosing import Sources, choose
from .names import quoted
from .result import Column, Found, Limits, Refused, Rows, Table

__all__ = ["Tables"]

_KINDS: Final = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".sqlite": "sqlite", ".sqlite3": "sqlite", ".db": "sqlite",
}  # fmt: skip
_GRACE_S: Final = 1.0
"""How long a query may take to notice that it was interrupted; then its process is killed."""
_OVERHEAD: Final = 2 << 30
"""Bytes of address space that the engine and Python take beside the memory of queries."""
_LONGEST_SQL: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """The files as they were at one time."""

    database: str
    stamp: tuple[tuple[int, ...], ...]
    tables: tuple[Table, ...]
    parts: dict[str, str]
    """Name of a table → as SQL writes it."""


class Tables:
    """Tables of named files, opened by `open`, closed by `close` or `with`; safe to share between threads.

    A file that changed (its size, its time, or another file in its place) is read again by the next call, which raises
    what `open` does where that fails.
    """

    def __init__(
        self,
        *,
        files: Mapping[str, Path],
        shown: Mapping[str, str],
        folder: Path,
        memory: int,
        seconds: float,
        pool: Pool,
    ) -> None:
        self._files, self._shown, self._folder, self._pool = files, shown, folder, pool
        self._memory, self._seconds = memory, seconds
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._loading = Lock()
        self._loads = 0
        self._before: _Copy | None = None
        self._read: tuple[_Copy, Sources] | None = None
        self._copy = self._load()

    @property
    def tables(self) -> tuple[Table, ...]:
        """What can be asked: names, columns, types, row counts and sample values."""
        return self._current().tables

    @classmethod
    def open(cls, files: Mapping[str, Path | str], *, seconds: float = 60.0, memory: int = 512 << 20) -> Self:
        """Read files into tables of these names.

        Args:
            files: Name → path of a file: ``.csv``, ``.tsv``, ``.parquet``, ``.jsonl`` (or ``.ndjson``), ``.sqlite`` (or
                ``.db``). The first line of CSV and TSV names the columns; the tables of SQLite are ``name.table``.
            seconds: Wall clock for reading all of them.
            memory: Bytes that the engine may use, for reading and for each query.

        Raises:
            UsageError: ``file_not_found``, ``unsupported_file``, ``unreadable_file``, ``bad_encoding``,
                ``bad_argument`` for a name that is empty or there twice.
            RunError: ``time_limit``, ``memory_limit``.
        """
        if memory < 64 << 20:
            raise UsageError(f"memory={memory!r} is below 64 MiB", code="bad_param", argument="memory")
        _positive("seconds", seconds)
        if not files or len({name.lower() for name in files}) != len(files) or not all(map(str.strip, files)):
            raise UsageError(
                "give at least one file, each with a name of its own", code="bad_argument", argument="files"
            )
        for path in files.values():
            _kind(Path(path))
        folder = Path(tempfile.mkdtemp(prefix="questline-tables-"))
        pool = Pool("questline.tools.tables.jobs", memory=memory + _OVERHEAD)
        try:
            placed = {name: Path(path).absolute() for name, path in files.items()}
            shown = {name: str(path) for name, path in files.items()}
            return cls(files=placed, shown=shown, folder=folder, memory=memory, seconds=seconds, pool=pool)
        except BaseException:
            pool.close()
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _current(self) -> _Copy:
        """Return the copy of the files as they are now; what changed since is read again."""
        with self._loading:
            if self._copy.stamp != _stamp(self._files.values()):
                fresh, last = self._load(), self._before
                self._before, self._copy = self._copy, fresh  # a query may just be about to open the one before
                if last is not None:
                    Path(last.database).unlink(missing_ok=True)
            return self._copy

    def _load(self) -> _Copy:
        self._loads += 1
        stamp = _stamp(self._files.values())  # before: what changes meanwhile is read again
        database = str(self._folder / f"tables-{self._loads}.duckdb")
        sources: list[dict[str, str]] = []
        for number, (name, path) in enumerate(self._files.items()):
            kind = _kind(path)
            link = self._folder / f"{self._loads}-{number}{path.suffix.lower()}"  # a name of its own: `*` is no pattern
            link.symlink_to(path.resolve())
            sources.append({"name": name, "kind": kind, "path": str(link), "shown": self._shown[name]})
        asked = {"database": database, "memory": self._memory}
        loaded = self._pool.run(
            "load", asked | {"sources": sources, "folder": str(self._folder)}, seconds=self._seconds
        )
        found = self._pool.run("schema", asked | {"seconds": self._seconds}, seconds=self._seconds)
        tables, parts = _tables(found["tables"], loaded["warnings"], order=list(self._files))
        return _Copy(database=database, stamp=stamp, tables=tables, parts=parts)

    def sample(self, table: str, *, rows: int = 5) -> Rows:
        """Return the first rows of a table.

        Raises:
            UsageError: ``unknown_table``; ``bad_param``.
        """
        _positive("rows", rows)
        return self.query(f"SELECT * FROM {self._current().parts[self.table(table).name]} LIMIT {int(rows)}")  # noqa: S608 because the name is quoted

    def query(self, sql: str, limits: Limits | None = None) -> Rows:
        """Run one SELECT (or EXPLAIN) statement of DuckDB's SQL.

        Raises:
            UsageError: ``bad_sql`` with ``line`` and ``column`` where the engine points at one; ``not_permitted`` for
                anything but reading the opened tables; ``too_large`` for a text of more than 100,000 characters.
            RunError: ``time_limit``, ``memory_limit``, ``run_failed``; a retry does not help.
        """
        limits = limits or Limits()
        for name, value in asdict(limits).items():
            _positive(name, value)
        if len(sql) > _LONGEST_SQL:
            raise UsageError(f"the query has more than {_LONGEST_SQL} characters", code="too_large")
        found = self._pool.run(
            "query",
            {"database": self._current().database, "memory": self._memory, "sql": sql, "limits": asdict(limits)},
            seconds=limits.seconds,
            grace=_GRACE_S,
        )
        return Rows(
            sql=sql,
            columns=tuple(Column(name=each["name"], type=each["type"]) for each in found["columns"]),
            rows=tuple(tuple(row) for row in found["rows"]),
            truncated=found["truncated"],
        )

    def look_up(
        self, question: str, table: str | None = None, limits: Limits | None = None, *, today: date | None = None
    ) -> Found | Refused:
        """Answer a plain question (count, sum, average, extremes, top k, by group, filters), and tell how it was read.

        Rules read it, in English and Chinese: first strictly, by names and values alone; then softly, by what common
        words mean. What they refuse in English the learnt linker reads, where it is sure enough. Where no table is
        named, it is the one that explains the question, or two that a foreign key joins. Every word has to be
        understood; otherwise the question is refused, and nothing is guessed.

        Args:
            question: What is asked.
            table: What it is about; by default what the question fits.
            limits: Of the query.
            today: What "last month" and the like count from; without it they are refused.

        Raises:
            UsageError: ``unknown_table``; ``empty_question``.
            RunError: As `query`; ``damaged_model``.
        """
        if not question.strip():
            raise UsageError("the question is empty", code="empty_question", argument="question")
        chosen = self.table(table) if table is not None else None
        read = choose(question, self._sources(), chosen, today=today)
        if isinstance(read, Refused):
            return read
        return Found(
            rows=self.query(read.sql, limits),
            reading=read.reading,
            confidence=read.confidence,
            answers=read.answers,
            linked=read.linked,
        )

    def _sources(self) -> Sources:
        copy = self._current()
        if self._read is None or self._read[0] is not copy:
            self._read = copy, Sources(copy.tables, copy.parts, lambda sql: self.query(sql, Limits(rows=5000)))
        return self._read[1]

    def table(self, name: str) -> Table:
        """Return a table by its name, in any case of letters; raise ``unknown_table``."""
        for table in self.tables:
            if table.name.lower() == name.lower():
                return table
        known = ", ".join(table.name for table in self.tables)
        raise UsageError(f"there is no table {name!r}; there are: {known}", code="unknown_table", table=name)

    def close(self) -> None:
        """End the child processes and remove the copy."""
        self._pool.close()
        self._remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _stamp(paths: Iterable[Path]) -> tuple[tuple[int, ...], ...]:
    """Return what differs when a file, or the log beside a SQLite file, has changed."""
    stamps: list[tuple[int, ...]] = []
    for path in paths:
        for file in (path, path.with_name(path.name + "-wal")):
            try:
                found = file.stat()
            except OSError:
                found = None
            stamps.append((found.st_ino, found.st_mtime_ns, found.st_size) if found and found.st_size else ())
    return tuple(stamps)


def _kind(path: Path) -> str:
    if not path.exists():
        raise UsageError(f"{path} does not exist", code="file_not_found", path=str(path))
    kind = _KINDS.get(path.suffix.lower())
    if kind is None or not path.is_file():
        raise UsageError(f"{path} is none of {', '.join(_KINDS)}", code="unsupported_file", path=str(path))
    return kind


def _positive(name: str, value: float) -> None:
    if isinstance(value, bool) or not math.isfinite(value) or value <= 0:
        raise UsageError(f"{name}={value!r} must be above 0", code="bad_param", argument=name)


def _tables(
    found: list[dict[str, Any]], warned: dict[str, list[list[str]]], *, order: list[str]
) -> tuple[tuple[Table, ...], dict[str, str]]:
    """Return the tables in the order of their files, and the quoted name of each."""
    tables: list[Table] = []
    parts: dict[str, str] = {}
    for each in sorted(found, key=lambda each: order.index(each["name" if each["schema"] == "main" else "schema"])):
        name = each["name"] if each["schema"] == "main" else f"{each['schema']}.{each['name']}"
        columns = tuple(
            Column(name=column["name"], type=column["type"], samples=tuple(column["samples"]))
            for column in each["columns"]
        )
        warnings = tuple(_warning(code, message) for code, message in warned.get(name, []))
        tables.append(Table(name=name, rows=each["rows"], columns=columns, warnings=warnings))
        parts[name] = f"{quoted(each['schema'])}.{quoted(each['name'])}"
    return tuple(tables), parts


def _warning(code: str, message: str) -> AnswerWarning:
    return AnswerWarning(code=code, message=message, step="tables")
