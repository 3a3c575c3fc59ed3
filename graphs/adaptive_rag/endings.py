"""The nodes at both ends of a run: condense the conversation, save what can be saved, compose the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from langgraph.runtime import Runtime

from questline.agents.contract import Context, Executor, Result, Work
from questline.agents.executors.condense import Condense
from questline.agents.workflow_planner.workflow import Token
from questline.types import Task

from .compose import compose
from .decompose import RunNode, sum_up
from .nodes import usable
from .state import Run, RunState, Update
from .steps import perform

__all__ = ["compose_node", "condense_node", "needs_rescue", "rescue_node"]


def condense_node(condense: Condense) -> RunNode:
    """Return the node that makes the question stand alone."""

    async def node(state: RunState, runtime: Runtime[Run]) -> Update:
        context = runtime.context.context
        work = Work(question=state["asked"], history=state["history"], task="condense")
        outcome = await perform(context, "condense", "", lambda: condense.run(work, context), role="condense")
        if outcome.error is not None:
            raise outcome.error
        query = outcome.value.query if outcome.value is not None else None
        return {**outcome.update(), "question": query or state["asked"]}

    return node


def needs_rescue(state: RunState) -> bool:
    """Say whether the budget ended the run before any draft, with something that one could be made of.

    While there is time left, that is anything: searching and reading need no language model.
    """
    if not state["stopped"] or state["draft"] is not None:
        return False
    return (
        state["stopped"] != "seconds"
        or bool(state["found"])
        or any(result.status == "done" for result in state["results"])
    )


def rescue_node(executors: Mapping[Token, Executor]) -> RunNode:
    """Return the node that makes a draft without a language model when the budget allows no more model calls.

    It uses the reserve of time. In strict mode no other backend may answer, so nothing is done.
    """

    async def node(state: RunState, runtime: Runtime[Run]) -> Update:
        context = replace(runtime.context.context, llm=None)
        if runtime.context.context.strict and not runtime.context.extractive:
            return {}
        if any(result.status == "done" for result in state["results"]):
            return await sum_up(executors["AS"], state, context, last=True)
        if state["found"] or context.retriever is None:
            return await _extract(executors["AG"], state, context)
        return await _search_and_extract(executors, state, context)

    return node


async def _search_and_extract(executors: Mapping[Token, Executor], state: RunState, context: Context) -> Update:
    work = Work(question=state["question"], task="rescue")
    outcome = await perform(context, "R", "rescue", lambda: executors["R"].run(work, context))
    found = outcome.value.passages if outcome.value is not None else None
    update = {**outcome.update(), "found": found or ()}
    if not found:
        return update
    rest = await _extract(executors["AG"], {**state, "found": found}, context)
    for name in ("entries", "warnings"):
        rest[name] = (*cast("tuple[object, ...]", update[name]), *cast("tuple[object, ...]", rest[name]))
    return {**update, **rest}


async def _extract(executor: Executor, state: RunState, context: Context) -> Update:
    work = Work(question=state["question"], passages=state["found"], task="rescue")

    async def run() -> Result:
        return replace(await executor.run(work, context), degraded=True)

    outcome = await perform(context, "AG", "rescue", run, last=True)
    update = outcome.update()
    draft = outcome.value.draft if outcome.value is not None else None
    if outcome.value is None or not usable(draft):
        return update
    record = Task(
        id="rescue",
        intent=state["question"],
        depends_on=(state["task"],) if state["task"] else (),
        status="done",
        result=draft.short or draft.text,
        decided_by="graph",
        reason="the budget was used up: a draft without a model",
    )
    return {
        **update,
        "draft": draft,
        "drafted": "rescue",
        "backend": outcome.value.backend,
        "read": tuple(passage.id for passage in state["found"]),
        "tasks": (record,),
    }


async def compose_node(state: RunState, runtime: Runtime[Run]) -> Update:
    """Write the answer."""
    return {"answer": compose(state, runtime.context)}
