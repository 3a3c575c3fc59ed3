"""A clean clone is measured from commits alone, and a failing command is a failure."""

import json
import subprocess
from pathlib import Path

import pytest

from questline.training.benchmarks import clean_clone


def project(folder: Path, demo: str) -> Path:
    (folder / "Makefile").write_text(f"demo:\n\t@{demo}\ntest:\n\t@true\n", "utf-8")
    for words in (["init", "--quiet"], ["add", "Makefile"], ["commit", "--quiet", "-m", "A project"]):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *words], cwd=folder, check=True)
    (folder / "uncommitted").touch()
    return folder


def test_the_commands_are_timed_in_a_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project(tmp_path, "test ! -e uncommitted && touch left"))
    assert clean_clone.main(["--test", "--json", "times.json"]) == 0
    report = json.loads(Path("times.json").read_text("utf-8"))
    assert set(report["seconds"]) == {"make demo", "make test"}
    assert report["files_left_behind"] == 1


def test_a_failing_command_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project(tmp_path, "echo broken demo; false"))
    assert clean_clone.main([]) == 1
    assert "broken demo" in capsys.readouterr().err


def test_outside_a_checkout_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert clean_clone.main([]) == 2
