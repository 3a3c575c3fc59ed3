"""A catalogue of a thousand servers is searched in little memory, and starts no process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from questline.training.benchmarks.tool_catalogue import filled, main, searched


@pytest.mark.slow
@pytest.mark.requirement("catalogue.scale")
def test_a_thousand_servers_are_searched_without_starting_one(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    asked = filled(path, 1000, encoder=None)
    assert len(asked) == 1000
    found = searched(path, 40, "lexical", asked[::25])
    assert found["processes_started"] == 0
    assert found["peak_mb"] <= 300
    assert found["server_among_first_5"] == 1


@pytest.mark.slow
@pytest.mark.requirement("catalogue.scale")
def test_the_benchmark_measures_both_ways_of_searching(tmp_path: Path) -> None:
    assert main(["--servers", "20", "--rounds", "8", "--json", str(tmp_path / "report.json")]) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["servers"], report["tools"]) == (20, 160)
    for mode in ("lexical", "hybrid"):
        assert report["modes"][mode]["processes_started"] == 0
        assert report["modes"][mode]["peak_mb"] <= 300
    assert report["modes"]["hybrid"]["server_among_first_5"] == 1
