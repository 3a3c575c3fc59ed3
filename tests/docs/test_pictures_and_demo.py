"""What the manual shows besides text: the picture of the graph, and `make demo`."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest


def drawing(repo_root: Path) -> Any:
    spec = importlib.util.spec_from_file_location("draw", repo_root / "docs" / "pictures" / "draw.py")
    assert spec is not None
    assert spec.loader is not None
    draw = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(draw)
    return draw


@pytest.mark.requirement("house.picture")
def test_picture_shows_the_graph_as_it_is(repo_root: Path) -> None:
    shown = (repo_root / "docs" / "pictures" / "graph.svg").read_text(encoding="utf-8")
    assert shown == drawing(repo_root).graph_svg(), "run `make picture`"


@pytest.mark.requirement("report.marks")
def test_picture_of_a_report_is_as_the_page_draws_it(repo_root: Path) -> None:
    shown = (repo_root / "docs" / "pictures" / "report.svg").read_text(encoding="utf-8")
    assert shown == drawing(repo_root).report_svg(), "run `make picture`"
    ET.fromstring(shown)
    assert len(shown.encode()) < 40_000


@pytest.mark.requirement("trace.docs")
def test_traced_questions_are_sound_and_hold_no_path_of_the_machine(repo_root: Path) -> None:
    draw = drawing(repo_root)
    assert draw.TRACED
    for name, scenario in draw.TRACED.items():
        svg = (repo_root / "docs" / "pictures" / name).read_text(encoding="utf-8")
        told = " ".join("".join(ET.fromstring(svg).itertext()).split())
        first, *_ = draw.question_of(scenario).split("?")
        assert " ".join(first.split()[:6]) in told
        for part in ("Plan", "Run,", "Answer:", "[1]"):
            assert part in told, f"{name}: {part}"
        assert "prefers-color-scheme:dark" in svg
        assert not re.search(r"/(?:tmp|home|root|work|Users|private|var)/", svg), name


@pytest.mark.slow
@pytest.mark.requirement("house.demo")
def test_demo_answers_a_fact_and_a_comparison_and_abstains_otherwise(
    repo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTS", str(Path(sys.executable).parent / "agents"))
    monkeypatch.setenv("QUESTLINE_INDEX", str(tmp_path / "index"))
    done = subprocess.run(["bash", "docs/demo.sh"], cwd=repo_root, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    _, fact, comparison, unanswerable = done.stdout.split("\n$ agents ask ")
    assert "balanced is the default" in fact
    assert "concepts.md" in fact
    assert "R,DS,AG" in comparison
    assert "1839" in comparison.split("Sources")[0]
    assert "1851" in comparison.split("Sources")[0]
    assert "abstained" in unanswerable
