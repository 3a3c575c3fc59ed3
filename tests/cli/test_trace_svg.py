"""The picture of one answered question: whatever its texts are, sound XML; and what it shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.cli_trace_svg import trace_svg
from questline.graphs.trace_times import rows_of, spans_of
from questline.types import Answer, Citation, Evidence, Ledger, LedgerEntry, MissingPart, Plan, Task, Usage

from .conftest import Agents

QUESTION = "When was the mill built, and what is 2 < 3?"
HOSTILE = "</text><script>alert(1)</script>\x00\x1b[31m & “$1”"


def step(name: str, start: float, seconds: float, *, task: str = "", detail: str = "") -> LedgerEntry:
    return LedgerEntry(step=name, task=task, started_s=start, usage=Usage(seconds=seconds), detail=detail)


def answered() -> Answer:
    tasks = (
        Task(id="T1", intent="mill", server="documents", arguments={"question": "mill"}, status="done"),
        Task(id="T2", intent="sum", server="mathematics", tool="calculate", arguments={"text": "2"}, status="failed"),
        Task(
            id="T3",
            intent="days",
            server="clock",
            tool="calendar",
            arguments={"day": {"$read": {"$ref": "T1.result"}, "as": "date"}},
            depends_on=("T1",),
            status="done",
        ),
        Task(id="T4", intent="sum", server="documents", status="failed"),
    )
    entries = (
        step("intents", 0.0, 0.1, detail="When was the mill built | what is 2 < 3"),
        step("find", 0.1, 0.1),
        step("tool_planner", 0.2, 0.1),
        step("task", 0.3, 0.2, task="T1"),
        step("AG", 0.35, 0.1, task="q1"),
        step("task", 0.3, 0.4, task="T2"),
        step("task", 0.9, 0.1, task="T3"),
        step("task", 0.8, 0.1, task="T4"),
        step("composer", 1.0, 0.1),
    )
    return Answer(
        question=QUESTION,
        text="It was built in 1841.",
        status="partial",
        plan=Plan(tasks=tasks),
        ledger=Ledger(entries=entries, wall_s=1.1),
        citations=(Citation(start=0, end=21, evidence_id="p1"),),
        evidence=(Evidence(id="p1", text="The mill was built in 1841.", title="Mill", source="docs/mill.md"),),
        missing=(MissingPart(question="what is 2 < 3", code="tool_failed"),),
    )


def texts(svg: str) -> list[str]:
    root = ET.fromstring(svg)
    return ["".join(each.itertext()) for each in root.iter() if each.tag.endswith("}text")]


@pytest.mark.requirement("trace.picture")
def test_the_picture_tells_needs_plan_run_and_answer() -> None:
    svg = trace_svg(answered())
    told = texts(svg)
    for wanted in (
        QUESTION,
        "need 2: what is 2 < 3",
        "T1 documents/answer ✓",
        "T2 mathematics/calculate ✗",
        "Run, 1.10 s",
        "split into needs",
        "400 ms",
        "Answer: partial",
        "It was built in 1841.[1]",
        "[1] mill.md · Mill",
        "The mill was built in 1841.",
        "missing (tool_failed): what is 2 < 3",
    ):
        assert wanted in told, wanted
    assert not [text for text in told if "AG" in text], "what documents did for a call is left out"
    assert svg.count('class="edge"') == 1
    assert "prefers-color-scheme:dark" in svg
    coloured = [each for each in svg.splitlines() if '<tspan class="t1">what is 2 &lt; 3</tspan>' in each]
    assert len(coloured) == 1


@pytest.mark.requirement("trace.picture")
def test_a_call_waits_from_the_end_of_what_it_needs() -> None:
    rows = {row.label: row for row in rows_of(answered())}
    assert rows["T1 documents/answer"].ready_s == pytest.approx(0.3)
    assert rows["T3 clock/calendar"].ready_s == pytest.approx(0.5)
    assert rows["T4 documents/answer"].ready_s == pytest.approx(0.7), "it stands in for the call that failed"
    assert rows["T2 mathematics/calculate"].lost
    assert list(rows) == sorted(rows, key=lambda label: rows[label].started_s)


@pytest.mark.requirement("trace.picture")
def test_a_plan_that_ran_while_it_was_written_begins_when_tools_were_found() -> None:
    base = answered()
    entries = tuple(
        replace(each, started_s=0.0, usage=Usage(seconds=0.5)) if each.step == "tool_planner" else each
        for each in base.ledger.entries
    )
    rows = {row.label: row for row in rows_of(replace(base, ledger=Ledger(entries=entries)))}
    assert (rows["plan"].started_s, rows["plan"].ended_s) == pytest.approx((0.2, 0.7))
    assert rows["T1 documents/answer"].ready_s == pytest.approx(0.3), "it did not wait for the end of the plan"


@pytest.mark.requirement("trace.picture")
def test_a_need_that_the_question_does_not_hold_has_no_place() -> None:
    assert spans_of("How deep is Lake Serin?", ["how deep is lake serin?", "who owns it"]) == ((0, 22), (0, 0))
    assert spans_of("", []) == ()


@pytest.mark.requirement("trace.picture")
def test_a_plan_edited_into_a_circle_and_an_empty_answer_are_drawn() -> None:
    circle = Plan(tasks=(Task(id="A", intent="", depends_on=("B",)), Task(id="B", intent="", depends_on=("A", "C"))))
    assert "A documents/answer …" in texts(trace_svg(replace(answered(), plan=circle)))
    assert "(nothing)" in texts(trace_svg(Answer(question="", text="", status="abstained")))


@pytest.mark.requirement("trace.picture")
@given(st.text() | st.just(HOSTILE))
def test_no_text_of_others_is_markup(text: str) -> None:
    base = answered()
    task = Task(id=text, intent=text, server=text, tool=text, arguments={text: [text]}, status="done")
    svg = trace_svg(
        replace(
            base,
            question=text,
            text=text,
            plan=Plan(tasks=(task,)),
            ledger=Ledger(entries=(step("intents", 0, 0, detail=text), step("task", 0, 1, task=text))),
            evidence=(Evidence(id="p1", text=text, title=text, source=text),),
            missing=(MissingPart(question=text, code=text),),
        )
    )
    root = ET.fromstring(svg)
    tags = {each.tag.rpartition("}")[2] for each in root.iter()}
    assert tags <= {"svg", "title", "style", "defs", "marker", "path", "rect", "text", "tspan"}


@pytest.mark.requirement("trace.picture")
def test_a_folder_that_is_not_there_is_refused_before_anything_is_asked(agents: Agents, tmp_path: Path) -> None:
    done = agents("ask", "What is it?", "--trace-svg", tmp_path / "no" / "trace.svg")
    assert done.code == 2
    assert "file_not_found" in done.err


@pytest.mark.requirement("trace.picture")
def test_an_answer_from_documents_is_drawn_with_its_steps(agents: Agents, library: Path, tmp_path: Path) -> None:
    file = tmp_path / "trace.svg"
    assert agents("index", library).code == 0
    done = agents("ask", "Where was Ansgar Tollin born?", "--trace-svg", file)
    assert done.code == 0, done.err
    told = " ".join(texts(file.read_text("utf-8")))
    assert "Brackwater" in told
    assert "Run," in told
    assert agents("ask", "Where was Ansgar Tollin born?", "--trace-svg", tmp_path).code == 2, "a folder is no file"
