"""Whether plain questions over several tables are answered rightly, or refused where they have no answer there.

    python -P -m questline.training.benchmarks.table_questions --folder tests/tools/tables/asked --json figures.json

A folder holds tables (``.csv``, ``.jsonl``; ``.sql`` makes a SQLite file) and ``questions.jsonl``: ``question``, and
``gold``, the values of the asked column, or null where it must be refused. Where gold is a list of lists, each is what
a row holds. With ``or_refused`` a refusal is right too. No table is named. An answer is right when one of its columns
holds the gold values and nothing else, or its rows are those. Half of the questions, by the hash of their text, are
apart.
"""

from __future__ import annotations

import argparse
import hashlib
import sqlite3
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, cast

from rich.progress import Progress

from questline.errors import UsageError
from questline.tools.tables import Found, Limits, Tables
from questline.tools.text import is_cjk
from questline.training.evaluation.rows import content_hash, json_rows

from .harness import parser, run

__all__ = ["Asked", "is_held_out", "is_right", "main", "measure", "open_folder", "read_questions"]

_TODAY: Final = date(2026, 6, 15)
_QUESTIONS: Final = "questions.jsonl"
_TABLES: Final = {".csv", ".tsv", ".jsonl"}
_OUTCOMES: Final = ("right", "wrong", "refused", "refused_rightly", "answered_wrongly")
_AMPLE: Final = Limits(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question."""

    id: str
    question: str
    gold: tuple[object, ...] | None
    """The values of the asked column, or of each row, in any order; None: it must be refused."""
    or_refused: bool = False
    """Whether it may be refused as well, such as a name of two rows."""


def is_held_out(question: str) -> bool:
    """Say whether a question is of the half that nothing was written for."""
    return int(hashlib.sha256(question.encode()).hexdigest(), 16) % 2 == 1


def is_right(gold: Sequence[object], rows: Sequence[Sequence[object]]) -> bool:
    """Say whether a column of the rows holds the gold values and nothing else, or the rows hold those of gold."""
    if gold and all(isinstance(value, list) for value in gold):
        wanted = [cast("list[object]", value) for value in gold]
        return len(wanted) == len(rows) and all(any(_holds(row, each) for row in rows) for each in wanted)
    columns = zip(*rows, strict=True)
    return any(
        all(any(_same(value, cell) for cell in column) for value in gold)
        and all(any(_same(value, cell) for value in gold) for cell in column)
        for column in columns
    )


def read_questions(folder: Path) -> list[Asked]:
    """Return the questions of a folder.

    Raises:
        UsageError: ``bad_data`` for a line without a question.
    """
    found: list[Asked] = []
    for _, row in json_rows(folder / _QUESTIONS):
        question, gold = row.get("question"), row.get("gold")
        if not isinstance(question, str) or not (gold is None or isinstance(gold, list)):
            raise UsageError(f"{folder / _QUESTIONS}: a line needs `question`, and `gold`", code="bad_data")
        values = None if gold is None else tuple(cast("list[object]", gold))
        either = row.get("or_refused") is True
        found.append(Asked(id=str(row.get("id", "")), question=question, gold=values, or_refused=either))
    return found


def open_folder(folder: Path, scratch: Path) -> Tables:
    """Open the tables of a folder; databases are made in `scratch`."""
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix == ".sql":
            files[path.stem] = scratch / f"{path.stem}.sqlite"
            with closing(sqlite3.connect(files[path.stem])) as database, database:
                database.executescript(path.read_text(encoding="utf-8"))
        elif path.suffix in _TABLES and path.name != _QUESTIONS:
            files[path.stem] = path
    return Tables.open(files)


def measure(options: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Ask every question and return the shares, of each half and language."""
    folder: Path = options.folder
    questions = read_questions(folder)
    parts: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory() as scratch, open_folder(folder, Path(scratch)) as tables:
        count = len(tables.tables)
        for asked in bar.track(questions, description="asking"):
            outcome = _outcome(asked, tables)
            language = "chinese" if is_cjk(asked.question) else "english"
            for part in ("held_out" if is_held_out(asked.question) else "open", language, "all"):
                told = parts.setdefault(part, dict.fromkeys(_OUTCOMES, 0))
                told[outcome] += 1
    return {
        "tables": count,
        "data": content_hash(folder / _QUESTIONS),
        "parts": {name: _shares(told) for name, told in sorted(parts.items())},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and return the exit code."""
    options = parser(__doc__)
    options.add_argument("--folder", type=Path, required=True, help="tables and questions.jsonl")
    return run("table_questions", options, measure, arguments)


def _outcome(asked: Asked, tables: Tables) -> str:
    found = tables.look_up(asked.question, limits=_AMPLE, today=_TODAY)
    if not isinstance(found, Found):
        return "refused_rightly" if asked.gold is None or asked.or_refused else "refused"
    if asked.gold is None:
        return "answered_wrongly"
    return "right" if is_right(asked.gold, found.rows.rows) else "wrong"


def _shares(told: Mapping[str, int]) -> Mapping[str, object]:
    answerable = told["right"] + told["wrong"] + told["refused"]
    wrong = told["wrong"] + told["answered_wrongly"]
    answered = told["right"] + wrong
    return {
        **told,
        "n": sum(told.values()),
        "answered_of_answerable": round((told["right"] + told["wrong"]) / answerable, 4) if answerable else None,
        "wrong_of_answered": round(wrong / answered, 4) if answered else None,
    }


def _holds(row: Sequence[object], values: Sequence[object]) -> bool:
    return all(any(_same(value, cell) for cell in row) for value in values)


def _same(value: object, cell: object) -> bool:
    if isinstance(value, (int, float)) and isinstance(cell, (int, float)):
        return abs(value - cell) < 1e-6
    return str(value) == str(cell)


if __name__ == "__main__":
    sys.exit(main())
