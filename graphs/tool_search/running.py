"""A run of a plan, from its first task to its last outcome.

There are no levels, and no loop that looks around: whatever happens (a call ends, a time is over, a task is added, a
new plan for a failed one is there) ends or adds tasks, starts those that only waited for it, and returns. Trying again
and trying elsewhere is the business of the function that carries a task out.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterable, Collection, Coroutine, Iterable, Sequence
from typing import Any

from questline.deadline import Deadline
from questline.errors import PlanError, RunError
from questline.types import AnswerWarning, Plan, Task

from .board import Board, Node
from .closing import close
from .contract import Hooks, Limits, Perform
from .outcomes import Outcome, PlanRun, Setback, failure
from .starting import Calls

__all__ = ["Run"]


class Run:
    """One run; `questline.graphs.tool_search.scheduler.run_plan` says what the arguments mean."""

    def __init__(self, perform: Perform, deadline_s: float | None, limits: Limits, hooks: Hooks) -> None:
        self._loop = asyncio.get_running_loop()
        self._limits = limits
        self._hooks = hooks
        self._began = self._loop.time()
        self._ends = math.inf
        if deadline_s is not None:
            Deadline(deadline_s)  # for what it refuses
            self._ends = self._began + deadline_s
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._ended = self._late = self._streaming = False
        self._broken: Exception | None = None
        self._board = Board(limits.expected_s, self._now)
        self._calls = Calls(
            perform,
            limits,
            hooks,
            self._board,
            began=self._began,
            ends=self._ends,
            ended=self._finish,
            broken=self._break,
        )
        self._started: set[str] = set()
        self._replans = 0
        self._asks: set[asyncio.Task[Any]] = set()
        """The stream, and questions for new plans: nobody misses them when the run ends."""
        self._writes: set[asyncio.Task[Any]] = set()
        self._one_ask = asyncio.Lock()
        self._excluded: set[tuple[str, str]] = set()
        self._warnings: list[AnswerWarning] = []

    # What comes in

    def recall(self, known: Iterable[Outcome], started: Collection[str]) -> None:
        """Take over what an earlier run knew."""
        for outcome in known:
            if outcome.status in ("done", "failed"):
                self._board.known[outcome.task] = outcome
            elif outcome.status == "cancelled" and outcome.started_s is not None:
                self._started.add(outcome.task)
        self._started.update(started)

    def take(self, plan: Plan) -> None:
        """Add all tasks of a plan; raises `PlanError`."""
        self._board.check(plan)
        self._admit(plan.tasks)

    async def _read(self, stream: AsyncIterable[Task]) -> None:
        try:
            async for task in stream:
                try:
                    self._admit((task,))
                except PlanError as error:
                    self._warn(error, task.id)
        except Exception as error:  # noqa: BLE001 because a stream that breaks takes nothing along that had come
            self._warn(error)
        self._streaming = False
        for name in self._board.dag.missing():
            if name not in self._board.known:
                self._board.skip_below(name, PlanError(f"it depends on {name!r}, which is no task of the plan"))
        self._look_whether_over()

    def _admit(self, tasks: Sequence[Task]) -> None:
        new, longer = self._board.add(tasks)
        for node in longer:
            self._calls.queue(node)
        for node in new:
            if node.state != "over":
                self._place(node)

    def _place(self, node: Node) -> None:
        befores = dict.fromkeys(node.task.depends_on)
        node.waiting = sum(not self._board.is_done(before) for before in befores)
        if node.outcome is not None:
            self._settle_after(node, write=False)
        elif node.id in self._started and not self._limits.repeatable(node.task):
            text = "it was started before, nobody knows how it ended, and it may not be repeated"
            self._finish(node, failure(node.id, RunError(text, code="unknown_outcome")))
        elif lost := self._board.lost_before(node):
            self._board.skip_after(node, lost)
            self._look_whether_over()
        elif not node.waiting:
            self._calls.ready(node)

    # What came of it

    def _finish(self, node: Node, told: Outcome) -> None:
        node.outcome = Outcome(
            task=node.id,
            status=told.status,
            result=told.result,
            code=told.code,
            message=told.message,
            started_s=node.started_s,
            ended_s=self._now(),
            attempts=told.attempts if node.started_s is not None else 0,
            detail=told.detail,
        )
        self._settle_after(node, write=self._hooks.on_finished is not None)

    def _settle_after(self, node: Node, *, write: bool) -> None:
        """Settle a node once its outcome is written down and, for a failed one, a new plan was asked for."""
        node.state = "settling"
        assert node.outcome is not None
        if write:
            self._spawn(self._write(node, node.outcome), self._writes)
        elif node.outcome.status == "done":
            self._settle(node)
        else:
            self._excluded.add((node.task.server, node.task.tool))
            if self._hooks.replan is not None and self._replans < self._limits.replans:
                self._spawn(self._ask(node, node.outcome), self._asks)
            else:
                self._settle(node)

    async def _write(self, node: Node, outcome: Outcome) -> None:
        assert self._hooks.on_finished is not None
        try:
            await self._hooks.on_finished(outcome)
        except Exception as error:  # noqa: BLE001 because it ends the run, which raises it
            self._break(error)
            return
        if not self._ended:
            self._settle_after(node, write=False)

    async def _ask(self, node: Node, outcome: Outcome) -> None:
        assert self._hooks.replan is not None
        async with self._one_ask:
            if self._replans < self._limits.replans:
                self._replans += 1
                setback = Setback(
                    task=node.task,
                    outcome=outcome,
                    replaced=self._board.replaceable(node.id),
                    finished={name: done for name, done in self._board.outcomes.items() if done.status == "done"},
                    excluded=frozenset(self._excluded),
                    left_s=self._ends - self._loop.time(),
                )
                try:
                    new = await self._hooks.replan(setback)
                    if new and not self._ended:
                        self._replace(tuple(new), setback)
                except Exception as error:  # noqa: BLE001 because without a new plan the run goes on as well
                    told = failure(node.id, error)
                    text = f"{told.code}: {told.message}"
                    self._warnings.append(AnswerWarning(code="replan_refused", message=text, step=node.id))
        self._settle(node)

    def _replace(self, new: Sequence[Task], setback: Setback) -> None:
        orphaned = self._board.make_room(new, setback)
        self._admit(new)
        for name in orphaned:
            self._board.skip_below(name)

    def _settle(self, node: Node) -> None:
        if self._ended:
            return
        for after in self._board.settle(node):
            self._calls.ready(after)
        self._look_whether_over()

    # The end

    async def until_over(self, stream: AsyncIterable[Task] | None) -> PlanRun:
        """Wait for the last outcome, or the deadline; nothing of the run is left when it returns or raises."""
        timer = self._loop.call_at(self._ends, self._time_is_up) if self._ends < math.inf else None
        if stream is not None:
            self._streaming = True
            self._spawn(self._read(stream), self._asks)
        self._look_whether_over()
        try:
            await self._over
        finally:
            if timer is not None:
                timer.cancel()
            self._ended = True
            self._calls.close()
            self._board.close()
            await close(self._calls.running, self._asks, self._writes)
        if self._broken is not None:
            raise self._broken
        tasks = self._board.dag.tasks
        return PlanRun(
            plan=Plan(tasks=tuple(tasks.values())),
            outcomes=self._board.told(tasks),
            warnings=tuple(self._warnings),
            replans=self._replans,
            wall_s=self._now(),
            late=self._late,
        )

    def _time_is_up(self) -> None:
        if not self._over.done():
            self._late = True
            self._over.set_result(None)

    def _look_whether_over(self) -> None:
        if not self._board.open and not self._streaming and not self._over.done():
            self._over.set_result(None)

    def _break(self, error: Exception) -> None:
        self._broken = self._broken or error
        self._calls.halt()
        if not self._over.done():
            self._over.set_result(None)

    def _spawn(self, work: Coroutine[Any, Any, None], into: set[asyncio.Task[Any]]) -> None:
        def ended(task: asyncio.Task[Any]) -> None:
            into.discard(task)
            if not task.cancelled() and isinstance(error := task.exception(), Exception):
                self._break(error)

        task = self._loop.create_task(work)
        into.add(task)
        task.add_done_callback(ended)

    def _warn(self, error: Exception, task: str = "") -> None:
        told = failure(task, error)
        self._warnings.append(AnswerWarning(code=told.code, message=told.message, step=task))

    def _now(self) -> float:
        return self._loop.time() - self._began
