"""What the page of results promises of tools, on the shared sets that are small enough for a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main

pytestmark = [pytest.mark.data, pytest.mark.slow, pytest.mark.requirement("tools.measured")]


def measured(data: Path, folder: Path, catalogue: str, tasks: str, *more: str) -> dict[str, Any]:
    tools = data / "tools"
    files = ["--catalogue", str(tools / f"{catalogue}.jsonl.gz"), "--tasks", str(tools / f"{tasks}.jsonl.gz")]
    words = ["eval", "tools", *files, "--cache", str(folder), "--json", str(folder / "report.json"), *more]
    assert main(words) == 0
    return json.loads((folder / "report.json").read_text())


def test_the_right_tool_of_mcptoolbench_comes_first_more_often_than_by_words_or_cosine_alone(
    data_dir: Path, tmp_path: Path
) -> None:
    lexical, dense, hybrid = (
        measured(data_dir, tmp_path, "mcptoolbenchpp_tools", "mcptoolbenchpp_tasks_part", *words)["tool_recall@1"]
        for words in (["--mode", "lexical"], ["--mode", "dense"], [])
    )
    assert hybrid >= 0.80
    assert hybrid > max(lexical, dense)


def test_paraphrased_tools_are_found_for_queries_that_nothing_was_learnt_from(data_dir: Path, tmp_path: Path) -> None:
    lexical, dense, hybrid = (
        measured(data_dir, tmp_path, "metatool_tools", "metatool_queries_part", "--held-out", "--limit", "400", *words)
        for words in (["--mode", "lexical"], ["--mode", "dense"], [])
    )
    assert hybrid["tool_recall@5"] >= 0.83
    assert hybrid["tool_recall@5"] > max(lexical["tool_recall@5"], dense["tool_recall@5"])
