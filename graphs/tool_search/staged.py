"""Parts of the graph by themselves: a plan that is only looked at, and the run of a plan that somebody gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from langgraph.runtime import Runtime

from questline.agents.intents.values import Intent, Intents
from questline.agents.tool_planner.contract import Planned
from questline.agents.tool_planner.repair import repair
from questline.agents.tool_planner.toolbox import Toolbox
from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.types import Answer, MissingPart, Plan

from . import composing, nodes
from .carrying import carry_out
from .state import SearchRun, SearchState, initial
from .values import Found

__all__ = ["given_plan", "plan_only", "run_given"]


async def plan_only(run: SearchRun, question: str) -> tuple[SearchState, tuple[MissingPart, ...]]:
    """Return the state after the plan, with what no task serves; nothing is called.

    Raises:
        UsageError: ``empty_query``.
    """
    runtime = Runtime(context=replace(run, routed=False))
    state = _state(question)
    for node in (nodes.intents, nodes.find, nodes.plan):
        state = _with(state, await node(state, runtime))
    intents, planned = state["intents"], state["planned"]
    assert intents is not None
    assert planned is not None
    missing = tuple(
        MissingPart(question=intents.items[each.intent].text, code=each.code, message=each.message, fields=each.fields)
        for each in planned.unserved
    )
    return state, missing


def given_plan(plan: Plan, definitions: Sequence[ToolDefinition]) -> Plan:
    """Return a plan that somebody wrote or changed, mended where a rule can.

    Raises:
        UsageError: ``bad_plan`` with ``task``, ``field`` and ``reason``: it is empty, has a circle, an unknown tool, an
            argument or a reference that does not fit.
    """
    if not plan.tasks:
        raise UsageError("the plan has no task", code="bad_plan", field="tasks", reason="it is empty")
    return repair(plan, Toolbox(definitions), given=True).plan


async def run_given(run: SearchRun, plan: Plan, question: str = "") -> Answer:
    """Run a plan that was checked, and compose the answer.

    Args:
        run: What it may use.
        plan: Of `given_plan`.
        question: What it answers; the intents of its tasks where left out.
    """
    texts = list(dict.fromkeys(task.intent or f"{task.server}/{task.tool}" for task in plan.tasks))
    places = {text: place for place, text in enumerate(texts)}
    asked = question.strip() or " ".join(texts)
    serves: dict[str, set[int]] = {
        task.id: {places[task.intent or f"{task.server}/{task.tool}"]} for task in plan.tasks
    }
    for _ in plan.tasks:  # what feeds a task works for its intents; somebody may have written it below
        for task in reversed(plan.tasks):
            for before in task.depends_on:
                serves[before] |= serves[task.id]
    planned = Planned(plan=plan, serves={name: tuple(sorted(some)) for name, some in serves.items()}, backend="none")
    state: SearchState = {
        **_state(asked),
        "intents": Intents(items=tuple(Intent(text=text, start=0, end=0) for text in texts)),
        "found": Found(candidates=((),) * len(texts)),
        "planned": planned,
    }
    runtime = Runtime(context=run)
    for node in (carry_out, composing.compose, composing.suggest):
        state = _with(state, await node(state, runtime))
    answer = state["answer"]
    assert answer is not None
    return answer


def _state(question: str) -> SearchState:
    return cast("SearchState", {**initial(question), "entries": (), "warnings": ()})


def _with(state: SearchState, update: dict[str, Any]) -> SearchState:
    """Do what LangGraph does with what a node returns."""
    more = dict(update)
    for name in ("entries", "warnings"):
        more[name] = (*state[name], *more.get(name, ()))
    return cast("SearchState", {**state, **more})
