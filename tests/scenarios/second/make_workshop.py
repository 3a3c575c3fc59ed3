"""Write `tables/workshop.sqlite`, the SQLite file of the second world: `python make_workshop.py` from this folder."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

MECHANICS = (
    (1, "Priya Nair", 34, 2012),
    (2, "Colm Dwyer", 28, 2019),
    (3, "Marta Zielinska", 31, 2016),
)
REPAIRS = (
    (201, "Alice Thorne", "snapped gear cable", 2, "2027-02-03", "2027-02-05", 38.5),
    (202, "Gus Pennell", "buckled wheel", 1, "2027-02-10", "2027-02-17", 72.0),
    (203, "Kenji Mori", "worn chain", 2, "2027-02-15", "2027-02-16", 55.0),
    (204, "Lucy Ward", "puncture", 3, "2027-02-22", "2027-02-22", 14.0),
    (205, "Farah Siddiqui", "creaking bottom bracket", 1, "2027-03-01", "2027-03-09", 96.0),
    (206, "Ben Castell", "worn brake pads", 3, "2027-03-04", "2027-03-05", 31.5),
    (207, "Joan Ridley", "loose headset", 2, "2027-03-11", None, None),
    (208, "Emil Novak", "bent hanger", 1, "2027-03-12", None, None),
    (209, "Kenji Mori", "broken spoke", 3, "2027-03-15", "2027-03-19", 27.0),
)
SCHEMA = """
CREATE TABLE mechanics (id INTEGER PRIMARY KEY, name TEXT, hourly_rate INTEGER, qualified INTEGER);
CREATE TABLE repairs (id INTEGER PRIMARY KEY, owner TEXT, fault TEXT, mechanic_id INTEGER REFERENCES mechanics (id),
                      brought_in TEXT, finished TEXT, price REAL);
"""


def write(path: Path) -> None:
    """Write the file anew."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
        database.executemany("INSERT INTO mechanics VALUES (?, ?, ?, ?)", MECHANICS)
        database.executemany("INSERT INTO repairs VALUES (?, ?, ?, ?, ?, ?, ?)", REPAIRS)


if __name__ == "__main__":
    write(Path(__file__).parent / "tables" / "workshop.sqlite")
