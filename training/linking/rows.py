"""Annotated questions over small tables: what the linker learns from, and is measured with.

A line is a table with its questions. Marks stand in the question: ``{words|role}``, with ``>column`` for what is asked,
``=column`` or ``=column:CELL`` for a cell, ``~column`` for words that name the column of a condition, ``max:column``
and the like for operations, ``count``, ``not``, ``row``, and ``?`` for what the table does not hold.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from questline.errors import UsageError
from questline.tools.tables.linker.roles import COLUMNED, FREE

__all__ = ["Asked", "Mark", "Table", "files", "held_out", "read"]

_MARK: Final = re.compile(r"\{([^{}|]+)\|([^{}|]+)\}")
_SIGNS: Final = {">": "answer", "=": "value", "~": "names"}
_FIFTH: Final = 5
_YES: Final = frozenset({"yes", "y", "true"})
_NO: Final = frozenset({"no", "n", "false"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Words of a question with their role."""

    start: int
    end: int
    role: str
    """One of `FREE` or `COLUMNED`."""
    column: str = ""
    cell: str = ""
    """The cell that is meant, where the words are no part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question."""

    text: str
    marks: tuple[Mark, ...]
    answerable: bool
    yesno: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table with its questions."""

    name: str
    source: str
    """Name of the file without its ending: who wrote it."""
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    asked: tuple[Asked, ...]

    @property
    def held_out(self) -> bool:
        """Whether it is of the fifth that nothing learns from, by a hash of its name and columns."""
        return held_out(f"{self.name} {' '.join(self.columns)}")


def held_out(key: str) -> bool:
    """Say whether a key is of the fifth that nothing learns from."""
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % _FIFTH == 0


def files(path: Path) -> list[Path]:
    """Return the files of a folder, or the one file that is given; ``file_not_found`` where there is none."""
    found = [path] if path.is_file() else sorted([*path.glob("*.jsonl"), *path.glob("*.jsonl.gz")])
    if not found:
        raise UsageError(f"there is no .jsonl or .jsonl.gz in {str(path)!r}", code="file_not_found", path=path)
    return found


def read(path: Path) -> Iterator[Table]:
    """Yield the tables of a file.

    Raises:
        UsageError: ``bad_data`` with the number of the line.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        lines = content.decode("utf-8").splitlines()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UsageError(f"{str(path)!r} cannot be read: {error}", code="bad_data", path=path) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield _table(json.loads(line), path.name.partition(".")[0])
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise UsageError(
                    f"{str(path)!r}, line {number} is no table with questions: {error}", code="bad_data", path=path
                ) from error


def _table(row: dict[str, Any], source: str) -> Table:
    columns = tuple(map(str, row["columns"]))
    held = {column: {str(cells[place]).lower() for cells in row["rows"]} for place, column in enumerate(columns)}
    flags = frozenset(column for column, cells in held.items() if cells - {""} <= _YES | _NO)
    return Table(
        name=str(row["table"]),
        source=source,
        columns=columns,
        rows=tuple(tuple(cells) for cells in row["rows"]),
        asked=tuple(_asked(each, columns, flags) for each in row["questions"]),
    )


def _asked(row: dict[str, Any], columns: tuple[str, ...], flags: frozenset[str]) -> Asked:
    text = ""
    marks: list[Mark] = []
    last = 0
    marked = str(row["q"])
    for match in _MARK.finditer(marked):
        text += marked[last : match.start()]
        mark = _mark(match[2], len(text), len(text) + len(match[1]), columns)
        said = (mark.cell or match[1]).lower()
        lacks = mark.role == "value" and mark.column in flags and said in _NO
        marks.append(replace(mark, role="lacks") if lacks else mark)
        text += match[1]
        last = match.end()
    return Asked(
        text=text + marked[last:],
        marks=tuple(marks),
        answerable=not row.get("none"),
        yesno=bool(row.get("yesno")),
    )


def _mark(said: str, start: int, end: int, columns: tuple[str, ...]) -> Mark:
    if said == "?":
        return Mark(start=start, end=end, role="absent")
    if said in FREE:
        return Mark(start=start, end=end, role=said)
    if said[0] in _SIGNS:
        role, rest = _SIGNS[said[0]], said[1:]
    else:
        role, _, rest = said.partition(":")
    column, cell = next(((each, rest[len(each) + 1 :]) for each in columns if _begins(rest, each)), ("", ""))
    if role not in COLUMNED or not column:
        raise ValueError(f"the mark {said!r} has no known role and column")
    return Mark(start=start, end=end, role=role, column=column, cell=cell)


def _begins(rest: str, column: str) -> bool:
    return rest == column or rest.startswith(f"{column}:")
