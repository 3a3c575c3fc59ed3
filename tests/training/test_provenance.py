"""Where a report says it comes from, and files that cannot be written or read."""

import json
import subprocess
from pathlib import Path

import pytest

from questline.errors import RunError, UsageError
from questline.training.evaluation.items import ItemStore
from questline.training.evaluation.provenance import Provenance, code_hash, commit_of, prompt_hashes
from questline.training.evaluation.reports import read_report, write_json


@pytest.mark.requirement("eval.json")
def test_a_checkout_names_its_commit_and_an_installation_none(repo_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Provenance.gather().as_dict()
    assert bool(found["commit"]) == (repo_root / ".git").exists()
    monkeypatch.setenv("PATH", "")
    assert Provenance.gather().commit == ""


@pytest.mark.requirement("mends.results-are-no-changes")
def test_what_measuring_writes_is_no_change_of_the_code(tmp_path: Path) -> None:
    written = (
        *("docs/results/a.json", "docs/results/deeper/b.json", "docs/results.md", "docs/reference/cli.md"),
        "tools/ranking/MODEL_CARD.md",
    )
    decisive = (
        *("src/pack/__init__.py", "docs/results/page.py", "docs/howto/ask.md", "docs/results/deeper/train.toml"),
        *("tools/models/weights/one/MODEL_CARD.md", "settings.json"),
    )

    def git(*words: str) -> str:
        told = subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True, text=True)
        return told.stdout.strip()

    for name in (*written, *decisive):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before")
    git("init", "-q")
    git("add", "-A")
    git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "all")
    commit, package = git("rev-parse", "--short=12", "HEAD"), tmp_path / "src" / "pack"
    assert commit_of(package) == commit
    for name in written:
        (tmp_path / name).write_text("after")
        assert commit_of(package) == commit, name
    git("add", "-A")
    assert commit_of(package) == commit
    for name in decisive:
        (tmp_path / name).write_text("after")
        assert commit_of(package) == f"{commit}+changes", name
        (tmp_path / name).write_text("before")
    assert commit_of(package) == commit
    assert commit_of(tmp_path / "docs") == ""


def test_replacing_a_prompt_changes_its_hash_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text("# system\nBe brief.", encoding="utf-8")
    shipped, replaced = prompt_hashes({}), prompt_hashes({"generate": str(tmp_path / "mine.md")})
    assert {name for name in shipped if shipped[name] != replaced[name]} == {"generate"}
    with pytest.raises(UsageError) as caught:
        prompt_hashes({"generate": str(tmp_path / "absent.md")})
    assert caught.value.code == "unreadable_file"


def test_the_code_has_one_hash() -> None:
    assert code_hash() == code_hash()
    assert len(code_hash()) == 16


def test_a_report_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(RunError) as caught:
        write_json(tmp_path / "folder", {"run": {}})
    assert caught.value.code == "run_failed"  # a folder stands there: neither its rights nor the disk are to blame
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    with pytest.raises(UsageError) as refused:
        read_report(tmp_path / "folder")
    assert refused.value.code == "unreadable_file"


def test_json_says_null_for_what_it_has_no_number_for(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"run": {}, "values": [float("nan"), (float("inf"), 1.5)]})
    assert json.loads((tmp_path / "x.json").read_bytes())["values"] == [None, [None, 1.5]]


def test_an_items_file_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        ItemStore(tmp_path).load()
    assert caught.value.code == "unreadable_file"
