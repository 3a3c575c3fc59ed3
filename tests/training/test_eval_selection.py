"""`agents eval selection` on small data of the project's own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.testing import ChatRequest, ScriptedLLM
from questline.training.embedded.examples import question_hash
from questline.training.selection.lists import searched_lists, shorter, without_support

KEYS = [
    *("micro_f1", "macro_f1", "precision", "recall", "mean_size", "abstention_f1", "exact", "ece"),
    *("perfect_micro_f1", "perfect_macro_f1", "reader_tokens", "reader_tokens_all", "conflict_rate"),
    *("ms_p50", "n", "by_source"),
]
COMMON_KEYS = ["failed", "intervals", "items", "run"]
CORPUS = [
    {"id": "mill", "title": "Kelby Mill", "text": "The mill of Kelby was built in 1802 by Edith Marlow."},
    {"id": "edith", "title": "Edith Marlow", "text": "Edith Marlow was born in Tarn."},
    {"id": "ferry", "title": "Ferry", "text": "A ferry crosses the bay twice a day and carries no cars."},
    {"id": "salt", "title": "Saltworks", "text": "The saltworks closed in 1902 after a flood."},
]
QUESTIONS: list[dict[str, Any]] = [
    {"id": "a", "question": "When was the mill of Kelby built?", "support": ["mill"], "source": "one"},
    {"id": "b", "question": "Why did the saltworks close?", "support": ["salt", "elsewhere"], "source": "two"},
    {"id": "c", "question": "unjudged", "source": "two"},
]
LABELLED: list[dict[str, Any]] = [
    {
        "id": "a",
        "question": "When was the mill of Kelby built?",
        "candidates": [{"text": each["text"], "label": int(each["id"] == "mill")} for each in CORPUS],
    },
    {
        "id": "b",
        "question": "Why do whales sing?",
        "candidates": [{"text": each["text"], "label": 0} for each in CORPUS],
    },
]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def ran(folder: Path, *options: str, labelled: bool = False, code: int = 0) -> dict[str, Any]:
    data = ["--questions", str(write(folder / "labelled.jsonl", LABELLED))]
    if not labelled:
        data = ["--questions", str(write(folder / "questions.jsonl", QUESTIONS))]
        data += ["--corpus", str(write(folder / "corpus.jsonl", CORPUS))]
    target = folder / "selection.json"
    target.unlink(missing_ok=True)
    assert main(["eval", "selection", *data, "--json", str(target), "--cache", str(folder / "cache"), *options]) == code
    return json.loads(target.read_bytes()) if target.exists() else {}


@pytest.mark.requirement("eval.selection")
@pytest.mark.parametrize("selector", ["words", "embedded"])
def test_selection_reports_exactly_its_keys_beside_the_perfect_selection(tmp_path: Path, selector: str) -> None:
    report = ran(tmp_path, "--selector", selector)
    assert list(report) == KEYS + COMMON_KEYS
    assert (report["n"], report["failed"]) == (2, 0)
    assert report["perfect_micro_f1"] == pytest.approx(2 * 2 / (2 + 3))  # one support is nowhere
    assert report["perfect_macro_f1"] == pytest.approx((1 + 2 / 3) / 2)
    assert report["micro_f1"] == report["perfect_micro_f1"]
    assert set(report["intervals"]) >= {"micro_f1", "macro_f1", "precision", "recall", "mean_size"}
    low, high = report["intervals"]["micro_f1"]
    assert low <= report["micro_f1"] <= high
    assert {name: row["n"] for name, row in report["by_source"].items()} == {"one": 1, "two": 1}
    assert report["by_source"]["one"]["micro_f1"] == 1.0
    assert ("encoder" in report["run"]["models"]) == (selector == "embedded")
    assert f"--selector {selector}" in report["run"]["command"]


@pytest.mark.requirement("eval.selection")
def test_labelled_rows_measure_abstention(tmp_path: Path) -> None:
    report = ran(tmp_path, "--selector", "words", labelled=True)
    assert (report["micro_f1"], report["macro_f1"], report["abstention_f1"]) == (1.0, 1.0, 1.0)
    assert report["mean_size"] == 0.5
    assert report["by_source"] == {}


@pytest.mark.requirement("eval.selection")
def test_the_floor_keeps_a_fixed_number_of_the_best(tmp_path: Path) -> None:
    report = ran(tmp_path, "--selector", "first", "--first", "2", labelled=True)
    assert report["mean_size"] == 2.0
    assert report["micro_f1"] == pytest.approx(2 * 1 / (4 + 1))
    assert report["abstention_f1"] == 0.0


@pytest.mark.requirement("eval.selection")
def test_a_language_model_is_measured_strictly_with_its_cost(tmp_path: Path) -> None:
    def script(request: ChatRequest) -> str:
        number = re.search(r"\[(\d+)\] [^[]*built in 1802", request.messages[-1].content)
        return f"Answer: 1802\nSelection: [{number[1]}]" if number and "Kelby built?" in request.text() else "no"

    with ScriptedLLM(script) as server:
        report = ran(tmp_path, "--selector", "llm", "--model", "scripted", "--base-url", server.base_url)
    assert (report["n"], report["failed"]) == (2, 1)
    first, second = report["items"]
    assert (first["prediction"]["ids"], first["cost"]["calls"]) == (["mill"], 1)
    assert second["error"] == "bad_model_output"
    assert report["micro_f1"] == pytest.approx(2 * 1 / (1 + 3))
    assert "select" in report["run"]["prompts"]


@pytest.mark.requirement("eval.selection")
def test_a_language_models_windows_may_run_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"question": "Why?", "candidates": [{"text": f"Note {n}.", "label": 0} for n in range(45)]}]
    data = ("--questions", str(write(tmp_path / "long.jsonl", rows)), "--cache", str(tmp_path / "cache"))
    target = tmp_path / "s.json"
    with ScriptedLLM("Selection: []") as server:
        asked = ("--selector", "llm", "--model", "scripted", "--base-url", server.base_url, "--schedule", "parallel")
        assert main(["eval", "selection", *data, *asked, "--json", str(target)]) == 0
    report = json.loads(target.read_bytes())
    assert (report["items"][0]["cost"]["windows"], report["items"][0]["cost"]["rounds"]) == (3, 1)
    assert (report["run"]["options"]["schedule"], report["abstention_f1"]) == ("parallel", 1.0)
    assert "--schedule parallel" in report["run"]["command"]
    assert main(["eval", "selection", *data, "--schedule", "magic"]) == 2
    assert "bad_param" in capsys.readouterr().err


@pytest.mark.requirement("eval.bad-rows")
def test_an_unknown_selector_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran(tmp_path, "--selector", "magic", code=2)
    assert "bad_param" in capsys.readouterr().err


@pytest.mark.requirement("selection.fit")
def test_lists_are_shown_whole_cut_and_without_what_is_gold(tmp_path: Path) -> None:
    corpus, questions = write(tmp_path / "c.jsonl", CORPUS), write(tmp_path / "q.jsonl", QUESTIONS)
    lists = searched_lists(corpus, questions, depth=3)
    assert [each.id for each in lists] == ["a", "b"]
    assert lists[0].passages[0].id == "mill"
    assert (lists[1].gold, lists[1].reachable) == ({"salt", "elsewhere"}, {"salt"})
    assert all(len(cut.passages) <= len(each.passages) for cut, each in zip(shorter(lists), lists, strict=True))
    removed = list(without_support(lists, 1.0))
    assert all(not each.gold and not {"mill", "salt"} & {passage.id for passage in each.passages} for each in removed)
    share = question_hash(QUESTIONS[0]["question"] + "!")
    assert [each.id for each in without_support(lists[:1], share)] == []
