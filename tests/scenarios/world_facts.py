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
        with closing(sqlite3.connect(folder / "tables" / "library.sqlite")) as library:
            for name in ("books", "loans"):
                found = library.execute(f"select * from {name}")
                columns = ", ".join(f"{column[0]} {self._type(column[0])}" for column in found.description)
                self._tables.execute(f"create table {name} ({columns})")
                rows = found.fetchall()
                self._tables.executemany(f"insert into {name} values ({', '.join('?' * len(rows[0]))})", rows)

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

    @staticmethod
    def _type(column: str) -> str:
        return "integer" if column in {"id", "book_id", "year", "pages"} else "varchar"


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
