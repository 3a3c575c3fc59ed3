"""The nodes before the run of a plan: the intents of the question, the tools that may serve them, and the plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from langgraph.runtime import Runtime

from questline.agents.contract import Work
from questline.agents.executors.condense import Condense
from questline.agents.intents import find_intents
from questline.agents.intents.values import Intent, Intents
from questline.agents.tool_planner.contract import Candidate, Planned, ToolPlanner
from questline.errors import RunError
from questline.graphs.adaptive_rag.state import Update
from questline.types import AnswerWarning, Event, LedgerEntry

from .broken_plans import of_nothing, unplanned
from .state import SearchRun, SearchState
from .steps import left_s, share_s, timed
from .values import Found

__all__ = ["DOCUMENTS", "condense_node", "described", "documents_alone", "find", "intents", "plan", "simple"]

DOCUMENTS: Final = ("documents", "answer")
"""Server and tool that answer from the user's documents."""
_SPLIT_SHARE: Final = 0.25
_FIND_SHARE: Final = 0.35
_PLAN_SHARE: Final = 0.5


def condense_node(made: Condense) -> Callable[[SearchState, Runtime[SearchRun]], Awaitable[Update]]:
    """Return the node that makes the question stand alone."""

    async def node(state: SearchState, runtime: Runtime[SearchRun]) -> Update:
        context = runtime.context.context
        work = Work(question=state["asked"], history=state["history"], task="condense")
        step = await timed(
            context,
            "condense",
            made.run(work, context),
            seconds=share_s(context, _SPLIT_SHARE),
            detail=lambda found: found.query or "",
        )
        query = step.value.query if step.value is not None else None
        return {**step.update(), "question": query or state["asked"]}

    return node


async def intents(state: SearchState, runtime: Runtime[SearchRun]) -> Update:
    """Split the question, by rule where no model can; where that takes too long it stays one."""
    context, question = runtime.context.context, state["question"]
    found: Intents | None = None
    entries: tuple[LedgerEntry, ...] = ()
    warnings: tuple[AnswerWarning, ...] = ()
    minds = [context, *([replace(context, llm=None)] if context.llm is not None else [])]
    for mind in minds:
        if found is not None or (entries and not left_s(context)):
            break
        step = await timed(
            context,
            "intents",
            find_intents(question, mind),
            seconds=share_s(context, _SPLIT_SHARE),
            detail=lambda made: " | ".join(made.texts),
        )
        entries, warnings, found = (*entries, step.entry), (*warnings, *step.warnings), step.value
    found = found or Intents(items=(Intent(text=question.strip(), start=0, end=len(question)),))
    one = len(found.items) == 1 and (any(cut.rule == "again" for cut in found.cuts) or "they" in question.split())
    said = found.items[0].text if one else question  # once where it was said again, and with its pronoun told
    return {"entries": entries, "warnings": warnings, "intents": found, "question": said}


async def find(state: SearchState, runtime: Runtime[SearchRun]) -> Update:
    """Look for the tools that may serve each intent."""
    run, needs = runtime.context, state["intents"]
    assert needs is not None
    seconds = share_s(run.context, _FIND_SHARE)
    step = await timed(
        run.context,
        "find",
        run.find(state["question"], needs, deadline_s=seconds),
        seconds=seconds,
        detail=_named,
    )
    failed = step.error.code if step.error is not None else ""
    found = step.value or Found(candidates=((),) * len(needs.items), failed=failed)
    left = (tuple(one for one in each if _home(one) not in run.asked_before) for each in found.candidates)
    return {**step.update(), "found": replace(found, candidates=tuple(left))}


def _home(one: Candidate) -> tuple[str, str]:
    return one.tool.server, one.tool.name


def _named(found: Found) -> str:
    best = dict.fromkeys(some[0].tool.qualified for some in found.candidates if some)
    return ", ".join(best) or "no tool"


async def plan(state: SearchState, runtime: Runtime[SearchRun]) -> Update:
    """Plan the calls; a plan that only asks the documents the whole question is sent there.

    The embedded planner comes first where it may do, and after a language model that failed. A question that does not
    say what it asks about is asked of nothing.
    """
    run, needs, found = runtime.context, state["intents"], state["found"]
    assert needs is not None
    assert found is not None
    planned = None if state["history"] else of_nothing(needs)
    if planned is not None:
        return {"planned": planned, "route": "tools"}
    entries: tuple[LedgerEntry, ...] = ()
    warnings: tuple[AnswerWarning, ...] = ()
    error: RunError | None = None
    plain = run.planner is run.plan_plainly
    for planner in (run.plan_plainly,) if plain else _planners(run, needs, found):
        if not left_s(run.context):
            break
        seconds = share_s(run.context, _PLAN_SHARE)
        work = planner.plan(
            state["question"],
            needs,
            found.candidates,
            deadline_s=seconds,
            approve=run.approve,
            excluded=run.excluded | run.asked_before,
        )
        step = await timed(run.context, "tool_planner", work, seconds=seconds, detail=described)
        entries, warnings = (*entries, *run.tools.asked(), step.entry), (*warnings, *step.warnings)
        planned = step.value or planned
        error = step.error or error
        to_documents = planned is not None and run.routed and documents_alone(needs, planned)
        if planned is not None and (to_documents or planner is run.planner):
            break
    planned = planned or unplanned(needs, error)
    run.context.emit(Event(kind="plan", step="tool_planner", text=described(planned)))
    to_documents = run.routed and documents_alone(needs, planned)
    return {
        "entries": entries,
        "warnings": warnings,
        "planned": planned,
        "route": "documents" if to_documents else "tools",
    }


def _planners(run: SearchRun, needs: Intents, found: Found) -> tuple[ToolPlanner, ...]:
    """Return who is asked in turn: a plain question may need no model at all."""
    return (run.plan_plainly, run.planner) if simple(run, needs, found) else (run.planner, run.plan_plainly)


def simple(run: SearchRun, needs: Intents, found: Found) -> bool:
    """Say whether a question has one need, and no tool beside the documents that may serve it.

    One tool that stands out is no reason: what seems one need may take several calls, and the first of them would be
    told as the answer.
    """
    return len(needs.items) == 1 and run.documents and not any(found.likely)


def documents_alone(needs: Intents, planned: Planned) -> bool:
    """Say whether a plan is nothing but the question put to the documents."""
    tasks = planned.plan.tasks
    one = len(tasks) == 1 and len(needs.items) == 1
    return one and (tasks[0].server, tasks[0].tool) == DOCUMENTS and not planned.unserved


def described(planned: Planned) -> str:
    """Return a plan in one line."""
    tasks = [f"{task.id}: {task.server}/{task.tool}" for task in planned.plan.tasks]
    without = [f"{each.code} for part {each.intent + 1}" for each in planned.unserved]
    return "; ".join([*tasks, *without]) or "nothing to call"
