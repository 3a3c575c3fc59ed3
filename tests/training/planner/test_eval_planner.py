"""`agents eval planner`: from files to figures, what is kept, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from questline.agents.workflow_planner.build import build as build_planner
from questline.cli import main
from questline.training.evaluation.rows import content_hash
from questline.training.planner.columns import COLUMNS
from questline.training.planner.learnt import marks
from questline.training.planner.rows import Asked, Cell
from questline.training.planner.running import Bench

Rows = list[tuple[Asked, dict[str, Cell]]]


class Small(Protocol):
    """See `small` in conftest."""

    corpus: Path
    questions: Path
    cache: Path
    asked: tuple[Asked, ...]


def words(*options: str | Path) -> list[str]:
    return ["eval", "planner", *map(str, options)]


@pytest.fixture(scope="module")
def made(
    table_of: Callable[..., Path], rows_of: Callable[[int, int], Rows], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a folder with a corpus, its questions, their table, and a table to choose on."""
    folder = tmp_path_factory.mktemp("eval_planner")
    (folder / "corpus.jsonl").write_text('{"id": "1", "title": "t", "text": "Some text."}\n', encoding="utf-8")
    told = [
        {"id": one.id, "question": one.text, "answers": list(one.answers), "source": one.source, "type": one.kind}
        for one, _ in rows_of(60, 2)
    ]
    (folder / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in told), encoding="utf-8")
    corpus = content_hash(folder / "corpus.jsonl")
    table_of(folder / "table", 60, 2, corpus=corpus)
    table_of(folder / "train", 120, 1, corpus=corpus)
    return folder


def given(made: Path) -> list[str | Path]:
    files: list[str | Path] = ["--corpus", made / "corpus.jsonl", "--questions", made / "questions.jsonl"]
    return [*files, "--table", made / "table", "--cache", made / "cache"]


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_bytes())


@pytest.mark.requirement("evalp.command", "evalp.pictures")
def test_a_constant_is_measured_on_a_table_with_everything_beside_it(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    target = tmp_path / "c.json"
    options = ["--planner", "constant:R,AG", "--beside", "constant:QDS", "--train-table", made / "train", "--sweep"]
    options += ["--seeds", "0", "--json", target, "--picture", tmp_path / "pictures"]
    assert main(words(*given(made), *options)) == 0
    found = read(target)
    names = (
        *("f1", "em", "utility", "adaptive_gain", "adaptive_gain_low", "adaptive_gain_high", "oracle_gap_closed"),
        *("hypervolume", "regret", "over_budget", "planner_ms", "n", "cost", "front", "plans", "search_decision_f1"),
    )
    assert set(names) <= set(found)
    assert found["n"] == len(found["items"]) == 60
    assert found["constants_chosen_on"] == "120 questions of --train-table"
    assert found["items"][0]["labels"]["type"] in ("who", "when", "compositional", "comparison")
    assert found["plans"]["by_source"]["nq"]["type"]["types"].keys() == {"who", "when"}
    assert {"constant:R,AG", "constant:QDS", "Adaptive-RAG classifier", "oracle"} <= set(found["hypervolumes"]["calls"])
    assert [len(at["gains"]) for at in found["sweep"]] == [len(found["balanced"]["gains"])] * 5
    assert found["intervals"]["f1"][0] <= found["f1"] <= found["intervals"]["f1"][1]
    assert found["warning"].startswith("No reader")
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir())[:1] == ["front.svg"]
    assert "best constant per source" in capsys.readouterr().out


@pytest.mark.requirement("evalp.refused")
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--train-table", "table"], "stand in --train-table too"),
        (["--table", "train"], "lacks 60 of 60 questions"),
        (["--beside", "rule"], "measure 'rule' by itself"),
        (["--beside", "constant:AG", "--planner", "constant:AG"], "one planner twice"),
        (["--planner", "trained:nowhere"], "nowhere"),
        (["--planner", "constant:DS,AG"], "needs R before it"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    made: Path, options: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made)
    assert main(words(*given(made), "--planner", "constant:R,AG", *options)) in (1, 2)
    assert told in " ".join(capsys.readouterr().err.split())


@pytest.mark.requirement("evalp.refused")
@pytest.mark.parametrize("share", [1, 60])
def test_a_policy_is_not_measured_on_questions_that_it_learnt_from(
    share: int, made: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from questline.agents.workflow_planner import trained

    asked = [json.loads(line)["question"] for line in (made / "questions.jsonl").read_text("utf-8").splitlines()]
    policy = replace(trained.opened(None), learnt=marks(asked[:share]))

    def opened(folder: Path | None) -> trained.Policy:
        del folder
        return policy

    monkeypatch.setattr(trained, "opened", opened)
    assert main(words(*given(made), "--planner", "trained")) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "error[bad_table]" in told
    assert f"has learnt from {share} of these 60 questions" in told


@pytest.mark.requirement("evalp.command")
async def test_a_planner_that_is_run_is_charged_as_the_table_charges(bench: Bench, small: Small) -> None:
    asked = small.asked[0]
    [table] = await bench.cells(asked, ["R,AG"])
    cell = await bench.planned(asked, build_planner("constant:R,AG"))
    assert cell == table
    ran = await bench.planned(asked, build_planner("rule"))
    assert ran.column.split(" > ")[0] in COLUMNS
    assert ran.nominal


@pytest.mark.slow
@pytest.mark.requirement("evalp.command")
def test_a_table_is_filled_where_none_is_given_and_taken_over_the_next_time(
    small: Small, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["--corpus", small.corpus, "--questions", small.questions, "--cache", small.cache, "--limit", "4"]
    target = tmp_path / "rule.json"
    assert main(words(*files, "--processes", "1", "--json", target)) == 0
    found = read(target)
    assert found["n"] == 4
    assert found["failed"] == 0
    assert found["planner_ms"] > 0
    assert found["over_budget"] is None
    assert found["not_learnt"].keys() == {"Adaptive-RAG classifier", "MAO-ARAG as published"}
    assert all(item["cost"]["calls"] >= 1 for item in found["items"])
    capsys.readouterr()
    assert main(words(*files, "--processes", "1", "--planner", "constant:QDS", "--json", target)) == 0
    assert read(target)["plans"]["shares"] == {"QDS": 1}
    assert len(list((small.cache / "planner").iterdir())) == 1
