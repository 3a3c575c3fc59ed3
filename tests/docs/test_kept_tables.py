"""Tables that are kept in git without the words of their questions come back whole."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

ROWS = [("k1", "q1", "Who drew Tern Light?", "made", '["Ada"]', 1), ("k2", "q2", "When?", "made", '["1920"]', 2)]


@pytest.fixture
def tables(repo_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("kept_tables", repo_root / "docs/results/folds/tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def table(tmp_path: Path) -> Path:
    folder = tmp_path / "table"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "table.sqlite")) as made:
        made.execute("CREATE TABLE questions (key TEXT, id TEXT, text TEXT, source TEXT, answers TEXT, fold INTEGER)")
        made.executemany("INSERT INTO questions VALUES (?, ?, ?, ?, ?, ?)", ROWS)
        made.commit()
    return folder


def test_words_stay_out_and_come_back(tables: ModuleType, table: Path, tmp_path: Path) -> None:
    tables.pack(table, tmp_path / "kept.xz")
    questions = tmp_path / "questions.jsonl"
    questions.write_text(
        "".join(json.dumps({"id": r[1], "question": r[2], "answers": json.loads(r[4])}) + "\n" for r in ROWS)
    )
    assert tables.unpack(tmp_path / "kept.xz", tmp_path / "back", questions) == len(ROWS)
    with closing(sqlite3.connect(tmp_path / "back" / tables.FILE)) as back:
        assert back.execute("SELECT * FROM questions ORDER BY id").fetchall() == ROWS
    with pytest.raises(SystemExit, match="there is a table"):
        tables.unpack(tmp_path / "kept.xz", tmp_path / "back", questions)


def test_a_file_without_a_question_is_refused(tables: ModuleType, table: Path, tmp_path: Path) -> None:
    tables.pack(table, tmp_path / "kept.xz")
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"id": "q1", "question": "Who drew Tern Light?", "answers": ["Ada"]}) + "\n")
    with pytest.raises(SystemExit, match="lacks 1 of the 2 questions, such as q2"):
        tables.unpack(tmp_path / "kept.xz", tmp_path / "back", questions)
    assert not list((tmp_path / "back").iterdir())
