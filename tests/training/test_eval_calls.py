"""`agents eval calls` and `agents train calls` on small tasks of the project's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.errors import UsageError
from questline.tools.slot_filling.shipped import NAME, read_coefficients
from questline.training.driver import MODEL
from questline.training.evaluation.call_rows import read_call_tasks
from questline.training.evaluation.tool_rows import held_out
from questline.training.licences import MANIFEST

METRICS = ["ast_accuracy", "function_accuracy", "argument_accuracy", "irrelevance_accuracy", "false_refusal"]
FOLD: dict[str, Any] = {
    "name": "fold_box",
    "description": "Fold a cardboard box of a given width and height.",
    "parameters": {
        "type": "dict",
        "properties": {"width": {"type": "integer"}, "height": {"type": "integer"}, "colour": {"type": "string"}},
        "required": ["width", "height"],
    },
}
SING: dict[str, Any] = {
    "name": "sing_song",
    "description": "Sing a song by its title.",
    "parameters": {"type": "dict", "properties": {"title": {"type": "string"}}, "required": ["title"]},
}


def _row(question: str, functions: Sequence[Mapping[str, Any]], truth: object) -> dict[str, Any]:
    return {"question": [[{"role": "user", "content": question}]], "function": functions, "ground_truth": truth}


def _fold(width: int, height: int) -> dict[str, Any]:
    question = f"Fold a cardboard box with a width of {width} and a height of {height}"
    truth = [{"fold_box": {"width": [width], "height": [height], "colour": [""]}}]
    return _row(question, [FOLD, SING], truth)


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _measured(folder: Path, tasks: Path, *more: str) -> dict[str, Any]:
    words = ["eval", "calls", "--tasks", str(tasks), "--cache", str(folder / "cache"), *more]
    assert main([*words, "--json", str(folder / "report.json")]) == 0
    return json.loads((folder / "report.json").read_text())


@pytest.mark.requirement("calls.eval")
@pytest.mark.parametrize("method", ["cross-encoder", "words"])
def test_calls_functions_arguments_and_refusals_are_measured(tmp_path: Path, method: str) -> None:
    wrong = _fold(3, 4)
    wrong["ground_truth"] = [{"fold_box": {"width": [3], "height": [5]}}]
    useless = _row("Who wrote the novel Middlemarch?", [FOLD], None)
    tasks = _write(tmp_path / "t.jsonl", [_fold(30, 12), wrong, useless])
    report = _measured(tmp_path, tasks, "--method", method)
    assert list(report)[:7] == [*METRICS, "ms_p50", "n"]
    assert {name: report[name] for name in [*METRICS, "n", "failed"]} == {
        "ast_accuracy": 0.5,
        "function_accuracy": 1.0,
        "argument_accuracy": 0.75,
        "irrelevance_accuracy": 1.0,
        "false_refusal": 0.0,
        "n": 3,
        "failed": 0,
    }
    assert set(report["intervals"]) == set(METRICS)
    assert report["items"][0]["prediction"] == {"name": "fold_box", "arguments": {"width": 30, "height": 12}}
    assert report["items"][2]["prediction"] is None


@pytest.mark.requirement("calls.eval")
def test_the_held_out_fifth_is_told_apart_and_alone(tmp_path: Path) -> None:
    rows = [_fold(width, 7) for width in range(20, 40)]
    apart = [row for row in rows if held_out(row["question"][0][0]["content"])]
    assert 0 < len(apart) < len(rows)
    tasks = _write(tmp_path / "t.jsonl", rows)
    assert _measured(tmp_path, tasks, "--method", "words")["held_out"]["n"] == len(apart)
    alone = _measured(tmp_path, tasks, "--method", "words", "--held-out")
    assert (alone["n"], alone["irrelevance_accuracy"]) == (len(apart), None)
    assert "held_out" not in alone


@pytest.mark.requirement("calls.eval")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"function": []}, "function"),
        ({"function": [{"name": ""}]}, "function"),
        ({"function": "x"}, "function"),
        ({"ground_truth": [{"f": 1}]}, "ground_truth"),
        ({"ground_truth": ["f"]}, "ground_truth"),
        ({"question": [[{"role": "user", "content": " "}]]}, "question"),
    ],
)
def test_a_row_that_cannot_be_read_names_its_line_and_field(
    tmp_path: Path, change: dict[str, object], field: str
) -> None:
    tasks = _write(tmp_path / "t.jsonl", [_fold(1, 2), {**_fold(1, 2), **change}])
    with pytest.raises(UsageError) as caught:
        read_call_tasks(tasks)
    assert (caught.value.code, caught.value.fields["line"], caught.value.fields["field"]) == ("bad_data", 2, field)


@pytest.mark.requirement("calls.eval")
def test_a_row_without_a_truth_and_an_unknown_method_are_refused(tmp_path: Path) -> None:
    row = _fold(1, 2)
    del row["ground_truth"]
    with pytest.raises(UsageError) as caught:
        read_call_tasks(_write(tmp_path / "t.jsonl", [row]))
    assert caught.value.fields["field"] == "ground_truth"
    with pytest.raises(UsageError):
        read_call_tasks(_write(tmp_path / "none.jsonl", []))
    tasks = _write(tmp_path / "ok.jsonl", [_fold(1, 2)])
    assert main(["eval", "calls", "--tasks", str(tasks), "--method", "guess"]) == 2


def _data(folder: Path, licence: str = "MIT") -> list[str]:
    folder.mkdir()
    _write(folder / "calls.jsonl", [_fold(width, height) for width in (3, 41, 52) for height in (7, 12, 90)])
    _write(folder / "no.jsonl", [_row(f"Who wrote book {n}?", [FOLD], None) for n in range(12)])
    lines = ["file\tsource\tlicence", f"calls.jsonl\town\t{licence}", "no.jsonl\town\tMIT"]
    (folder / MANIFEST).write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = '[calls]\ncalls = ["calls.jsonl"]\nirrelevant = ["no.jsonl"]\nrequired = [3.0]\noptional = [0.0]\n'
    (folder / "settings.toml").write_text(settings)
    return ["train", "calls", "--data", str(folder), "--config", str(folder / "settings.toml")]


@pytest.mark.requirement("calls.training")
def test_the_numbers_are_fitted_and_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    words = _data(tmp_path / "data")
    made: list[bytes] = []
    for name in ("first", "second"):
        out = tmp_path / name
        assert main([*words, "--out", str(out), "--cache", str(tmp_path / "cache")]) == 0
        made.append((out / MODEL / NAME).read_bytes())
    assert made[0] == made[1]
    found = read_coefficients(made[0].decode())
    assert (found.required, found.optional) == (3.0, 0.0)
    assert found.fits["words"].weights["name_words"] > 0
    assert b"calls.jsonl" in made[0]
    assert b"cardboard" not in made[0]


@pytest.mark.requirement("calls.training")
def test_a_file_whose_licence_forbids_it_is_not_learnt_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = _data(tmp_path / "data", licence="none stated")
    assert main([*words, "--out", str(tmp_path / "out")]) == 2
    assert "calls.jsonl" in capsys.readouterr().err
