"""Write `tables/diary.sqlite`, the SQLite file of the fourth world: `python make_diary.py` from this folder."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

STAFF = (
    (1, "Helen Ashworth", "senior vet", 2006, "English, French"),
    (2, "Mateus Lima", "vet", 2019, "English, Portuguese"),
    (3, "Orla Keane", "locum vet", 2026, "English, Irish"),
    (4, "Lin Xiaowen", "nurse", 2021, "English, Chinese"),
    (5, "Rosa Quill", "nurse", 2015, "English"),
    (6, "Dilys Roper", "office manager", 1999, "English, Welsh"),
    (7, "Jack Dunmore", "kennel keeper", 2017, "English"),
)
VISITS = (
    (501, "Bella", "Grace Okafor", "2027-01-12", "09:15", 1, "limping", 78.0),
    (502, "Monty", "Tom Hargreave", "2027-01-14", "10:30", 2, "itchy ears", 55.75),
    (503, "Duke", "Viktor Sandor", "2027-01-19", "16:00", 1, "x-ray of the hip", 220.0),
    (504, "Saffron", "Aisha Rahman", "2027-01-26", "11:45", 2, "swallowed a hair tie", 310.0),
    (505, "Ziggy", "Lorna Petrie", "2027-02-02", "15:15", 3, "torn claw", 64.5),
    (506, "Mochi", "Chen Yutong", "2027-02-09", "14:20", 4, "nail clipping", 14.5),
    (507, "Clover", "Karen Marsh", "2027-02-16", "17:00", 2, "not eating", 92.0),
    (508, "Olive", "Lorna Petrie", "2027-02-17", "09:00", 1, "thyroid check", 138.0),
    (509, "Pepper", "Aisha Rahman", "2027-03-01", "12:10", 3, "cut paw", 87.25),
    (510, "Rufus", "Tim Hargreaves", "2027-03-04", "16:45", 2, "vaccination", 58.0),
    (511, "Duke", "Viktor Sandor", "2027-03-09", "08:30", 1, "blood test", 97.0),
    (512, "Bella", "Simon Leigh", "2027-03-11", "10:00", 4, "weighing", None),
)
SCHEMA = """
CREATE TABLE staff (id INTEGER PRIMARY KEY, name TEXT, role TEXT, since INTEGER, languages TEXT);
CREATE TABLE visits (id INTEGER PRIMARY KEY, patient TEXT, owner TEXT, day TEXT, start TEXT,
                     staff_id INTEGER REFERENCES staff (id), reason TEXT, fee REAL);
"""


def write(path: Path) -> None:
    """Write the file anew."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
        database.executemany("INSERT INTO staff VALUES (?, ?, ?, ?, ?)", STAFF)
        database.executemany("INSERT INTO visits VALUES (?, ?, ?, ?, ?, ?, ?, ?)", VISITS)


if __name__ == "__main__":
    write(Path(__file__).parent / "tables" / "diary.sqlite")
