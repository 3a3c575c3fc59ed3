"""The command over real processes: filled once, resumed, interrupted, with workers that die, with fits of two folds."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.training.planner.conftest import Small

from questline.cli import main
from questline.errors import RunError
from questline.settings import Settings
from questline.tools.models.onnx_session import packaged_weights
from questline.training.planner.columns import COLUMNS
from questline.training.planner.folds import QUESTIONS, fold_of
from questline.training.planner.pool import Pool
from questline.training.planner.rows import Asked
from questline.training.planner.serving import Failed
from questline.training.planner.store import Store
from questline.training.planner.worker import Done, Job, Task, serve

pytestmark = pytest.mark.slow
REPO = Path(__file__).parents[3]
Kept = dict[str, dict[str, tuple[str, float, int]]]


def _pool(job: Job, *, processes: int) -> Pool[Task, Job, Done]:
    return Pool(serve=serve, jobs=(job,), processes=processes, ends=lambda: False)


def words(small: Small, out: Path, *more: str) -> list[str]:
    files = ["--corpus", str(small.corpus), "--questions", str(small.questions), "--out", str(out)]
    return ["train", "planner", "table", *files, "--cache", str(small.cache), "--processes", "2", *more]


def kept(out: Path) -> Kept:
    with Store.open(out) as store:
        rows = store.questions()
    assert all(set(cells) == set(COLUMNS) for _, cells in rows)
    return {asked.id: {name: (one.answer, one.f1, one.tokens) for name, one in cells.items()} for asked, cells in rows}


@pytest.fixture(scope="module")
def whole(small: Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table that was filled in one go."""
    out = tmp_path_factory.mktemp("tables") / "whole"
    assert main(words(small, out)) == 0
    return out


