"""The plan of one run of the node that carries it out: given, written while it runs, and planned anew in part."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from typing import Final

from questline.agents.intents.values import Intents
from questline.agents.tool_planner.contract import Planned
from questline.errors import BudgetExceeded, QuestlineError, RunError
from questline.types import AnswerWarning, Event, LedgerEntry, Plan, Task

from .broken_plans import broken_off
from .journal import Recalled
from .nodes import described
from .outcomes import Setback
from .state import SearchRun, SearchState
from .steps import LONGEST_S, left_s, share_s
from .values import Found, Replan

__all__ = ["PlanOfRun"]

_SHARE: Final = 0.5
"""Share of the time that is left that planning may take."""
_LEAST_S: Final = 0.001


class PlanOfRun:
    """What is to be run, as far as it is known.

    Args:
        run: What the run may use.
        state: Of the graph, with intents and what was found for them.
        recalled: What an earlier run of the same id had written down.
        entries: Gets the lines of the ledger.
        warnings: Gets what is warned of.
    """

    def __init__(
        self,
        run: SearchRun,
        state: SearchState,
        recalled: Recalled,
        entries: list[LedgerEntry],
        warnings: list[AnswerWarning],
    ) -> None:
        assert state["intents"] is not None
        assert state["found"] is not None
        self._run, self._context, self._journal = run, run.context, run.journal
        self._question = state["question"]
        self._intents: Intents = state["intents"]
        self.found: Found = state["found"]
        self.planned: Planned | None = state["planned"] or recalled.planned
        """None while it is being written."""
        self.refused: QuestlineError | None = None
        """What ends the question: it is the caller's to fix, or the run is strict."""
        self._entries, self._warnings = entries, warnings
        self._replans: list[Replan] = list(recalled.replans) if self.planned is not None else []
        self._why: QuestlineError | None = None
        """What ended the planning before a plan was there."""
        self._told: list[Task] = []
        """Tasks of a plan that is being written, which may have begun."""

    @property
    def whole(self) -> Planned:
        """The plan; of one that was not written to its end what stands for it."""
        return self.planned or broken_off(self._told, self._intents, self._why)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks of the plan, new ones included; none while it is being written."""
        return self.grown(self.planned).plan.tasks if self.planned is not None else ()

    def grown(self, planned: Planned) -> Planned:
        """Return a plan with all new tasks that came later: no two may have one id."""
        new = [task for each in self._replans for task in each.tasks]
        serves = {task.id: each.intents for each in self._replans for task in each.tasks}
        tasks = {task.id: task for task in (*planned.plan.tasks, *new)}
        return replace(planned, plan=Plan(tasks=tuple(tasks.values())), serves={**planned.serves, **serves})

    async def streamed(self) -> AsyncGenerator[Task]:
        """Yield the tasks of a plan as they are written, those last that may not be repeated."""
        held: list[Task] = []
        try:
            async for item in self._run.planner.stream(
                self._question,
                self._intents,
                self.found.candidates,
                deadline_s=share_s(self._context, _SHARE),
                approve=self._run.approve,
                excluded=self._run.excluded,
            ):
                if isinstance(item, Planned):
                    self._take(item)
                elif self._run.tools.repeatable(item):
                    self._told.append(item)
                    yield item
                else:
                    held.append(item)
        except Exception as error:  # noqa: BLE001 because a plan that breaks off takes nothing along that had come
            if self._ends_all(error):
                return
        if self.planned is None and not self._told:
            try:
                planned = await self._run.plan_plainly.plan(
                    self._question,
                    self._intents,
                    self.found.candidates,
                    deadline_s=share_s(self._context, _SHARE),
                    approve=self._run.approve,
                    excluded=self._run.excluded,
                )
            except Exception as error:  # noqa: BLE001 because what is missing is named, with the reason
                self._ends_all(error)
                return
            self._take(planned)
            held = list(planned.plan.tasks)
        if self.planned is None:
            self._take(broken_off(self._told, self._intents, self._why))
            held = []
        elif self._journal is not None:
            await self._journal.planned(self.planned)
        for task in held:
            yield task

    async def anew(self, setback: Setback, beside: Callable[[Setback], Awaitable[frozenset[str]]]) -> list[Task] | None:
        """Return new tasks in the place of a failed one, or None where nothing may stand in for it.

        Args:
            setback: The failed task, and what depends on it.
            beside: Waits for what the replaced tasks need beside it, and returns what of that is done.
        """
        planned = self.planned
        if planned is None or any(each.failed == setback.task.id for each in self._replans):
            return None
        if setback.outcome.code == "unknown_outcome" or self._run.tools.changes(setback.task):
            return None  # nothing else does what it was to change, and nobody may be told so
        planned = self.grown(planned)
        if not setback.replaced and any(setback.task.id in task.depends_on for task in planned.plan.tasks):
            return None  # what needed it has been replaced already
        done = await beside(setback)
        left = min(setback.left_s, left_s(self._context))
        tasks = await self._run.planner.replan(
            setback.task,
            f"{setback.outcome.code}: {setback.outcome.message}",
            question=self._question,
            intents=self._intents,
            candidates=self.found.candidates,
            planned=planned,
            replaced=setback.replaced,
            finished=frozenset(setback.finished) | done,
            deadline_s=max(_LEAST_S, min(LONGEST_S, _SHARE * left)),
            approve=self._run.approve,
            excluded=self._run.excluded | setback.excluded,
        )
        self._entries += self._run.tools.asked()
        if not tasks:
            return None
        worked_for = {
            intent for task in (setback.task, *setback.replaced) for intent in planned.serves.get(task.id, ())
        }
        replan = Replan(
            failed=setback.task.id,
            replaced=tuple(task.id for task in setback.replaced),
            tasks=tuple(tasks),
            intents=tuple(sorted(worked_for)),
        )
        if self._journal is not None:
            await self._journal.replanned(replan)
        self._replans.append(replan)
        text = described(Planned(plan=Plan(tasks=replan.tasks), serves={}))
        self._context.emit(Event(kind="plan", task=setback.task.id, step="tool_planner", text=text))
        return list(tasks)

    def _ends_all(self, error: Exception) -> bool:
        """Note why planning failed, and say whether that ends the question: it is the caller's to fix, or strict."""
        why = error if isinstance(error, QuestlineError) else RunError(f"{error!r}", step="tool_planner")
        if why.exit_code == 2 or (self._context.strict and not isinstance(why, BudgetExceeded)):
            self.refused = why
            return True
        self._why = why
        self._warnings.append(AnswerWarning(code=why.code, message=why.message, step="tool_planner"))
        return False

    def _take(self, planned: Planned) -> None:
        self.planned = planned
        self._warnings += planned.warnings
        self._entries += self._run.tools.asked()
        self._entries.append(
            LedgerEntry(
                step="tool_planner",
                backend=planned.backend,
                model=planned.model,
                usage=planned.usage,
                degraded=planned.degraded,
                detail=described(planned),
            )
        )
        self._context.emit(Event(kind="plan", step="tool_planner", text=described(planned)))
