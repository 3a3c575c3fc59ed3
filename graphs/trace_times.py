"""Who worked when on a question, and where its needs stand in it: read from an answer's ledger and plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from questline.tools.drawing import Row

if TYPE_CHECKING:
    from questline.types import Answer, LedgerEntry, Task

__all__ = ["needs_of", "rows_of", "spans_of"]

_TASK: Final = "task"
"""Step of a call of a server's tool."""
_NAMES: Final = {
    "condense": "earlier messages",
    "intents": "split into needs",
    "find": "look for tools",
    "probe": "ask beforehand",
    "tool_planner": "plan",
    "composer": "compose",
    "suggest": "suggest",
}
_BETWEEN: Final = " | "
"""Between the needs in the ledger's line."""
_MOST: Final = 60
"""Rows of a picture."""


def needs_of(answer: Answer) -> tuple[str, ...]:
    """Return the needs that the question was split into; none where it was not."""
    lines = [entry.detail for entry in answer.ledger.entries if entry.step == "intents" and entry.detail]
    return tuple(lines[-1].split(_BETWEEN)) if lines else ()


def spans_of(question: str, needs: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Return where each need has its own words in the question: the split's own places, else where its text stands.

    A need that is nowhere gets an empty span.
    """
    from questline.agents.intents.rules import split

    found = split(question).items if question.strip() and needs else ()
    if tuple(item.text for item in found) == tuple(needs):
        return tuple((item.start, item.end) for item in found)
    places = [(question.casefold().find(need.casefold().strip(" ?.")), need.strip(" ?.")) for need in needs]
    return tuple((place, place + len(need)) if place >= 0 else (0, 0) for place, need in places)


def rows_of(answer: Answer) -> tuple[Row, ...]:
    """Return the steps and calls of an answer by their beginning, at most 60.

    What documents did for a call is left out: the call has a row. An answer from documents alone shows their steps.
    """
    entries = answer.ledger.entries
    if any(entry.step in ("find", _TASK) for entry in entries):
        entries = tuple(entry for entry in entries if entry.step in _NAMES or entry.step == _TASK)
    tasks = {task.id: task for task in answer.plan.tasks}
    times = {entry.task: _span(entry) for entry in entries if entry.step == _TASK}
    found_s = max((_span(each)[1] for each in entries if each.step == "find"), default=0.0)
    entries = tuple(_placed(entry, found_s) for entry in entries)
    planned_s = max((_span(each)[1] for each in entries if each.step == "tool_planner"), default=0.0)
    rows: list[Row] = []
    for entry in entries:
        started_s, ended_s = _span(entry)
        task = tasks.get(entry.task) if entry.step == _TASK else None
        if task is None:
            label = _NAMES.get(entry.step) or " ".join(filter(None, (entry.task, entry.step)))
            rows.append(Row(label=label, started_s=started_s, ended_s=ended_s, ready_s=started_s))
            continue
        ready_s = max([planned_s, *(times[name][1] for name in _awaited(task, answer) if name in times)])
        rows.append(
            Row(
                label=f"{task.id} {task.server}/{task.tool}",
                started_s=started_s,
                ended_s=ended_s,
                ready_s=min(ready_s, started_s),
                server=task.server,
                lost=task.status == "failed",
            )
        )
    return tuple(sorted(rows, key=lambda row: row.started_s)[:_MOST])


def _placed(entry: LedgerEntry, found_s: float) -> LedgerEntry:
    """Return a plan that was run while it was written, which tells no beginning, as begun when tools were found."""
    late = entry.step == "tool_planner" and entry.started_s < found_s
    return replace(entry, started_s=found_s) if late else entry


def _span(entry: LedgerEntry) -> tuple[float, float]:
    return entry.started_s, entry.started_s + entry.usage.seconds


def _awaited(task: Task, answer: Answer) -> tuple[str, ...]:
    """Return what a task waited for: its inputs, and the failed tasks before it in whose place it was planned."""
    earlier = answer.plan.tasks[: [each.id for each in answer.plan.tasks].index(task.id)]
    failed = [each.id for each in earlier if each.status == "failed" and each.intent == task.intent]
    return (*task.depends_on, *failed)