@pytest.mark.requirement("table.fill", "table.report", "table.folds")
def test_every_column_of_every_question_runs_once_and_a_report_lies_beside(
    small: Small, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = kept(whole)
    assert set(table) == {asked.id for asked in small.asked}
    report = json.loads((whole / "report.json").read_bytes())
    assert report["n"] == len(small.asked)
    assert report["seen"] is None  # these questions are nobody's training data
    assert report["constants"]["R,AG"]["f1"] > 0.6 > report["constants"]["AG"]["f1"] == 0
    assert report["dropped"] == []
    assert report["nominal"]
    assert str(small.corpus.parent) not in json.dumps(report)
    assert (whole / "report.svg").read_text(encoding="utf-8").startswith("<svg")
    assert main(words(small, whole)) == 2
    assert "error[already_there]" in capsys.readouterr().err
    assert main(words(small, whole, "--resume")) == 0
    assert "0 of them new" in capsys.readouterr().out
    assert kept(whole) == table


@pytest.mark.requirement("table.refused")
def test_another_corpus_and_questions_without_answers_are_refused(
    small: Small, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "x", "title": "X", "text": "Something else."}\n', encoding="utf-8")
    files = ["--corpus", str(other), "--questions", str(small.questions), "--out", str(whole), "--resume"]
    assert main(["train", "planner", "table", *files, "--cache", str(tmp_path)]) == 2
    assert "another corpus" in capsys.readouterr().err
    bare = tmp_path / "bare.jsonl"
    bare.write_text('{"id": "1", "question": "Who?", "answers": ["me"]}\n{"id": "2", "question": "Who?"}\n', "utf-8")
    files = ["--corpus", str(small.corpus), "--questions", str(bare), "--out", str(tmp_path / "new")]
    assert main(["train", "planner", "table", *files, "--cache", str(small.cache)]) == 2
    assert "line 2" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.requirement("table.interrupt")
@pytest.mark.timeout(240)
def test_ctrl_c_keeps_what_ran_and_the_same_command_goes_on(small: Small, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "cut"
    command = [sys.executable, "-P", "-m", "questline.cli", *words(small, out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, process_group=0) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if line.startswith("running"):
                os.killpg(run.pid, signal.SIGINT)  # as a terminal does: the workers get it too
                break
        rest = run.stderr.read()
        assert run.wait(60) == 130, rest
    with Store.open(out) as store:
        before = store.questions()
    assert 0 < len(before) < len(small.asked)
    assert all(set(cells) == set(COLUMNS) for _, cells in before)
    assert main(words(small, out, "--resume")) == 0
    assert kept(out) == kept(whole)


def _tasks(small: Small) -> list[Task]:
    return [Task(asked=asked, columns=("R,AG",)) for asked in small.asked[:6]]


@pytest.mark.requirement("table.death")
def test_a_dead_workers_question_runs_again_and_each_comes_once(small: Small) -> None:
    pool = _pool(Job(index=small.index, settings=Settings(), fits=None), processes=2)
    came: list[str] = []
    for task, message in pool.run(_tasks(small)):
        assert isinstance(message, Done)
        came.append(task.asked.key)
        if len(came) == 2:
            for child in multiprocessing.active_children():
                os.kill(child.pid or 0, signal.SIGKILL)
                child.join()
    assert sorted(came) == sorted(task.asked.key for task in _tasks(small))
    assert 1 <= pool.deaths <= 2
    assert multiprocessing.active_children() == []


@pytest.mark.requirement("table.death")
@pytest.mark.filterwarnings("default")
def test_a_question_that_kills_every_worker_fails_alone(small: Small, capfd: pytest.CaptureFixture[str]) -> None:
    first, *others = _tasks(small)
    deadly = Task(asked=first.asked, columns=("no such column",))  # a fault that no worker expects
    pool = _pool(Job(index=small.index, settings=Settings(), fits=None), processes=1)
    came = {task.asked.key: message for task, message in pool.run([deadly, *others[:2]])}
    failed = came.pop(first.asked.key)
    assert isinstance(failed, Failed)
    assert failed.code == "run_failed"
    assert len(came) == 2
    assert all(isinstance(message, Done) for message in came.values())
    assert pool.deaths == 3
    assert "no such column" in capfd.readouterr().err


@pytest.mark.requirement("table.death")
def test_workers_that_cannot_start_end_the_run(tmp_path: Path, small: Small) -> None:
    job = Job(index=tmp_path / "no index", settings=Settings(), fits=None)
    pool = _pool(job, processes=1)
    with pytest.raises(RunError, match="no_index"):
        list(pool.run(_tasks(small)))
    assert multiprocessing.active_children() == []


def _fits(folder: Path, learnt: list[Asked], *, abstains: bool) -> Path:
    """Lay the shipped fits out as runs of `agents train`; one that abstains asks for more than it can be sure of."""
    for recipe, tool, name in (
        ("reading", "reading", "coefficients.toml"),
        ("reading-blend", "reading", "blend.toml"),
        ("selection", "selection", "coefficients.toml"),
    ):
        home = folder / recipe / "model"
        home.mkdir(parents=True)
        text = (REPO / "tools" / tool / name).read_text(encoding="utf-8")
        if abstains and recipe == "reading-blend":
            head, mark, tail = text.partition("abstain_below = ")
            text = f"{head}{mark}1.5\n{tail.partition(chr(10))[2]}"
        (home / name).write_text(text, encoding="utf-8")
    model = folder / "cross-encoder" / "model"
    shutil.copytree(str(packaged_weights("cross_encoder_l6")), model)
    data = folder / "data" / QUESTIONS
    data.parent.mkdir(parents=True)
    rows: list[dict[str, Any]] = [{"id": one.id, "question": one.text, "answers": one.answers} for one in learnt]
    data.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    return folder


@pytest.mark.requirement("table.fits", "table.folds")
@pytest.mark.timeout(240)
def test_each_question_is_run_with_the_fits_of_its_fold(
    small: Small, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = {fold: [one for one in small.asked if fold_of(one.text) == fold] for fold in (1, 2)}
    first = _fits(tmp_path / "1", parts[2], abstains=True)
    second = _fits(tmp_path / "2", parts[1], abstains=False)
    out = tmp_path / "table"
    assert main(words(small, out, "--models", str(first), "--models", str(second))) == 0
    table, plain = kept(out), kept(whole)
    assert all(table[one.id]["R,AG"][0] == "" for one in parts[1] if plain[one.id]["R,AG"][0] != "yes")
    assert all(table[one.id] == plain[one.id] for one in parts[2])
    report = json.loads((out / "report.json").read_bytes())
    assert report["seen"] is False
    capsys.readouterr()
    assert main(words(small, tmp_path / "wrong", "--models", str(second), "--models", str(first))) == 2
    assert "have learnt from" in capsys.readouterr().err
    assert main(words(small, out, "--resume")) == 2
    assert "another fits" in capsys.readouterr().err
