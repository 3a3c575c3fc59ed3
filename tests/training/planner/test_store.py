"""The table on disk: whole questions, nothing twice, and what is refused."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from questline.errors import RunError, UsageError
from questline.training.evaluation.rows import Question
from questline.training.planner.columns import COLUMNS, TOP
from questline.training.planner.identity import asked
from questline.training.planner.lock import table_lock
from questline.training.planner.matrix import Matrix, read_matrix
from questline.training.planner.rows import Asked, Cell, Work
from questline.training.planner.seconds import Seconds
from questline.training.planner.store import FILE, Store

IDENTITY = {"corpus": "c1", "fits": "f1", "code": "x1"}
ASKED = Asked(key="k", id="1", text="Who?", source="one", answers=("me", "I"), fold=2)


def cells(f1: float = 1.0, usd: float = 0.0) -> list[Cell]:
    return [
        Cell(
            column=name,
            answer="me",
            status="complete",
            f1=f1,
            em=1.0,
            tokens=place,
            usd=usd,
            calls=1,
            retrievals=1,
            turns=1,
            parts=0,
            nominal=True,
            evidence={"gap": 0.25},
            work=(Work(step="R", called=False), Work(step="AG", characters=10)),
        )
        for place, name in enumerate(COLUMNS)
    ]


def measured() -> dict[str, object]:
    works = (Work(step="R", called=False, seconds=0.1), Work(step="AG", characters=10, seconds=0.2))
    return Seconds.fitted([Cell.of(cells()[0].as_json()), *[_timed(works)]]).as_dict()


def _timed(works: tuple[Work, ...]) -> Cell:
    return replace(cells()[0], work=works)


@pytest.mark.requirement("table.fill")
def test_the_type_of_a_question_is_kept_and_an_older_table_has_none(tmp_path: Path) -> None:
    with Store.begin(tmp_path, IDENTITY, resume=False) as store:
        store.add(ASKED, cells())
        assert [one.kind for one, _ in store.questions()] == [""]  # as in a table from before types were kept
        store.add(replace(ASKED, key="k2", id="2", kind="comparison"), cells())
        assert [one.kind for one, _ in store.questions()] == ["", "comparison"]


@pytest.mark.requirement("table.fill")
def test_what_is_kept_comes_back_and_is_never_counted_twice(tmp_path: Path) -> None:
    with Store.begin(tmp_path, IDENTITY, resume=False) as store:
        store.add(ASKED, cells())
        store.add(ASKED, cells(f1=0.5))  # a second worker's copy
        assert store.done(tuple(COLUMNS)) == {"k"}
        assert store.done((*COLUMNS, "another")) == set()
    with Store.open(tmp_path) as store:
        ((told, kept),) = store.questions()
        assert told == ASKED
        assert list(kept.values()) == sorted(cells(), key=lambda cell: cell.column)


@pytest.mark.requirement("table.fill")
def test_what_the_last_filling_did_not_ask_is_kept_and_not_counted(tmp_path: Path) -> None:
    with Store.begin(tmp_path, IDENTITY, resume=False) as store:
        store.add(ASKED, cells())
        store.note("asked", ["another key"])  # the same question with other answers, say
        assert store.questions() == []
        store.note("asked", ["k"])
        assert len(store.questions()) == 1


@pytest.mark.requirement("table.fill")
def test_a_key_changes_with_everything_that_decides_a_run_and_equal_questions_are_one() -> None:
    rows = [Question(id=name, text="Who?", answers=("me",), source="one") for name in ("1", "2")]
    (only,) = asked(rows, IDENTITY)
    assert only.id == "1"
    others = [
        asked(rows, {**IDENTITY, "fits": "f2"}),
        asked([replace(rows[0], answers=("you",))], IDENTITY),
        asked([replace(rows[0], text="Whom?")], IDENTITY),
    ]
    assert len({only.key, *(one.key for found in others for one in found)}) == 4


@pytest.mark.requirement("table.fill")
def test_a_question_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> list[Cell]:
        return [*cells()[:3], None]  # pyright: ignore[reportReturnType]  # because that is the fault

    with Store.begin(tmp_path, IDENTITY, resume=False) as store:
        with pytest.raises(AttributeError):
            store.add(ASKED, broken())
        assert store.questions() == []


@pytest.mark.requirement("table.refused")
def test_a_table_of_another_corpus_fits_or_code_is_refused_by_name(tmp_path: Path) -> None:
    Store.begin(tmp_path, IDENTITY, resume=False).close()
    Store.begin(tmp_path, IDENTITY, resume=True).close()
    with pytest.raises(UsageError) as refused:
        Store.begin(tmp_path, {**IDENTITY, "corpus": "c2", "code": "x2"}, resume=True)
    assert refused.value.code == "bad_table"
    assert refused.value.fields["differs"] == "code,corpus"
    with pytest.raises(UsageError) as refused:
        Store.begin(tmp_path, IDENTITY, resume=False)
    assert refused.value.code == "already_there"


_HOLDS = """
import sys
from pathlib import Path
from questline.training.planner.lock import table_lock
with table_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.requirement("table.lock")
def test_a_second_filler_is_told_who_fills_and_a_dead_ones_lock_does_not_stay(tmp_path: Path) -> None:
    table = tmp_path / "table"
    command = [sys.executable, "-P", "-c", _HOLDS, str(table)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunError, match="take another --out") as refused, table_lock(table):
            pass
        assert (refused.value.code, refused.value.fields["pid"]) == ("table_locked", holder.pid)
        assert refused.value.retryable
        holder.kill()
    with table_lock(table):
        assert list(table.iterdir())


