"""`agents eval scenarios`: questions asked of the whole, over a real server and real documents."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.training.evaluation.suites.scenarios import bearing
from questline.types import Answer, Citation, Evidence, MissingPart

pytestmark = pytest.mark.requirement("tura.scenarios.evaluation")
CODE = "import sys; from questline.cli import main; sys.exit(main(['mcp', sys.argv[1]]))"


def scenario(name: str, question: str, **expect: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {"status": "complete", "answer": {}, "calls": None, "cites": 0, **expect}
    return {
        "id": name, "kind": name.rpartition("-")[0], "level": "easy", "question": question, "servers": ["clock"],
        "expect": whole, "free_writing": False, "note": "",
    }  # fmt: skip


def test_what_the_asker_sees_is_judged(tmp_path: Path) -> None:
    day = [{"server": "clock", "tool": "calendar"}]
    rows = [
        scenario("single-01", "What weekday is 2027-12-24?", answer={"contains_all": ["Friday"]}, calls=day, cites=1),
        scenario("single-02", "What weekday is 2027-12-25?", answer={"contains_all": ["Monday"]}, calls=day, cites=1),
        scenario("impossible-01", "Send Bo an email.", status="no_tool", calls=[]),
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mill.md").write_text("# The mill\nThe mill was built by Odo Marsh in 1902.\n", "utf-8")
    entry = {"command": sys.executable, "args": ["-P", "-c", CODE, "clock"]}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"clock": entry}}), "utf-8")
    report = tmp_path / "report.json"
    words = ["eval", "scenarios", "--tasks", tmp_path / "rows.jsonl", "--servers", tmp_path / "mcp.json"]
    words += ["--documents", tmp_path / "notes", "--cache", tmp_path / "cache", "--json", report]
    assert main([str(word) for word in words]) == 0
    found = json.loads(report.read_text("utf-8"))
    told = {item["id"]: item for item in found["items"]}
    assert told["single-01"]["scores"]["right"] == 1.0
    assert told["single-02"]["prediction"]["faults"] == ["contains_all: Monday"]
    assert told["impossible-01"]["scores"]["right"] == 1.0
    assert (found["n"], round(found["right"], 3), found["single"]["right"]) == (3, 0.667, 0.5)
    assert found["wrong_complete"] == pytest.approx(1 / 3)  # Saturday, told as complete where Monday is expected
    assert (found["sentences_cited"], found["sentences_faithful"], found["late"]) == (1.0, 1.0, 0.0)
    assert not list(tmp_path.glob("mcp.*.*"))  # nothing is left beside the user's file


def answer(text: str, *, cited: str = "", missing: tuple[MissingPart, ...] = ()) -> Answer:
    evidence = Evidence(id="c1", kind="tool", source="tables/look_up", text="boat: Ada Reed; places: 275")
    start = text.find(cited)
    citations = (Citation(start=start, end=start + len(cited), evidence_id="c1"),) if cited else ()
    return Answer(
        question="How many places has the boat?", text=text, citations=citations, evidence=(evidence,), missing=missing
    )


def test_a_sentence_is_borne_by_what_it_cites_or_tells_only_what_is_missing() -> None:
    right = "The Ada Reed has 275 places."
    assert bearing(answer(right, cited=right)) == {right: ()}
    assert bearing(answer("It has 276 places.", cited="It has 276 places.")) == {
        "It has 276 places.": ("number '276'",)
    }
    assert bearing(answer(right)) == {right: ("it cites nothing",)}
    part = MissingPart(question="How many crew has it?", code="tool_failed", message="tables failed")
    note = "“How many crew has it?” could not be answered: tables failed."
    assert bearing(answer(f"{right} {note}", cited=right, missing=(part,))) == {right: ()}
    sneaked = "“How many crew has it?” could not be answered: 12 of Harrow."
    assert bearing(answer(sneaked, missing=(part,))) == {sneaked: ("it cites nothing",)}
