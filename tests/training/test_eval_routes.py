"""`agents eval routes`: scenarios planned over real servers that are started once."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main

CODE = "import sys; from questline.cli import main; sys.exit(main(['mcp', sys.argv[1]]))"


def scenario(name: str, kind: str, question: str, calls: list[dict[str, str]] | None) -> dict[str, Any]:
    expect: dict[str, Any] = {"status": "complete", "answer": {"contains_all": ["x"]}, "calls": calls}
    if calls == []:
        expect |= {"status": "no_tool", "answer": {}}
    return {
        "id": name, "kind": kind, "level": "easy", "question": question, "servers": ["clock"], "expect": expect,
        "free_writing": False, "note": "",
    }  # fmt: skip


@pytest.mark.requirement("tura.planner.evaluation")
def test_planned_tools_are_compared_with_the_usual_ones(tmp_path: Path) -> None:
    rows = [
        scenario("single-01", "single", "What weekday is 2027-12-24?", [{"server": "clock", "tool": "calendar"}]),
        scenario("single-02", "single", "What weekday is 2027-12-25?", [{"server": "clock", "tool": "now|convert"}]),
        scenario("impossible-01", "impossible", "Send Bo an email.", []),
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    entry = {"command": sys.executable, "args": ["-P", "-c", CODE, "clock"]}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"clock": entry}}), "utf-8")
    report = tmp_path / "report.json"
    words = ["eval", "routes", "--tasks", tmp_path / "rows.jsonl", "--servers", tmp_path / "mcp.json"]
    words += ["--cache", tmp_path / "cache", "--json", report]
    assert main([str(word) for word in words]) == 0
    found = json.loads(report.read_text("utf-8"))
    assert (found["n"], round(found["same_tools"], 3), found["impossible"]["same_tools"]) == (3, 0.667, 1.0)
    told = {item["id"]: item["prediction"] for item in found["items"]}
    assert told["single-02"]["calls"] == ["clock/calendar"]
    assert told["impossible-01"] == {"calls": [], "unserved": ["no_tool"]}
