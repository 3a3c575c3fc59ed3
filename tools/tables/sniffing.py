"""What a text file does not say of itself: what separates its fields, and which way round its dates are."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Final

import duckdb

from .names import quoted

__all__ = ["ambiguous_dates", "dates_of", "delimiter", "warning"]

_DELIMITERS: Final = "\t;|,"
"""What stands seldom in a text first: where it cuts every line alike, it is no accident, as it may be with a comma."""
_LINES: Final = 100
_CHARACTERS: Final = 1 << 20
_SHORT_DATE: Final = r"^\s*(\d{1,2})[/-](\d{1,2})[/-]\d{2,4}\b"
"""With dots the day is first everywhere."""


def delimiter(path: str) -> str:
    """Return what cuts the first hundred records of a UTF-8 file alike; else what cuts the first into most fields."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        text = file.read(_CHARACTERS)
    lines = list(StringIO(text, newline=""))
    if len(text) == _CHARACTERS and len(lines) > 1:
        lines.pop()
    counts = {sign: _counts(lines, sign) for sign in _DELIMITERS}
    for sign, fields in counts.items():
        if len(fields) > 1 and fields[0] > 1 and len(set(fields)) == 1:
            return sign
    best = max(counts, key=lambda sign: counts[sign][:1])
    return best if counts[best][:1] > [1] else ","


def _counts(lines: Sequence[str], sign: str) -> list[int]:
    """Return the number of fields of each record that is no blank line; nothing where it cannot be cut so."""
    counts: list[int] = []
    try:
        for record in csv.reader(lines, delimiter=sign, strict=False):
            if len(counts) == _LINES:
                break
            if record:
                counts.append(len(record))
    except csv.Error:  # a field without an end
        return []
    return counts


def warning(code: str, message: str) -> tuple[str, str]:
    """Return a warning as it leaves the child process."""
    return code, message


def dates_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Return the names of the columns of dates and times."""
    described = connection.execute(f"DESCRIBE {quoted(table)}").fetchall()
    return [str(row[0]) for row in described if str(row[1]).startswith(("DATE", "TIMESTAMP"))]


def ambiguous_dates(
    connection: duckdb.DuckDBPyConnection, table: str, raw: str, values: Sequence[str]
) -> list[tuple[str, str]]:
    """Return a warning for each column of dates that day and month may have the other way round, in every row.

    Args:
        connection: Holds the table.
        table: As it was read.
        raw: The same file as text, for SQL.
        values: Of its parameters.
    """
    said: list[tuple[str, str]] = []
    for column in dates_of(connection, table):
        name = quoted(column)
        first, second = (f"TRY_CAST(regexp_extract(raw.{name}, ?, {number}) AS INTEGER)" for number in (1, 2))
        sql = f"""
            WITH both_ways AS (
                SELECT raw.{name} AS text, read.{name}::VARCHAR AS taken, regexp_matches(text, ?) AS short,
                    {first} AS one, {second} AS two
                FROM {raw} AS raw POSITIONAL JOIN {quoted(table)} AS read WHERE read.{name} IS NOT NULL
            )
            SELECT min(text), arg_min(taken, text) FROM both_ways WHERE one <> two
            HAVING (SELECT bool_and(short AND one <= 12 AND two <= 12) FROM both_ways)
        """  # noqa: S608 because names are quoted
        found = connection.execute(sql, [_SHORT_DATE] * 3 + list(values)).fetchone()
        if found and found[0]:
            text = f"{found[0]} in {column} is read as {found[1]}: day and month may be swapped"
            said.append(warning("ambiguous_dates", text))
    return said
