"""Load the user's files into one database file; only ever run in a child process.

Every file is read once, here. Afterwards the database is opened read-only by an engine that may open no other file, so
that no query can reach back to the sources, or anywhere else.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import duckdb

from questline.errors import UsageError

from .engine import CLOSED, typed_errors
from .names import literal, quoted
from .sniffing import ambiguous_dates, dates_of, delimiter, warning

__all__ = ["load"]

_KEPT_AS: Final = {
    frozenset({"integer"}): "BIGINT",
    frozenset({"integer", "real"}): "DOUBLE",
    frozenset({"real"}): "DOUBLE",
}
_LONGEST_LINE: Final = 64 << 20
"""Bytes of one row of a SQLite table as JSON."""


def load(*, sources: Sequence[dict[str, str]], database: str, folder: str, memory: int) -> dict[str, Any]:
    """Write every source into `database`.

    Args:
        sources: Each with ``name``, ``kind``, ``path`` (as it is read: a link without special characters) and ``shown``
            (as the user wrote it).
        database: The file to make.
        folder: For what is in between; the caller removes it.
        memory: Bytes that the engine may use.
    """
    warnings: dict[str, list[tuple[str, str]]] = {}
    config: dict[str, Any] = CLOSED | {"memory_limit": f"{memory >> 20}MiB"}
    with typed_errors(), closing(duckdb.connect(database, config=config)) as connection:
        for source in sources:
            try:
                _load_one(connection, source, Path(folder), warnings)
            except (duckdb.OutOfMemoryException, duckdb.InterruptException):
                raise
            except (duckdb.Error, sqlite3.Error, UnicodeDecodeError) as error:
                said = str(error).partition("\n")[0][:300].replace(source["path"], source["shown"])
                raise UsageError(
                    f"{source['shown']} cannot be read as {source['kind']}: {said}",
                    code="bad_encoding" if isinstance(error, UnicodeDecodeError) else "unreadable_file",
                    path=source["shown"],
                ) from error
    return {"warnings": warnings}


def _load_one(
    connection: duckdb.DuckDBPyConnection,
    source: dict[str, str],
    folder: Path,
    warnings: dict[str, list[tuple[str, str]]],
) -> None:
    name, path, kind = quoted(source["name"]), source["path"], source["kind"]
    if not Path(path).stat().st_size:
        raise UsageError(f"{source['shown']} is empty", code="unreadable_file", path=source["shown"])
    if kind in {"csv", "tsv", "jsonl"}:
        with Path(path).open(encoding="utf-8") as text:
            while text.read(1 << 20):  # what is not UTF-8 is said here, with the place
                pass
    if kind == "sqlite":
        _copy_sqlite(connection, source, folder)
    elif kind == "parquet":
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet(?)", [path])  # noqa: S608 because the names are quoted
    elif kind == "jsonl":
        options = "format='newline_delimited', sample_size=-1"
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_json(?, {options})", [path])  # noqa: S608 because the names are quoted
        types = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in dates_of(connection, source["name"]))
        raw = f"read_json(?, columns={{{types}}}, format='newline_delimited')"
        warnings[source["name"]] = ambiguous_dates(connection, source["name"], raw, [path])
    else:
        warnings[source["name"]] = _read_csv(connection, source["name"], path, kind)


def _read_csv(connection: duckdb.DuckDBPyConnection, table: str, path: str, kind: str) -> list[tuple[str, str]]:
    """Read a file whose first line names the columns; return the warnings."""
    name, ragged = quoted(table), False
    options, values = "header=true, sample_size=-1, delim=?", [path, "\t" if kind == "tsv" else delimiter(path)]
    try:
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv(?, {options})", values)  # noqa: S608 because the names are quoted
    except duckdb.InvalidInputException:
        options, ragged = options + ", null_padding=true, strict_mode=false", True
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv(?, {options})", values)  # noqa: S608 because the names are quoted
    said = [warning("ragged_rows", f"lines of {table} differ in length")] if ragged else []
    return said + ambiguous_dates(connection, table, f"read_csv(?, {options}, all_varchar=true)", values)


def _copy_sqlite(connection: duckdb.DuckDBPyConnection, source: dict[str, str], folder: Path) -> None:
    """Copy every table, by the kinds of value that are really in it: SQLite does not hold columns to their types."""
    schema = quoted(source["name"])
    connection.execute(f"CREATE SCHEMA {schema}")
    address = Path(source["path"]).resolve().as_uri() + "?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as file:
        names = file.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        )
        for (table,) in names.fetchall():
            cursor = file.execute(f"SELECT * FROM {quoted(table)} LIMIT 0")  # noqa: S608 because the names are quoted
            columns = [str(column[0]) for column in cursor.description]
            kinds = [_kind(file, table, column) for column in columns]
            between = folder / "rows.jsonl"
            with between.open("w", encoding="utf-8") as lines:
                lines.writelines(_lines(file, table, kinds))
            keys = ", ".join(f"'c{n}': '{kind}'" for n, kind in enumerate(kinds))
            named = ", ".join(f"c{n} AS {quoted(column)}" for n, column in enumerate(columns))
            read = f"read_json(?, columns={{{keys}}}, format='newline_delimited', maximum_object_size={_LONGEST_LINE})"
            target = f"{schema}.{quoted(table)}"
            connection.execute(f"CREATE TABLE {target} AS SELECT {named} FROM {read}", [str(between)])  # noqa: S608 because the names are quoted
            between.unlink()


def _kind(file: sqlite3.Connection, table: str, column: str) -> str:
    sql = f"SELECT DISTINCT typeof({quoted(column)}) FROM {quoted(table)}"  # noqa: S608 because the names are quoted
    found = frozenset(str(row[0]) for row in file.execute(sql)) - {"null"}
    return _KEPT_AS.get(found, "VARCHAR")


def _lines(file: sqlite3.Connection, table: str, kinds: Sequence[str]) -> Iterator[str]:
    for row in file.execute(f"SELECT * FROM {quoted(table)}"):  # noqa: S608 because the names are quoted
        values = {f"c{n}": _plain(value, kind) for n, (value, kind) in enumerate(zip(row, kinds, strict=True))}
        yield json.dumps(values) + "\n"


def _plain(value: Any, kind: str) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return str(value) if kind == "VARCHAR" and value is not None else value
