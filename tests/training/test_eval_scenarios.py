"""`agents eval scenarios`: whole answers over a real server and a document, judged as the asker sees them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main

CODE = "import sys; from questline.cli import main; sys.exit(main(['mcp', sys.argv[1]]))"


def scenario(name: str, kind: str, question: str, expect: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name, "kind": kind, "level": "easy", "question": question, "servers": ["clock"], "expect": expect,
        "free_writing": False, "note": "",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.requirement("tsg.evaluation")
def test_answers_are_judged_by_status_text_and_citations(tmp_path: Path) -> None:
    call = [{"server": "clock", "tool": "calendar"}]
    right = {"status": "complete", "answer": {"contains_all": ["Friday"]}, "calls": call, "cites": 1}
    rows = [
        scenario("single-01", "single", "What weekday is 2027-12-24?", right),
        scenario("single-02", "single", "What weekday is 2027-12-25?", right),
        scenario("impossible-01", "impossible", "Send Bo an email.", {"status": "no_tool", "answer": {}, "calls": []}),
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    entry = {"command": sys.executable, "args": ["-P", "-c", CODE, "clock"]}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"clock": entry}}), "utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# Lamp\n\nThe lamp was made by Ada Brandt.\n", "utf-8")
    report = tmp_path / "report.json"
    words = ["eval", "scenarios", "--tasks", tmp_path / "rows.jsonl", "--servers", tmp_path / "mcp.json"]
    words += ["--documents", tmp_path / "docs", "--cache", tmp_path / "cache", "--json", report]
    assert main([str(word) for word in words]) == 0
    found = json.loads(report.read_text("utf-8"))
    scores = {item["id"]: item["scores"] for item in found["items"]}
    assert scores["single-01"]["right"] == 1.0
    assert (scores["single-02"]["right"], scores["single-02"]["status"], scores["single-02"]["answer"]) == (0, 1, 0)
    assert found["n"] == 3
    assert found["citations_known"] == 1.0
    assert found["single"] == {"right": 0.5, "n": 2}
