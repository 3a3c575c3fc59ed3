"""Greetings that the grammar composes for a reward model, and what they change: measured, and not shipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from questline.tools.writing.judge import embedded_judge
from questline.training.writer.composed import composed_greetings
from questline.training.writer.shown.composed import main
from questline.training.writer.spoiling import spoiled_pairs


@pytest.mark.requirement("writing.composed")
def test_composed_greetings_are_good_varied_and_the_same_again() -> None:
    found = composed_greetings(30)
    assert len(found) == 30
    assert found == composed_greetings(30)
    assert found != composed_greetings(30, seed=1)
    assert len({text for _, text in found}) == 30
    assert len({query for query, _ in found}) >= 15
    assert all(embedded_judge().judge(query, text).good for query, text in found)
    assert all(pair.matched for pair in spoiled_pairs(found[:6], rounds=1))


@pytest.mark.requirement("writing.composed")
def test_the_command_compares_with_and_without_them(tmp_path: Path) -> None:
    own, pairs, told = tmp_path / "own.jsonl", tmp_path / "pairs.jsonl", tmp_path / "told.json"
    greetings = composed_greetings(12, seed=5)
    own.write_text("".join(json.dumps({"query": q, "text": t}) + "\n" for q, t in greetings), encoding="utf-8")
    rows = [{"query": q, "chosen": t, "rejected": t[::-1]} for q, t in composed_greetings(6, seed=6)]
    pairs.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    words = ["--own", str(own), "--pairs", str(pairs), "--composed", "8", "--most", "60", "--json", str(told)]
    assert main(words) == 0
    report = json.loads(told.read_text(encoding="utf-8"))
    assert report["pairs"]["outside"] == 6
    assert report["ways"]["written"]["own_held_out"]["difference"] == 0
    told_of = report["ways"]["with_composed"]["own_held_out"]
    assert told_of["n"] == report["pairs"]["own"]
    assert told_of["low"] <= told_of["difference"] <= told_of["high"]
