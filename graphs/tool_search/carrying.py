"""The node that runs the plan: tasks go to the executor as early as their data allow, and each end is written down.

A plan that a language model writes is run while it is being written. What may not be repeated waits until it is whole:
a run that is killed before may then plan anew without doing anything twice.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Final

from langgraph.runtime import Runtime

from questline.agents.tool_executor.contract import TaskResult
from questline.agents.tool_planner.needs import unmet
from questline.errors import BudgetExceeded, QuestlineError, RunError
from questline.graphs.adaptive_rag.state import Update
from questline.tools.stopping import stoppable
from questline.types import AnswerWarning, Event, LedgerEntry, Plan, Task

from .contract import Hooks, Limits
from .journal import Finished, Recalled
from .kinds import of_another_thing
from .outcomes import Outcome, PlanRun, Setback
from .own_documents import is_of_documents, of_documents
from .plan_of_run import PlanOfRun
from .resuming import known_calls, resumed_plan, same_call
from .scheduler import run_plan
from .state import SearchRun, SearchState
from .steps import LONGEST_S, compose_reserve_s, left_s
from .values import Ran

__all__ = ["STEP", "carry_out"]

STEP: Final = "task"
"""Name of a task's line in the ledger."""
_LEAST_S: Final = 0.001
_SHOWN: Final = 120
"""Characters of a result in the trace."""


async def carry_out(state: SearchState, runtime: Runtime[SearchRun]) -> Update:
    """Run the plan until each task has an end, or the time for it is over."""
    journal = runtime.context.journal
    recalled = await journal.recall() if journal is not None else Recalled()
    return await _Work(runtime.context, state, recalled).run()


