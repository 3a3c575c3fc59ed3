"""`agents index`, `agents index list`, `agents index remove`."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import tempfile
import time
from pathlib import Path

import pytest

from questline.tools.retrieval import DocumentIndex
from questline.tools.retrieval.lock import writer_lock
from questline.tools.retrieval.schema import DATABASE

from .conftest import Agents, finish, start


@pytest.mark.requirement("faces.cli-index")
def test_a_folder_is_indexed_listed_and_taken_out(library: Path, agents: Agents) -> None:
    added = agents("index", library)
    assert (added.code, added.err) == (0, "")
    assert "3 added" in added.out
    assert "holds 3 documents" in added.out
    assert "3 unchanged" in agents("index", library).out

    listing = agents("index", "list", "--json").json["sources"]
    assert [Path(row["source"]).name for row in listing] == ["harbour.txt", "lighthouse.md", "tollin.md"]
    shown = agents("index", "list").out
    assert all(row["source"] in shown for row in listing)

    removed = agents("index", "remove", listing[0]["source"])
    assert (removed.code, removed.out) == (0, f"Removed {listing[0]['source']}: 1 document.\n")
    assert len(agents("index", "list", "--json").json["sources"]) == 2


@pytest.mark.requirement("faces.cli-index-words")
def test_folders_called_list_and_remove_can_be_indexed(library: Path, agents: Agents) -> None:
    (library.parent / "list").mkdir()
    (library.parent / "list" / "a.md").write_text("Alpha.", "utf-8")
    assert agents("index", "list").code == 2  # there is no index to list yet
    assert "1 added" in agents("index", "./list").out
    assert agents("index", "list").code == 0


def test_the_report_can_be_read_as_json(library: Path, agents: Agents) -> None:
    report = agents("index", library, "--json").json
    assert (report["added"], report["documents"], report["skipped"]) == (3, 3, [])
    assert report["passages"] >= 3
    assert set(report["seconds"]) >= {"read", "lexical", "embed"}


@pytest.mark.requirement("faces.cli-index-skipped")
def test_files_that_cannot_be_read_are_named_and_the_rest_is_indexed(library: Path, agents: Agents) -> None:
    (library / "latin.txt").write_bytes(b"caf\xe9 " * 50)
    done = agents("index", library)
    assert done.code == 0
    assert "3 added, 1 skipped" in done.out
    assert "latin.txt: bad_encoding" in done.err


def test_files_that_are_gone_are_kept_until_pruned(library: Path, agents: Agents) -> None:
    agents("index", library)
    (library / "harbour.txt").unlink()
    kept = agents("index", library)
    assert "1 indexed file no longer exists" in kept.err
    assert "holds 3 documents" in kept.out
    assert "1 removed" in agents("index", library, "--prune").out


def test_another_folder_can_hold_the_index(library: Path, agents: Agents) -> None:
    agents("index", library, "--index", "store")
    assert agents("index", "list").code == 2
    assert agents("index", "list", "--index", "store").code == 0
    assert not Path(".questline").exists()


def test_an_index_without_documents_says_so(workdir: Path, agents: Agents) -> None:
    with DocumentIndex.open(workdir / ".questline", encoder=None) as opened:
        opened.add([])
    assert agents("index", "list").out == "The index in '.questline' is empty.\n"


@pytest.mark.requirement("faces.cli-bad-input")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("missing.txt", "file_not_found"),
        ("dangling.txt", "file_not_found"),
        ("empty", "empty_folder"),
        ("binary.txt", "bad_encoding"),
    ],
)
def test_a_path_that_cannot_be_indexed_is_a_usage_error(name: str, code: str, workdir: Path, agents: Agents) -> None:
    (workdir / "empty").mkdir()
    (workdir / "dangling.txt").symlink_to("nowhere")
    (workdir / "binary.txt").write_bytes(b"\xff\xfe\x00binary\x00" * 99)
    done = agents("index", workdir / name)
    assert done.code == 2
    assert done.err.startswith(f"error[{code}]: ")


@pytest.mark.requirement("faces.cli-bad-input")
@pytest.mark.slow
def test_a_line_of_a_hundred_megabytes_is_refused(workdir: Path, agents: Agents) -> None:
    with gzip.open("rows.jsonl.gz", "wb", compresslevel=1) as file:
        file.write(b'{"id": "1", "text": "')
        for _ in range(101):
            file.write(b"a" * 1_000_000)
        file.write(b'"}\n')
    done = agents("index", "rows.jsonl.gz")
    assert (done.code, done.err.split(":")[0]) == (2, "error[line_too_long]")


@pytest.mark.requirement("faces.cli-bad-input")
def test_a_damaged_index_is_a_run_error(library: Path, agents: Agents) -> None:
    agents("index", library)
    for file in Path(".questline").glob("*.sqlite*"):
        file.write_bytes(b"no database " * 1000)
    done = agents("ask", "Where was Ansgar Tollin born?", "--json")
    assert (done.code, done.json["error"]["code"]) == (1, "damaged_index")


@pytest.mark.requirement("faces.cli-bad-input")
def test_a_read_only_folder_is_a_run_error(agents: Agents, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as base:  # the tests' own folder lets no other user in
        place = Path(base)
        place.chmod(0o755)
        (place / "note.md").write_text("A note.", "utf-8")
        (place / "locked").mkdir(mode=0o555)
        monkeypatch.chdir(place)
        root = os.geteuid() == 0
        if root:  # who may write anywhere
            os.seteuid(65534)
        try:
            done = agents("index", "note.md", "--index", "locked/index")
        finally:
            if root:
                os.seteuid(0)
    assert (done.code, done.err.split(":")[0]) == (1, "error[read_only]")


@pytest.mark.requirement("faces.cli-bad-input")
@pytest.mark.requirement("faces.cli-bad-input")
@pytest.mark.parametrize("words", [("index", ""), ("index", "library", " "), ("ask", "Who?", "--docs", "")])
def test_an_empty_path_is_not_taken_for_this_folder(words: tuple[str, ...], library: Path, agents: Agents) -> None:
    done = agents(*words)
    assert (done.code, "bad_argument" in done.err) == (2, True)
    assert not Path(".questline").exists()


def test_an_option_between_index_and_list_is_explained(library: Path, agents: Agents) -> None:
    agents("index", library)
    done = agents("index", "--index", ".questline", "list")
    assert (done.code, "agents index list" in done.err) == (2, True)


def test_files_of_other_kinds_are_counted_and_not_named_one_by_one(library: Path, agents: Agents) -> None:
    for name in ("a.py", "b.py", "c.svg"):
        (library / name).write_text("x", "utf-8")
    done = agents("index", library)
    assert "skipped 3 files of a kind that is not read (.py, .svg)" in done.err
    assert "a.py" not in done.err


def test_a_file_that_names_no_folder_is_refused_as_index(library: Path, agents: Agents) -> None:
    done = agents("index", library, "--index", library / "tollin.md")
    assert (done.code, done.err.split(":")[0]) == (2, "error[unreadable_file]")


@pytest.mark.requirement("faces.cli-bad-input")
def test_two_processes_do_not_index_at_once(library: Path, agents: Agents) -> None:
    agents("index", library)
    with writer_lock(Path(".questline")):
        done = finish(start("index", library, cwd=library.parent))
    assert (done.code, done.err.split(":")[0]) == (1, "error[index_locked]")


@pytest.mark.slow
@pytest.mark.requirement("faces.cli-kill")
def test_an_index_run_that_is_killed_goes_on_with_the_next_one(workdir: Path, agents: Agents) -> None:
    rows = [
        json.dumps({"id": f"d{n}", "text": f"Fact number {n} is that {n} follows {n - 1}. " * 4}) for n in range(700)
    ]
    Path("rows.jsonl").write_text("\n".join(rows), "utf-8")
    process = start("index", "rows.jsonl", cwd=workdir)
    while process.poll() is None and not _committed(workdir / ".questline" / DATABASE):
        time.sleep(0.01)
    process.kill()
    assert finish(process).code == -9
    done = agents("index", "rows.jsonl", "--json")
    assert done.code == 0
    assert done.json["documents"] == 700


@pytest.mark.requirement("faces.cli-bad-input")
def test_a_run_that_found_no_file_leaves_no_index(workdir: Path, agents: Agents) -> None:
    assert agents("index", workdir / "missing").code == 2
    assert not Path(".questline").exists()


def _committed(database: Path) -> bool:
    if not database.exists():
        return False
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return bool(connection.execute("SELECT count(*) FROM documents").fetchone()[0])
    except sqlite3.Error:
        return False


@pytest.mark.requirement("mends.told-how")
@pytest.mark.parametrize(("name", "shown"), [("bees.csv", True), ("bees.parquet", True), ("bees.png", False)])
def test_who_indexes_a_table_is_told_where_it_can_be_asked(
    agents: Agents, workdir: Path, name: str, shown: bool
) -> None:
    (workdir / name).write_text("hive,kilos\nNorth,12\n", "utf-8")
    done = agents("index", name)
    assert "unsupported_file" in done.err
    assert (f"agents mcp install tables --tables {name}" in done.err) is shown
