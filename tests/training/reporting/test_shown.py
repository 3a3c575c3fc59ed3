"""What a suite shows of its rows stays with the items, failed ones included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from questline.errors import ModelError
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.runner import Options, evaluate
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.evaluation.traces import traced
from questline.types import Answer, Ledger, LedgerEntry, Plan, Task, Usage


class Doors:
    """A suite of three doors; the last one cannot be opened."""

    name = "doors"

    def load(self) -> Sequence[str]:
        return ["red", "blue", "stuck"]

    def identify(self, row: str) -> str:
        return row

    def show(self, row: str) -> Mapping[str, Json]:
        return {"question": f"Is the {row} door open?", "expected": "yes"}

    def identity(self) -> Mapping[str, Json]:
        return {}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        yield

    async def run(self, row: str) -> Outcome:
        if row == "stuck":
            raise ModelError("it does not move")
        return Outcome(prediction="yes", scores={"right": 1.0}, cost={}, shown={"reason": "it was seen"})

    def summarize(self, items: Sequence[Item]) -> Summary:
        return Summary(metrics={"n": len(items)}, means={})


@pytest.mark.requirement("report.shown")
def test_items_keep_what_the_suite_shows_failed_ones_too(tmp_path: Path) -> None:
    for _ in range(2):  # the second time from the kept items
        report = asyncio.run(evaluate(Doors(), Options(cache=tmp_path))).as_dict()
        red, _, stuck = cast("list[dict[str, Any]]", report["items"])
        assert red["shown"] == {"question": "Is the red door open?", "expected": "yes", "reason": "it was seen"}
        assert stuck["error"] == "backend_unavailable"
        assert stuck["shown"] == {"question": "Is the stuck door open?", "expected": "yes"}


@pytest.mark.requirement("report.shown")
def test_a_trace_tells_who_worked_when() -> None:
    task = Task(id="T1", intent="mill", server="documents", arguments={}, status="failed")
    entries = (
        LedgerEntry(step="find", started_s=0.0, usage=Usage(seconds=0.1)),
        LedgerEntry(step="task", task="T1", started_s=0.1, usage=Usage(seconds=0.4)),
    )
    answer = Answer(
        question="When was the mill built?",
        text="",
        status="abstained",
        plan=Plan(tasks=(task,)),
        ledger=Ledger(entries=entries, wall_s=0.5),
    )
    find, call = cast("list[dict[str, Any]]", traced(answer))
    assert find == {"step": "look for tools", "started_s": 0.0, "seconds": 0.1}
    assert call["server"] == "documents"
    assert call["failed"] is True
    assert call["seconds"] == pytest.approx(0.4)
