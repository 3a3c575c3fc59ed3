"""The jobs of tables, each run in a child process; the connection stays open between them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, cast
from uuid import UUID

import duckdb

from questline.errors import UsageError

from .engine import READ_ONLY, typed_errors
from .loading import load
from .names import quoted

__all__ = ["JOBS"]

_READING: Final = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
_SAMPLES: Final = 3
_TABLES: Final = (
    "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary ORDER BY table_oid"
)
_COLUMNS: Final = (
    "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = ? AND table_name = ? ORDER BY column_index"
)


@lru_cache(maxsize=1)
def _opened(database: str, memory: int) -> duckdb.DuckDBPyConnection:
    config: dict[str, Any] = READ_ONLY | {"memory_limit": f"{memory >> 20}MiB"}
    return duckdb.connect(database, read_only=True, config=config)


@contextmanager
def _asking(database: str, memory: int, seconds: float) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection of one job's own, interrupted when time is over."""
    with typed_errors():
        connection = _opened(database, memory).cursor()
        timer = threading.Timer(seconds, connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield connection
        finally:
            timer.cancel()
            connection.close()


def _query(*, database: str, memory: int, sql: str, limits: dict[str, Any]) -> dict[str, Any]:
    with _asking(database, memory, limits["seconds"]) as connection:
        statements = connection.extract_statements(sql)
        if len(statements) != 1:
            raise UsageError(f"write one statement, not {len(statements)}", code="bad_sql")
        if statements[0].type not in _READING:
            kind = statements[0].type.name
            raise UsageError(f"{kind} is no reading: write SELECT … or EXPLAIN …", code="not_permitted", statement=kind)
        if statements[0].named_parameters:
            raise UsageError("a parameter has no value here: write the value itself", code="bad_sql")
        return _read(connection.execute(statements[0]), limits)  # a stream: rows that nobody fetches are not made


def _read(source: duckdb.DuckDBPyConnection, limits: dict[str, Any]) -> dict[str, Any]:
    columns = [{"name": str(each[0]), "type": str(each[1])} for each in source.description or ()]
    rows: list[list[Any]] = []
    size, cut = 0, False
    while row := source.fetchone():
        plain = [_plain(value, limits["cell"]) for value in row]
        cut = cut or any(each[1] for each in plain)
        values = [each[0] for each in plain]
        size += len(json.dumps(values, ensure_ascii=False).encode())
        if len(rows) == limits["rows"] or size > limits["bytes"]:
            return {"columns": columns, "rows": rows, "truncated": True}
        rows.append(values)
    return {"columns": columns, "rows": rows, "truncated": cut}


def _plain(value: Any, cell: int) -> tuple[Any, bool]:
    """Return a value that JSON can carry, and whether it was cut."""
    match value:
        case None | bool() | int():
            return value, False
        case float():
            return (value if value - value == 0 else str(value)), False
        case str():
            return value[:cell], len(value) > cell
        case bytes():
            return "0x" + value[:cell].hex(), len(value) > cell
        case datetime() | date() | time():
            return value.isoformat(), False
        case Decimal() | UUID() | timedelta():
            return str(value), False
        case list() | tuple():
            members = list(cast("list[Any]", value))
            items = [_plain(each, cell) for each in members[:cell]]
            return [each[0] for each in items], len(members) > cell or any(each[1] for each in items)
        case dict():
            pairs = {str(key): _plain(each, cell) for key, each in cast("dict[Any, Any]", value).items()}
            return {key: each[0] for key, each in pairs.items()}, any(each[1] for each in pairs.values())
        case _:
            return str(value)[:cell], False


def _schema(*, database: str, memory: int, seconds: float) -> dict[str, Any]:
    with _asking(database, memory, seconds) as connection:
        tables = [_table(connection, str(schema), str(name)) for schema, name in connection.execute(_TABLES).fetchall()]
    return {"tables": tables}


def _table(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> dict[str, Any]:
    where = f"{quoted(schema)}.{quoted(name)}"
    counted = connection.execute(f"SELECT count(*) FROM {where}").fetchone()  # noqa: S608 because names are quoted
    columns: list[dict[str, Any]] = []
    for column, kind in connection.execute(_COLUMNS, [schema, name]).fetchall():
        field = quoted(column)
        found = connection.execute(
            f"SELECT DISTINCT {field} FROM (SELECT {field} FROM {where} WHERE {field} IS NOT NULL LIMIT 100) "  # noqa: S608 because names are quoted
            f"ORDER BY 1 LIMIT {_SAMPLES}"
        ).fetchall()
        columns.append({"name": column, "type": kind, "samples": [_plain(row[0], 100)[0] for row in found]})
    return {"schema": schema, "name": name, "rows": counted[0] if counted else 0, "columns": columns}


JOBS: Final[dict[str, Callable[..., dict[str, Any]]]] = {"load": load, "query": _query, "schema": _schema}