class _Work:
    """One run of the node."""

    def __init__(self, run: SearchRun, state: SearchState, recalled: Recalled) -> None:
        self._run = run
        self._context = run.context
        self._journal = run.journal
        self._recalled = recalled
        self._results: dict[str, TaskResult] = {}
        self._entries: list[LedgerEntry] = list(recalled.entries)
        self._own: dict[str, tuple[LedgerEntry, ...]] = {}
        self._warnings: list[AnswerWarning] = []
        self._plan = PlanOfRun(run, state, recalled, self._entries, self._warnings)
        known = self._plan.planned is not None
        ended: Mapping[str, Finished] = recalled.finished if known else {}
        self._calls = {} if known else known_calls(recalled)
        self._running: set[str] = set()
        self._one_ended = asyncio.Event()
        for name, end in ended.items():
            if end.result is not None:
                self._keep(name, end.result)

    async def run(self) -> Update:
        """Run what there is to run, and return what the node writes."""
        seconds = left_s(self._context) - compose_reserve_s(self._context, llm=self._run.composing)
        if self._plan.planned is not None:
            plan = resumed_plan(self._plan.planned.plan, self._recalled)
            done = await self._ran(plan, seconds) if seconds > 0 and plan.tasks else _not_run(plan)
        else:
            done = await self._ran(self._plan.streamed(), seconds) if seconds > 0 else _not_run(Plan())
        if self._plan.refused is not None:
            raise self._plan.refused
        planned = self._plan.whole
        return {
            "planned": planned,
            "ran": Ran(planned=planned, run=done, results=self._results, serves=self._plan.grown(planned).serves),
            "entries": tuple(self._entries),
            "warnings": (*done.warnings, *self._warnings),
            "route": "tools",
        }

    async def _ran(self, plan: Plan | AsyncIterator[Task], seconds: float) -> PlanRun:
        tools = self._run.tools
        servers = {candidate.tool.server for some in self._plan.found.candidates for candidate in some}
        planned = self._plan.planned
        if planned is not None:
            servers |= {task.server for task in planned.plan.tasks}
        slots = {server: most for server in servers if (most := tools.slots(server)) is not None}
        recalled = self._recalled if planned is not None else Recalled()
        return await run_plan(
            plan,
            self._perform,
            deadline_s=None if math.isinf(seconds) else seconds,
            limits=Limits(slots=slots, repeatable=tools.repeatable, expected_s=tools.expected_s),
            hooks=Hooks(
                on_started=self._started,
                on_finished=self._finished,
                replan=None if self._run.given else self._replan,
            ),
            known=[end.outcome for end in recalled.finished.values()],
            started=[name for name in recalled.started if name not in recalled.finished],
        )

    # One task

    async def _started(self, task: Task) -> None:
        self._running.add(task.id)
        if self._journal is not None:
            await self._journal.started(task, repeatable=self._run.tools.repeatable(task))

    async def _perform(self, task: Task, inputs: Mapping[str, object], deadline_s: float) -> Outcome:
        context, name = self._context, f"{task.server}/{task.tool}"
        context.emit(Event(kind="step_started", task=task.id, step=STEP, text=name))
        kept = self._calls.get(same_call(task)) if self._calls else None
        if kept is not None and kept.result is not None:
            self._keep(task.id, kept.result)
            return replace(kept.outcome, task=task.id)
        entry = LedgerEntry(step=STEP, task=task.id, started_s=context.meter.elapsed_s, detail=name)
        began = time.perf_counter()
        try:
            seconds = min(LONGEST_S, max(_LEAST_S, deadline_s))
            result = await self._carried(task, inputs, seconds)
            if self._run.documents and is_of_documents(task):
                result = of_documents(result)
                self._refuse_another_thing(task, result)
            self._refuse_another_kind(task, result)
        except (QuestlineError, asyncio.CancelledError) as error:
            said = error.code if isinstance(error, QuestlineError) else "cut short"
            self._enter(replace(entry, detail=f"{name}: {said}"), began)
            raise
        self._keep(task.id, result)
        told = replace(
            entry,
            backend=result.backend,
            model=result.model,
            usage=result.usage,
            degraded=result.degraded,
            detail=f"{name}: {' '.join(result.text.split())[:_SHOWN]}",
        )
        self._enter(told, began)
        return Outcome(task=task.id, result=result.result, attempts=max(1, result.calls))

    def _keep(self, name: str, result: TaskResult) -> None:
        self._results[name] = result
        self._warnings += [replace(each, step=each.step or name) for each in result.warnings]

    def _refuse_another_thing(self, task: Task, result: TaskResult) -> None:
        """Let documents that speak of another thing count as failed, so that other tools are asked in their place."""
        feeds = any(task.id in each.depends_on for each in self._plan.tasks)
        if self._context.llm is None and of_another_thing(task, result, feeds=feeds):
            raise RunError("the documents hold no answer", code="not_found")

    def _refuse_another_kind(self, task: Task, result: TaskResult) -> None:
        """Let a result count as failed that lacks what a later step reads in it: another source is then asked."""
        why = unmet(task.id, result.result, self._plan.tasks)
        if why:
            raise RunError(f"{task.server}/{task.tool} holds no such value: {why}", code="not_found")

    async def _carried(self, task: Task, inputs: Mapping[str, object], seconds: float) -> TaskResult:
        try:
            with stoppable():
                return await self._run.executor.run(task, inputs, deadline_s=seconds)
        except BudgetExceeded as error:
            if self._context.strict or not self._run.tools.repeatable(task):  # the model may have called it already
                raise
            with stoppable():
                result = await self._run.execute_plainly.run(task, inputs, deadline_s=seconds)
            text = f"{error.message}; the planned call was made"
            warnings = (AnswerWarning(code="degraded", message=text, step=task.id), *result.warnings)
            return replace(result, degraded=True, warnings=warnings, usage=result.usage + error.usage)

    def _enter(self, entry: LedgerEntry, began: float) -> None:
        seconds = max(0.0, time.perf_counter() - began)
        own = (replace(entry, usage=replace(entry.usage, seconds=seconds)), *self._run.tools.spent())
        self._own[entry.task] = own
        self._entries += own

    async def _finished(self, outcome: Outcome) -> None:
        self._running.discard(outcome.task)
        self._one_ended.set()
        self._one_ended = asyncio.Event()
        own = self._own.get(outcome.task, ())
        text = own[0].detail if own else f"{outcome.code}: {outcome.message}"
        entry = own[0] if own else None
        self._context.emit(Event(kind="step_finished", task=outcome.task, step=STEP, text=text, entry=entry))
        if self._journal is not None:
            result = self._results.get(outcome.task) if outcome.status == "done" else None
            await self._journal.finished(Finished(outcome=outcome, result=result, entries=own))

    # Plans

    async def _replan(self, setback: Setback) -> list[Task] | None:
        return await self._plan.anew(setback, self._beside)

    async def _beside(self, setback: Setback) -> frozenset[str]:
        """Wait for what the replaced tasks need beside the failed one, and return what of it is done."""
        needed = {before for task in setback.replaced for before in task.depends_on}
        while needed & self._running:
            await self._one_ended.wait()
        return frozenset(needed & self._results.keys())


def _not_run(plan: Plan) -> PlanRun:
    """Return the end of a plan that there was no time for, or that is empty."""
    text = "there was no time left to begin it"
    lost = {
        task.id: Outcome(task=task.id, status="cancelled", code="deadline_reached", message=text, attempts=0)
        for task in plan.tasks
    }
    return PlanRun(plan=plan, outcomes=lost, late=bool(lost))
