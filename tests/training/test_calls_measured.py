"""What the page of results promises of calls, on parts of the shared sets that are small enough for a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main

pytestmark = [pytest.mark.data, pytest.mark.slow, pytest.mark.requirement("calls.measured")]


def _measured(data: Path, folder: Path, name: str) -> dict[str, Any]:
    words = ["eval", "calls", "--tasks", str(data / "tools" / f"bfcl_{name}.jsonl.gz"), "--cache", str(folder)]
    assert main([*words, "--limit", "120", "--json", str(folder / "report.json")]) == 0
    return json.loads((folder / "report.json").read_text())


@pytest.mark.parametrize(("name", "least"), [("simple_python", 0.50), ("multiple", 0.45)])
def test_whole_calls_are_right_without_a_language_model(
    data_dir: Path, tmp_path: Path, name: str, least: float
) -> None:
    found = _measured(data_dir, tmp_path, name)
    assert found["ast_accuracy"] >= least
    assert found["false_refusal"] <= 0.10


def test_useless_functions_are_not_called(data_dir: Path, tmp_path: Path) -> None:
    assert _measured(data_dir, tmp_path, "irrelevance")["irrelevance_accuracy"] >= 0.70
