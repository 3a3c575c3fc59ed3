"""`agents eval report`: from files to a page, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from questline.cli import main
from questline.training.evaluation.reporting.writing import GENERATOR

from .conftest import Make, Parsed, item, result

Said = pytest.CaptureFixture[str]


def report(*words: str | Path) -> int:
    return main(["eval", "report", *map(str, words)])


@pytest.mark.requirement("report.page")
def test_files_and_folders_make_a_page(make: Make, tmp_path: Path, capsys: Said) -> None:
    make("one", result([item("a", 1), item("b", 0)]))
    make("two", result([item("a", 1), item("b", 1)]))
    out = tmp_path / "page.html"
    assert report(tmp_path, tmp_path / "one.json", "--out", out, "--title", "Doors & windows") == 0
    assert "2 files, 0 failed rows, 1 paired comparisons" in capsys.readouterr().out
    page = Parsed.of(out.read_text("utf-8"))
    assert page.all("title")[0].text == "Doors & windows"
    assert page.faults == []


@pytest.mark.requirement("report.files")
def test_a_file_of_unknown_form_is_named_and_left_out(make: Make, tmp_path: Path, capsys: Said) -> None:
    known, odd, empty = make("known", result()), make("odd", [1, 2]), make("empty", {"run": {"suite": "x"}})
    out = tmp_path / "page.html"
    assert report(known, odd, empty, "--out", out) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert f"warning: {odd} is left out: it has no `run`" in told
    assert f"warning: {empty} is left out: it holds no figure" in told
    assert "odd.json is left out" in Parsed.of(out.read_text("utf-8")).text


@pytest.mark.requirement("report.files")
@pytest.mark.parametrize(
    ("text", "code"), [("{", "bad_data"), ("[" * 100_000, "bad_data"), ("{}", "bad_data"), (None, "file_not_found")]
)
def test_what_is_no_result_at_all_is_an_error_that_names_it(
    text: str | None, code: str, tmp_path: Path, capsys: Said
) -> None:
    file = tmp_path / "broken.json"
    if text is not None:
        file.write_text(text)
    assert report(file, "--out", tmp_path / "page.html") == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error[{code}]")
    assert "broken.json" in told
    assert not (tmp_path / "page.html").exists()


@pytest.mark.requirement("report.files")
def test_no_file_and_an_empty_folder_are_usage_errors(tmp_path: Path, capsys: Said) -> None:
    assert report("--out", tmp_path / "page.html") == 2
    assert "name at least one result file" in capsys.readouterr().err
    assert report(tmp_path, "--out", tmp_path / "page.html") == 2
    assert capsys.readouterr().err.startswith("error[empty_folder]")


@pytest.mark.requirement("report.files")
def test_a_foreign_output_is_kept_and_an_own_one_replaced(make: Make, tmp_path: Path, capsys: Said) -> None:
    one, out = make("one", result()), tmp_path / "page.html"
    out.write_text("my notes")
    assert report(one, "--out", out) == 2
    assert capsys.readouterr().err.startswith("error[already_there]")
    assert out.read_text() == "my notes"
    assert report(one, "--out", out, "--force") == 0
    first = out.read_text("utf-8")
    assert GENERATOR in first
    assert report(one, "--out", out, "--title", "again") == 0
    assert out.read_text("utf-8") != first
    assert report(one, "--out", tmp_path) == 2
    assert report(one, "--out", tmp_path / "gone" / "page.html") == 2
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


@pytest.mark.requirement("report.pairs")
def test_a_baseline_is_compared_with_every_other_file(make: Make, tmp_path: Path, capsys: Said) -> None:
    rows = [item("a", 1), item("b", 0)]
    files = [make(name, result(rows)) for name in ("one", "two", "three")]
    assert report(*files[1:], "--baseline", files[0], "--out", tmp_path / "page.html") == 0
    assert "3 files, 0 failed rows, 2 paired comparisons" in capsys.readouterr().out
    odd = make("odd", {"a": 1})
    assert report(*files, "--baseline", odd, "--out", tmp_path / "page.html") == 2
    assert "baseline" in capsys.readouterr().err
