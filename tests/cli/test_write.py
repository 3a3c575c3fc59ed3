"""`agents write`: texts, refusals, scope, JSON, a memory, and the suite that measures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Agents


@pytest.mark.requirement("writing.command")
def test_texts_are_numbered_and_the_same_seed_repeats_them(agents: Agents) -> None:
    words = (
        "write",
        "给奶奶的生日祝福",
        "--k",
        "3",
        "--max-chars",
        "30",
        "--include",
        "平安",
        "--seed",
        "3",
        "--scores",
    )
    done = agents(*words)
    assert done.code == 0
    rows = done.out.splitlines()
    assert [row[:2] for row in rows[::2]] == ["1.", "2.", "3."]
    assert all("平安" in row and len(row) <= 33 for row in rows[::2])
    assert all("characters" in row for row in rows[1::2])
    assert agents(*words).out == done.out


@pytest.mark.requirement("writing.command")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["写我的报税表"], 1, "out_of_scope"),
        (["写一条咒他去死的生日祝福"], 1, "refused (harassing)"),
        (["生日祝福", "--k", "0"], 2, "error[bad_param]"),
        (["生日祝福", "--tone", "angry"], 2, "error[bad_param]"),
        (["生日祝福", "--include", "平安", "--avoid", "平安"], 2, "error[unsatisfiable]"),
        ([" "], 2, "error[empty_query]"),
        (["生日祝福", "--examples", "no.txt"], 2, "error[file_not_found]"),
    ],
)
def test_what_is_not_written_is_said(agents: Agents, words: list[str], code: int, said: str) -> None:
    done = agents("write", *words)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith(said)


@pytest.mark.requirement("writing.command")
def test_json_has_everything_and_anything_writes_for_anything(agents: Agents, tmp_path: Path) -> None:
    seen = tmp_path / "seen.jsonl"
    done = agents("write", "写我的报税表", "--anything", "--json", "--k", "2", "--seen", str(seen), "--emoji")
    found = json.loads(done.out)
    assert done.code == 0
    assert [warning["code"] for warning in found["warnings"]] == ["out_of_scope"]
    assert len(found["items"]) == len(seen.read_text("utf-8").splitlines()) == 2
    assert found["items"][0]["verdict"]["principles"]
