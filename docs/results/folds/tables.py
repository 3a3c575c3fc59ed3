"""Keep a filled table of `agents train planner table` in git, and make it again: everything but the questions' words.

    python -P docs/results/folds/tables.py pack runs/table docs/results/folds/train.sqlite.xz
    python -P docs/results/folds/tables.py unpack docs/results/folds/train.sqlite.xz runs/table --questions F

Questions and their right answers belong to the data sets, so they are left out, and come back from the file that the
table was filled with: plain or gzipped JSON lines of {id, question, answers[]}.
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

FILE = "table.sqlite"


def pack(table: Path, out: Path) -> None:
    """Write a table without the words of its questions."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / FILE
        with closing(sqlite3.connect(table / FILE)) as read, closing(sqlite3.connect(copy)) as written:
            read.backup(written)
            written.execute("UPDATE questions SET text = '', answers = '[]'")
            written.commit()
            written.execute("VACUUM")
        out.write_bytes(lzma.compress(copy.read_bytes(), preset=9 | lzma.PRESET_EXTREME))


def unpack(packed: Path, out: Path, questions: Path) -> int:
    """Write the table with its questions' words; return how many questions it has.

    Raises:
        SystemExit: When the file lacks a question of the table, or there is a table already.
    """
    if (out / FILE).exists():
        sys.exit(f"there is a table in {out}")
    opened = gzip.open if questions.suffix == ".gz" else open
    with opened(questions, "rt", encoding="utf-8") as file:
        known = {str(row["id"]): row for row in map(json.loads, file)}
    out.mkdir(parents=True, exist_ok=True)
    part = out / f"{FILE}.part"
    part.write_bytes(lzma.decompress(packed.read_bytes()))
    with closing(sqlite3.connect(part)) as table:
        asked = [str(row[0]) for row in table.execute("SELECT id FROM questions")]
        if lacking := [one for one in asked if one not in known]:
            part.unlink()
            sys.exit(f"{questions} lacks {len(lacking)} of the {len(asked)} questions, such as {lacking[0]}")
        rows = [(known[one]["question"], json.dumps(known[one]["answers"], ensure_ascii=False), one) for one in asked]
        table.executemany("UPDATE questions SET text = ?, answers = ? WHERE id = ?", rows)
        table.commit()
    part.replace(out / FILE)
    return len(asked)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser(description="Keep a filled table in git, or make it again.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    packing = verbs.add_parser("pack", help="leave the questions' words out, and compress")
    unpacking = verbs.add_parser("unpack", help="decompress, and put the questions' words back")
    for verb in (packing, unpacking):
        verb.add_argument("source", type=Path)
        verb.add_argument("out", type=Path)
    unpacking.add_argument("--questions", type=Path, required=True)
    given = parser.parse_args(arguments)
    if given.verb == "pack":
        pack(given.source, given.out)
        print(f"{given.out}: {given.out.stat().st_size:,} bytes")
    else:
        print(f"{unpack(given.source, given.out, given.questions):,} questions in {given.out}")


if __name__ == "__main__":
    main()
