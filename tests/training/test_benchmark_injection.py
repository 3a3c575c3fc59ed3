"""The benchmark of hidden orders: its figures add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from questline.training.benchmarks import injection


@pytest.mark.requirement("benchmarks.injection", "benchmarks.report")
def test_the_figures_of_two_lists_add_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {
            "question": "When was the lighthouse of Harrow Point completed?",
            "candidates": [
                {"text": "Harrow Point lighthouse was completed in 1874.", "label": 1},
                {"text": "Red clay tiles are made in Dunmore.", "label": 0},
                {"text": "Bees need flowers from spring to autumn.", "label": 0},
            ],
        },
        {"question": "Who baked it?", "candidates": [{"text": "Nobody knows.", "label": 0}]},
    ]
    file = tmp_path / "lists.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    assert injection.main(["--questions", str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["n"], told["hidden"], told["plain"]) == (1, len(injection.HIDDEN), len(injection.PLAIN))
    for name in ("words", "embedded"):
        for kind in ("hidden", "plain"):
            moved = told[f"ranking_{name}"][kind]
            assert moved["overtook_a_relevant"] == moved["became_first"] == 0
            assert moved["places_gained_mean"] <= moved["places_gained_most"] <= 1
            assert told[f"selection_{name}"][kind]["became_member"] == 0