@pytest.mark.requirement("table.refused")
@pytest.mark.parametrize("content", [b"no database at all, but long enough to be one" * 30, None])
def test_a_damaged_table_and_one_of_another_version_are_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / FILE
    if content is None:
        Store.begin(tmp_path, IDENTITY, resume=False).close()
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
    else:
        path.write_bytes(content)
    for read in (lambda: Store.open(tmp_path), lambda: Store.begin(tmp_path, IDENTITY, resume=True)):
        with pytest.raises(UsageError) as refused:
            read()
        assert refused.value.code == "bad_table"
    with pytest.raises(UsageError) as refused:
        Store.open(tmp_path / "nowhere")
    assert refused.value.code == "file_not_found"


@pytest.mark.requirement("table.refused")
def test_a_row_that_cannot_be_read_is_a_damaged_table(tmp_path: Path) -> None:
    with Store.begin(tmp_path, IDENTITY, resume=False) as store:
        store.add(ASKED, cells())
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE runs SET cell = '{' WHERE workflow = 'AG'")
    connection.close()
    with Store.open(tmp_path) as store, pytest.raises(UsageError) as refused:
        store.questions()
    assert refused.value.code == "bad_table"


@pytest.mark.requirement("table.reward-ours")
def test_a_cost_that_is_0_everywhere_is_dropped_and_named(tmp_path: Path) -> None:
    with Store.begin(tmp_path, IDENTITY, resume=False) as store:
        store.add(ASKED, cells())
        with pytest.raises(UsageError) as unfilled:
            read_matrix(tmp_path)
        assert unfilled.value.code == "bad_data"
        store.note("seconds", measured())
    matrix = read_matrix(tmp_path)
    assert (matrix.components, matrix.dropped, matrix.columns) == (("tokens", "calls", "seconds"), ("usd",), TOP)
    assert matrix.costs[0, 2].tolist() == pytest.approx([2, 1, 0.3])
    assert matrix.f1.tolist() == np.ones((1, 8)).tolist()
    with pytest.raises(UsageError):
        Matrix.of([(ASKED, {})], Seconds({}))
