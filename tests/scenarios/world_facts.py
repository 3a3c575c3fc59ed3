"""The world of the scenarios, read with duckdb, sqlite3 and plain Python: none of the servers' own code."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import duckdb

WORLD = Path(__file__).parent / "world"


class World:
    """The tables as SQL tables, the texts as texts with single spaces."""

    def __init__(self, folder: Path = WORLD) -> None:
        self.folder = folder
        self._tables = duckdb.connect()
        for path in sorted((folder / "tables").glob("*.csv")):
            self._tables.execute(f"create table {path.stem} as select * from read_csv_auto('{path.as_posix()}')")
        for path in sorted((folder / "tables").glob("*.sqlite")):
            self._copy(path)

    def _copy(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as database:
            for (name,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
                columns = database.execute(f"select name, type from pragma_table_info('{name}')").fetchall()
                self._tables.execute(f"create table {name} ({', '.join(' '.join(column) for column in columns)})")
                rows = database.execute(f"select * from {name}").fetchall()
                self._tables.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._tables.execute(sql).fetchall()

    def one(self, sql: str) -> str:
        """Return the first value, as text."""
        return str(self.rows(sql)[0][0])

    def listed(self, sql: str) -> str:
        return ", ".join(str(row[0]) for row in self.rows(sql))

    def text(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def quote(self, path: str, words: str) -> str:
        """Return words that a file must hold."""
        text = " ".join(self.text(path).split())
        assert words in text, f"{path} does not say {words!r}"
        return words

    def names(self, folder: str) -> str:
        return ", ".join(sorted(path.name for path in (self.folder / folder).iterdir()))

    def close(self) -> None:
        self._tables.close()


Fact: TypeAlias = Callable[[World], object]


def told(*parts: object) -> str:
    return " ".join(str(part) for part in parts)


def day(text: str) -> date:
    return date.fromisoformat(text)


def weekday(text: str) -> str:
    return f"{day(text):%A}"


def zone_time(moment: str, zone: str, to: str) -> str:
    local = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))
    return f"{local.astimezone(ZoneInfo(to)):%H:%M}"


def now_in(zone: str) -> str:
    return f"{datetime.now(UTC).astimezone(ZoneInfo(zone)):%H:%M}"
