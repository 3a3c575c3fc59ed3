"""Write `tables/orderbook.sqlite`, the SQLite file of the sixth world: `python make_orderbook.py` from this folder."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

ACCOUNTS = (
    (1, "Anchor Inn", "pub", "Gull Island", "Island", "2015-02-09"),
    (2, "Heron School", "school", "Stennet", "Marsh", "2021-09-06"),
    (3, "Priory Hospice", "hospice", "Hollin", "Hill", "2012-04-30"),
    (4, "Lobster Pot", "restaurant", "Saltery", "Shore", "2024-03-18"),
    (5, "Sedge Choir", "club", "Little Sedge", "Marsh", "2027-11-22"),
    (6, "Ferry Company", "office", "Oxmouth", "Town", "2009-01-12"),
)
ORDERS = (
    (801, "Lobster Pot", "seeded rye", 40, "2029-04-03", "2029-04-13", "phone"),
    (802, "Sedge Choir", "fruit scone", 75, "2029-04-05", "2029-04-28", "letter"),
    (803, "Anchor Inn", "crab pasty", 36, "2029-04-16", "2029-04-25", "phone"),
    (804, "Heron School", "ginger parkin", 130, "2029-04-20", "2029-05-18", "counter"),
    (805, "Ferry Company", "walnut torte", 2, "2029-05-02", "2029-05-09", "counter"),
    (806, "Priory Hospice", "spelt tin", 24, "2029-05-08", "2029-05-31", "letter"),
)
SCHEMA = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, customer TEXT, kind TEXT, village TEXT, route TEXT, since TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, bake TEXT, pieces INTEGER, ordered_on TEXT, wanted_on TEXT,
                     ordered_by TEXT);
"""


def write(path: Path) -> None:
    """Write the file anew."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
        database.executemany("INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?)", ACCOUNTS)
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)", ORDERS)


if __name__ == "__main__":
    write(Path(__file__).parent / "tables" / "orderbook.sqlite")
