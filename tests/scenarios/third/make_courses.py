"""Write `tables/courses.sqlite`, the SQLite file of the third world: `python make_courses.py` from this folder."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

TUTORS = (
    (1, "Hester Lyle", "Langport", 140),
    (2, "Anselm Rook", "Exeter", 165),
    (3, "Miriam Toll", "Bude", 120),
)
COURSES = (
    (41, "Pruning for Beginners", 1, "2027-03-13", "10:00", 14, 14, 28.0),
    (42, "Willow Baskets", 3, "2027-04-24", "09:30", 8, 6, 55.0),
    (43, "Ferns and Moss", 2, "2027-05-08", "14:00", 12, 5, 32.0),
    (44, "Window Boxes", 1, "2027-05-22", "10:00", 16, 11, 38.5),
    (45, "Night Moths", 2, "2027-06-26", "21:30", 20, 9, 18.0),
    (46, "Bee Hotels for Children", 3, "2027-07-17", "10:30", 18, 15, 12.0),
    (47, "Grafting Apples", 1, "2027-09-18", "13:30", 10, 3, 42.0),
)
SCHEMA = """
CREATE TABLE tutors (id INTEGER PRIMARY KEY, name TEXT, town TEXT, session_fee INTEGER);
CREATE TABLE courses (id INTEGER PRIMARY KEY, title TEXT, tutor_id INTEGER REFERENCES tutors (id), held_on TEXT,
                      starts TEXT, places INTEGER, booked INTEGER, price REAL);
"""


def write(path: Path) -> None:
    """Write the file anew."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
        database.executemany("INSERT INTO tutors VALUES (?, ?, ?, ?)", TUTORS)
        database.executemany("INSERT INTO courses VALUES (?, ?, ?, ?, ?, ?, ?, ?)", COURSES)


if __name__ == "__main__":
    write(Path(__file__).parent / "tables" / "courses.sqlite")
