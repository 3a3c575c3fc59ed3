"""Write `tables/boxoffice.sqlite`, the SQLite file of the fifth world: `python make_boxoffice.py` from this folder."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

BOOKINGS = (
    (5001, "Winifred Amble", "The Tin Lighthouse", 2, 22.0, "2028-01-08", "post"),
    (5002, "Basil Hythe", "The Salt Queen", 4, 74.0, "2028-02-17", "phone"),
    (5003, "Josefina Duarte", "Seven Umbrellas", 3, 45.0, "2028-02-20", "desk"),
    (5004, "Theo Marsh", "A Goose for Mr Pym", 1, 14.5, "2028-02-23", "desk"),
    (5005, "Winifred Amble", "Ash and Honey", 2, 22.0, "2028-03-02", "post"),
    (5006, "Liu Mei", "Seven Umbrellas", 5, 61.5, "2028-03-05", "desk"),
    (5007, "Olu Benson", "The Salt Queen", 2, 37.0, "2028-03-21", "desk"),
    (5008, "Josefina Duarte", "Crocodile Lane", 2, 28.0, "2028-04-02", "phone"),
    (5009, "Harriet Bell", "The Bear's Breakfast", 6, 42.0, "2028-04-30", "phone"),
)
PARTIES = (
    (1, "Priorsfield Primary", "Nadia Holt", "The Bear's Breakfast", 48, "2028-05-30", 60.0),
    (2, "St Cuthman's Academy", "Gareth Pugh", "The Salt Queen", 33, "2028-04-18", 45.0),
    (3, "Saltby Grammar", "Elspeth Rowe", "Seven Umbrellas", 27, "2028-03-22", 40.0),
    (4, "Wexcombe High", "Dominic Ashe", "Crocodile Lane", 62, "2028-07-11", 80.0),
)
SCHEMA = """
CREATE TABLE bookings (id INTEGER PRIMARY KEY, booker TEXT, title TEXT, seats INTEGER, paid REAL, booked_on TEXT,
                       booked_by TEXT);
CREATE TABLE parties (id INTEGER PRIMARY KEY, school TEXT, contact TEXT, title TEXT, pupils INTEGER, visit TEXT,
                      deposit_paid REAL);
"""


def write(path: Path) -> None:
    """Write the file anew."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
        database.executemany("INSERT INTO bookings VALUES (?, ?, ?, ?, ?, ?, ?)", BOOKINGS)
        database.executemany("INSERT INTO parties VALUES (?, ?, ?, ?, ?, ?, ?)", PARTIES)


if __name__ == "__main__":
    write(Path(__file__).parent / "tables" / "boxoffice.sqlite")
