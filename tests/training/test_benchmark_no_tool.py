"""What the catalogue refuses by itself, and what its map brings to tools that it never saw, come from commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from questline.training.benchmarks import no_tool, unseen_tools
from questline.training.tool_retrieval.numbers_fit import unfitted
from questline.training.tool_retrieval.recipe import Settings

FOLD = {
    "name": "fold_box",
    "description": "Fold a cardboard box of a given width and height.",
    "parameters": {"type": "dict", "properties": {"width": {"type": "integer", "description": "Width of the box."}}},
}


def _row(question: str, truth: Any) -> dict[str, Any]:
    return {"question": [[{"role": "user", "content": question}]], "function": [FOLD], "ground_truth": truth}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


@pytest.mark.requirement("catalogue.no-tool-measured")
def test_refusals_are_counted_apart_for_requests_with_and_without_a_tool(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    served = [f"Fold a cardboard box of width {number}" for number in range(8)]
    useless = [f"Who composed the opera Carmen, question {number}?" for number in range(8)]
    _write(tmp_path / "mixed.jsonl", [_row(each, [{"fold_box": {"width": [1]}}]) for each in served])
    _write(tmp_path / "none.jsonl", [_row(each, None) for each in useless])
    files = [str(tmp_path / name) for name in ("mixed.jsonl", "none.jsonl")]
    assert no_tool.main(["--tasks", *files]) == 0
    told = json.loads(capsys.readouterr().out)
    for mode in ("hybrid", "lexical"):
        mixed, none = told["sets"]["mixed"][mode], told["sets"]["none"][mode]
        assert (mixed["false_refusal"], mixed["n"]) == (0.0, 8)
        assert (none["refused"], none["n"]) == (1.0, 8)
        assert none["n_left_out"] == sum(map(unfitted, useless))
    assert set(told["files"]) == {"mixed.jsonl", "none.jsonl"}


@pytest.mark.requirement("catalogue.no-tool-measured")
def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert no_tool.main(["--tasks", str(tmp_path / "gone.jsonl")]) == 2
    assert "gone.jsonl" in capsys.readouterr().err


@pytest.mark.requirement("catalogue.unseen-measured")
def test_each_catalogue_is_searched_by_a_map_that_never_saw_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    things = ("box", "letter", "lamp", "boat", "chair", "wheel")
    (tmp_path / "tools").mkdir()
    pairs: list[str] = []
    for name, verb in (("one", "fold"), ("two", "paint")):
        tools = [{"name": f"{verb}_{thing}", "description": f"To {verb} a {thing}."} for thing in things]
        _write(tmp_path / "tools" / f"{name}_tools.jsonl", tools)
        tasks = [
            {"query": f"Please {verb} the {thing} number {number}", "tools": [f"{verb}_{thing}"]}
            for thing in things
            for number in range(6)
        ]
        _write(tmp_path / "tools" / f"{name}_tasks.jsonl", tasks)
        pairs.append(f"tools/{name}_tools.jsonl tools/{name}_tasks.jsonl")
    _write(tmp_path / "tools" / "pooled.jsonl", [_row(f"Fold a box of {n}", [{"fold_box": {}}]) for n in range(8)])
    small = Settings(pairs=tuple(pairs), pooled=("tools/pooled.jsonl",), steps=2)
    monkeypatch.setattr(unseen_tools, "Settings", lambda: small)
    assert unseen_tools.main(["--data", str(tmp_path), "--k", "1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["left_out"]) == {"one_tasks", "two_tasks"}
    for found in told["left_out"].values():
        assert found["n"] > 0
        assert {found["recall@1_no_map"], found["recall@1_unseen"], found["recall@1_shipped"]} == {1.0}
