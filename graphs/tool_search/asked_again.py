"""One reading of a need, asked as a question of its own: found, planned and carried out, but not composed.

It has tools that only tell, for a reading is no request of the asker. Nothing runs where a part of the plan may not be
repeated.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias, cast

from langgraph.runtime import Runtime

from questline.agents.intents.rules import split
from questline.agents.intents.values import Intent, Intents, Reading
from questline.agents.tool_planner.changing import may_change
from questline.agents.tool_planner.contract import Planned
from questline.graphs.adaptive_rag.state import Update
from questline.types import AnswerWarning, LedgerEntry, Plan, Task

from .carrying import carry_out
from .nodes import DOCUMENTS, find, plan
from .state import SearchRun, SearchState

__all__ = ["asked_again", "of_documents", "with_made"]

_Node: TypeAlias = Callable[[SearchState, Runtime[SearchRun]], Awaitable[Update]]


async def asked_again(state: SearchState, reading: Reading, runtime: Runtime[SearchRun]) -> SearchState:
    """Return the state of a reading that was asked, or how far it came."""
    needs = _one(reading.text) if reading.need else split(reading.text)
    if reading.parts and len(needs.items) != len(reading.parts):
        needs = _one(*reading.parts)
    part: SearchState = {
        **state, "question": reading.text, "intents": needs, "found": None, "planned": None, "ran": None,
        "composed": None, "entries": (), "warnings": (), "answer": None,
    }  # fmt: skip
    nodes: tuple[_Node, ...] = (find, plan, carry_out)
    for node in nodes:
        planned = part["planned"]
        if planned is not None and not all(map(runtime.context.tools.repeatable, planned.plan.tasks)):
            return part
        if planned is not None and not planned.plan.tasks:
            return part
        part = _told_only(with_made(part, await node(part, runtime)))
    return part


def of_documents(part: SearchState, reading: Reading, run: SearchRun) -> SearchState | None:
    """Return a reading of one need as it is asked of the documents alone, where other sources alone were; else None.

    What nothing was asked for, an order or what lacks a value, is not asked of them either.
    """
    intents, ran = part["intents"], part["ran"]
    if not run.documents or ran is None or intents is None or len(intents.items) != 1:
        return None
    if any((task.server, task.tool) == DOCUMENTS for task in ran.run.plan.tasks):
        return None
    server, tool = DOCUMENTS
    task = Task(id="T1", intent=reading.text, server=server, tool=tool, arguments={"question": reading.text})
    planned = Planned(plan=Plan(tasks=(task,)), serves={task.id: (0,)})
    return {**part, "planned": planned, "ran": None, "entries": (), "warnings": ()}


def _told_only(part: SearchState) -> SearchState:
    """Leave out what may change something: a reading is no request of the asker, nor is what is planned anew for it."""
    found = part["found"]
    if found is None or part["planned"] is not None:
        return part
    kept = tuple(tuple(one for one in each if not may_change(one.tool)) for each in found.candidates)
    return {**part, "found": replace(found, candidates=kept)}


def with_made(part: SearchState, made: Update) -> SearchState:
    """Return a state with what a node wrote."""
    entries = cast("tuple[LedgerEntry, ...]", made.get("entries", ()))
    warnings = cast("tuple[AnswerWarning, ...]", made.get("warnings", ()))
    more = {"entries": (*part["entries"], *entries), "warnings": (*part["warnings"], *warnings)}
    return cast("SearchState", {**part, **made, **more})


def _one(*texts: str) -> Intents:
    return Intents(items=tuple(Intent(text=text, start=0, end=len(text)) for text in texts))
