"""The gateway's overhead is measured over each transport, in rounds of both ways."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from questline.training.benchmarks.gateway_overhead import main


@pytest.mark.slow
@pytest.mark.requirement("gateway.overhead")
@pytest.mark.parametrize("transport", ["memory", "stdio", "http"])
def test_both_ways_are_timed_over_a_transport(
    transport: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "overhead.json"
    assert main(["--rounds", "5", "--runs", "2", "--transports", transport, "--json", str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert json.loads(file.read_bytes()) == told
    figures = told[transport]
    assert (figures["transport"], figures["rounds"]) == (transport, 5)
    assert (figures["runs"], figures["ratio"]) == (2, figures["ratio_most"])
    assert figures["ratio_least"] <= figures["ratio_most"]
    assert figures["bare_ms"] > 0
    assert figures["gateway_ms"] > 0
    assert figures["ratio"] == pytest.approx(figures["gateway_ms"] / figures["bare_ms"], rel=0.05)
