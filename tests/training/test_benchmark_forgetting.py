"""The benchmark of forgetting on made-up sessions: exact, absent, and every figure there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from questline.training.benchmarks.forgetting import main


@pytest.mark.requirement("recommendation.benchmark")
def test_what_is_left_is_what_was_never_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, report = tmp_path / "sessions.jsonl", tmp_path / "report.json"
    rows = [[f"i{(n * n + place * 3) % 41}" for place in range(2 + n % 5)] for n in range(160)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert main(["--sessions", str(file), "--requests", "20", "--json", str(report)]) == 0
    figures = json.loads(report.read_bytes())
    assert (figures["exact"], figures["absent"], figures["batch"]) == (True, True, 20)
    assert figures["hit_u@10_after"] == figures["hit_u@10_retrained"] <= figures["hit_u@10_before"]
    assert figures["recommend_ms_p50"] > 0
    capsys.readouterr()
    assert main(["--sessions", str(file), "--requests", "200"]) == 2
    assert "too few" in capsys.readouterr().err
