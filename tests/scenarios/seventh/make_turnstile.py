"""Write `tables/turnstile.sqlite`, the seventh world's SQLite file: `python make_turnstile.py` from this folder."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

MEMBERS = (
    (1, "Agatha Penrose", "Thornley", "dawn", "2031-03-01", "2032-02-29", 212),
    (2, "Lionel Quaife", "Cressbrook", "family", "2031-04-19", "2031-10-18", 48),
    (3, "Nour Saleh", "Aldermere", "student", "2030-09-15", "2031-09-14", 97),
    (4, "Gwilym Hart", "Thornley", "season", "2031-04-26", "2031-09-28", 61),
    (5, "Zhou Yan", "Cressbrook", "student", "2030-08-30", "2031-08-29", 134),
    (6, "Marigold Spence", "Aldermere", "season", "2031-05-03", "2031-09-28", 29),
)
LOCKERS = (
    (12, "Gwilym Hart", "river side", 26.0, "2031-09-28"),
    (19, "Marigold Spence", "hill side", 26.0, "2031-09-28"),
    (27, "Nour Saleh", "river side", 34.0, "2031-12-31"),
    (41, "Agatha Penrose", "hill side", 34.0, "2032-02-29"),
)
RACES = (
    (1, "Gwilym Hart", "breaststroke", 100, 96.4, "2030-08-17"),
    (2, "Nour Saleh", "breaststroke", 100, 91.8, "2030-08-17"),
    (3, "Zhou Yan", "breaststroke", 100, 88.3, "2030-08-17"),
    (4, "Gwilym Hart", "crawl", 100, 71.9, "2030-08-17"),
    (5, "Nour Saleh", "crawl", 100, 74.2, "2030-08-18"),
    (6, "Marigold Spence", "crawl", 400, 342.5, "2030-08-18"),
    (7, "Zhou Yan", "butterfly", 50, 36.7, "2030-08-18"),
)
SCHEMA = """
CREATE TABLE members (id INTEGER PRIMARY KEY, member TEXT, town TEXT, pass TEXT, bought_on TEXT, valid_until TEXT,
                      visits_2030 INTEGER);
CREATE TABLE lockers (locker INTEGER PRIMARY KEY, member TEXT, side TEXT, rent REAL, rented_until TEXT);
CREATE TABLE races (id INTEGER PRIMARY KEY, swimmer TEXT, stroke TEXT, metres INTEGER, seconds REAL, swum_on TEXT);
"""


def write(path: Path) -> None:
    """Write the file anew."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
        database.executemany("INSERT INTO members VALUES (?, ?, ?, ?, ?, ?, ?)", MEMBERS)
        database.executemany("INSERT INTO lockers VALUES (?, ?, ?, ?, ?)", LOCKERS)
        database.executemany("INSERT INTO races VALUES (?, ?, ?, ?, ?, ?)", RACES)


if __name__ == "__main__":
    write(Path(__file__).parent / "tables" / "turnstile.sqlite")
