"""Write `tables/library.sqlite`, the world's SQLite file: `python make_library.py` from this folder."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

BOOKS = (
    (1, "The Salt Ledger", "Ottilie Crane", 1994, 312, "fiction"),
    (2, "Knots and Splices", "Ruben Askew", 1978, 148, "crafts"),
    (3, "A Field of Thrift", "Ottilie Crane", 2001, 276, "fiction"),
    (4, "Tides of the Merrin Sound", "Hanne Boyd", 1986, 204, "nature"),
    (5, "Bees on Bare Hills", "Corin Ashe", 2015, 188, "nature"),
    (6, "The Calanthe Inquiry", "Judith Marlow", 2009, 421, "history"),
    (7, "Small Boats, Long Nights", "Ruben Askew", 1983, 233, "history"),
    (8, "Lamps of the North", "Hanne Boyd", 1999, 359, "history"),
    (9, "Cooking with Kelp", "Siobhan Reyes", 2020, 164, "crafts"),
    (10, "The Ploughman's Silver", "Judith Marlow", 2018, 297, "history"),
)
LOANS = (
    (101, 1, "Petra Lund", "2027-01-06", "2027-01-27", "2027-01-25"),
    (102, 6, "Aled Price", "2027-01-11", "2027-02-01", "2027-02-09"),
    (103, 5, "Petra Lund", "2027-01-20", "2027-02-10", "2027-02-10"),
    (104, 8, "Noor Haddad", "2027-01-28", "2027-02-18", "2027-03-02"),
    (105, 3, "Yusuf Demir", "2027-02-02", "2027-02-23", None),
    (106, 1, "Noor Haddad", "2027-02-05", "2027-02-26", "2027-02-20"),
    (107, 9, "Aled Price", "2027-02-15", "2027-03-08", None),
    (108, 10, "Petra Lund", "2027-02-18", "2027-03-11", None),
    (109, 1, "Yusuf Demir", "2027-02-24", "2027-03-17", None),
)
SCHEMA = """
CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT, author TEXT, year INTEGER, pages INTEGER, subject TEXT);
CREATE TABLE loans (id INTEGER PRIMARY KEY, book_id INTEGER REFERENCES books (id), member TEXT, lent_on TEXT,
                    due_on TEXT, returned_on TEXT);
"""


def write(path: Path) -> None:
    """Write the file anew."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
        database.executemany("INSERT INTO books VALUES (?, ?, ?, ?, ?, ?)", BOOKS)
        database.executemany("INSERT INTO loans VALUES (?, ?, ?, ?, ?, ?)", LOANS)


if __name__ == "__main__":
    write(Path(__file__).parent / "tables" / "library.sqlite")
