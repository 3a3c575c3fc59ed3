"""`agents eval math-solver`: what is answered, what of that is right, and the risk of answering more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main

ROWS = [
    {"question": "There are 8 red pens and 5 blue pens. How many pens are there altogether?", "answer": "13"},
    {"question": "Kim has 30 tiles. She puts 5 tiles in each row. How many rows can she make?", "answer": "7"},
    {"question": "What is 3/4 + 1/2?", "answer": "1.25"},
    {"question": "Why is the sky blue?", "answer": "1"},
]


def ran(tmp_path: Path, *options: str) -> dict[str, Any]:
    file, target = tmp_path / "ours.jsonl", tmp_path / "report.json"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    words = ["eval", "math-solver", "--data", str(file), "--cache", str(tmp_path / "cache"), "--json", str(target)]
    assert main([*words, *options]) == 0
    return json.loads(target.read_bytes())


@pytest.mark.requirement("solver.measured")
def test_coverage_and_risk_are_told(tmp_path: Path) -> None:
    report = ran(tmp_path)
    assert (report["n"], report["accuracy"], report["coverage"]) == (4, 0.5, 0.75)
    assert report["right_of_answered"] == pytest.approx(2 / 3)
    assert {name: (rule["answered"], rule["right"]) for name, rule in report["rules"].items()} == {
        "en:groups": (1, 0),
        "en:together": (1, 1),
        "expression:value": (1, 1),
    }
    assert report["files"]["ours"]["coverage"] == 0.75
    curve = report["curve"]
    assert [point["coverage"] for point in curve] == sorted(point["coverage"] for point in curve)
    assert curve[-1]["coverage"] == 0.75
    assert curve[-1]["risk"] == pytest.approx(1 / 3)


@pytest.mark.requirement("solver.measured")
def test_the_rows_that_the_rules_were_written_on_can_be_left_out(tmp_path: Path) -> None:
    report = ran(tmp_path, "--part", "odd")
    assert [item["id"] for item in report["items"]] == ["ours-2", "ours-4"]
    assert main(["eval", "math-solver", "--data", str(tmp_path / "ours.jsonl"), "--part", "third"]) == 2
