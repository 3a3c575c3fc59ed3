"""The round of a recommender: every command is given once, and what came of it is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="networks are made with torch (extra train)")
pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")

from questline.training.benchmarks.recommender_round import main


@pytest.fixture
def sessions(tmp_path: Path) -> Path:
    rows = [[f"i{(number * 5 + at) % 24:02}" for at in range(6)] for number in range(60)]
    path = tmp_path / "sessions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("share", ["0.001", "0.5"])
def test_a_share_of_nobody_or_of_too_many_is_refused(
    sessions: Path, share: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--sessions", str(sessions), "--share", share]) == 2
    assert "--share" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.requirement("unlearning.end-to-end")
def test_it_ends_with_what_was_forgotten_absent(sessions: Path, tmp_path: Path) -> None:
    file = tmp_path / "round.json"
    words = ("--share", "0.05", "--epochs", "4", "--minutes", "1", "--threads", "1", "--json", str(file))
    assert main(["--sessions", str(sessions), *words]) == 0
    told = json.loads(file.read_text(encoding="utf-8"))
    commands = ["learn", "train", "rehearsal", "recommend", "forget", "audit", "report"]
    assert list(told["seconds_by_command"]) == commands
    assert (told["sessions"], told["requests"], told["recommended"]) == (60, 3, 10)
    assert (told["absent"], told["certificates"]) == (True, 1)
    assert told["status"] in {"done", "partial"}
