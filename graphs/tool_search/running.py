"""A run of a plan, from its first task to its last outcome.

There are no levels, and no loop that looks around: whatever happens (a call ends, a time is over, a task is added, a
new plan for a failed one is there) ends or adds tasks, starts those that only waited for it, and returns. Each call is
a task of asyncio that is let go of when its time is over, so that nothing that hangs, or ignores that it is cancelled,
can hold up a run. Trying again and trying elsewhere is the business of the function that carries a task out.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterable, Collection, Coroutine, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, Literal, TypeAlias

from questline.deadline import Deadline, let_go
from questline.errors import PlanError, RunError, ToolTimeout
from questline.types import AnswerWarning, Plan, Task

from .closing import GRACE_S, LOOSE, close
from .contract import Hooks, Limits, Perform
from .dag import Dag
from .deadlines import allowed_s
from .outcomes import Outcome, PlanRun, Setback, failure
from .replanning import check_replacement
from .slots import Slots

__all__ = ["Run"]

_MARGIN_S: Final = 0.02
"""A task is cut off so much after its deadline, so that what it tells of a timeout itself is heard."""

_State: TypeAlias = Literal["waiting", "queued", "running", "settling", "over"]


class _Node:
    """A task on its way."""

    __slots__ = ("call", "holds", "id", "order", "outcome", "started_s", "state", "task", "timer", "waiting")

    def __init__(self, task: Task, order: int) -> None:
        self.task = task
        self.id = task.id
        self.order = order
        self.state: _State = "waiting"
        self.waiting = 0
        self.holds = False
        self.started_s: float | None = None
        self.call: asyncio.Task[Outcome] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.outcome: Outcome | None = None


class Run:
    """One run; `questline.graphs.tool_search.scheduler.run_plan` says what the arguments mean."""

    def __init__(self, perform: Perform, deadline_s: float | None, limits: Limits, hooks: Hooks) -> None:
        self._loop = asyncio.get_running_loop()
        self._perform = perform
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
        self._dag = Dag(limits.expected_s)
        self._slots: Slots[_Node] = Slots(limits.slots, limits.default_slots)
        self._nodes: dict[str, _Node] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._known: dict[str, Outcome] = {}
        self._started: set[str] = set()
        self._open = self._added = self._replans = 0
        self._calls: set[asyncio.Task[Any]] = set()
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
                self._known[outcome.task] = outcome
            elif outcome.status == "cancelled" and outcome.started_s is not None:
                self._started.add(outcome.task)
        self._started.update(started)

    def take(self, plan: Plan) -> None:
        """Add all tasks of a plan; raises `PlanError`."""
        ids = {task.id for task in plan.tasks} | set(self._known)
        for task in plan.tasks:
            if missing := next((before for before in task.depends_on if before not in ids), None):
                text = f"the task {task.id!r} cannot be run: it depends on {missing!r}, which is no task of the plan"
                raise PlanError(text, task=task.id, reason="dependency")
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
        for name in self._dag.missing():
            if name not in self._known:
                self._skip_below(name, PlanError(f"it depends on {name!r}, which is no task of the plan"))
        self._look_whether_over()

    def _admit(self, tasks: Sequence[Task]) -> None:
        if used := next((task.id for task in tasks if task.id in self._outcomes), None):
            raise PlanError(f"the task {used!r} cannot be run: another had its id", task=used, reason="duplicate")
        longer = self._dag.add(tasks)
        nodes: list[_Node] = []
        for task in tasks:
            node = _Node(task, self._added)
            node.outcome = self._known.pop(task.id, None)
            if node.outcome is not None and node.outcome.status == "done":
                node.state = "over"
                self._outcomes[node.id] = node.outcome
            else:
                self._open += 1
            self._nodes[node.id] = node
            self._added += 1
            nodes.append(node)
        for name in longer:
            if (node := self._nodes[name]).state == "queued":
                self._queue(node)
        for node in self._longest_first(nodes):
            if node.state != "over":
                self._place(node)

    def _place(self, node: _Node) -> None:
        befores = dict.fromkeys(node.task.depends_on)
        node.waiting = sum(not self._is_done(before) for before in befores)
        if node.outcome is not None:
            self._settle_after(node, write=False)
        elif node.id in self._started and not self._limits.repeatable(node.task):
            text = "it was started before, nobody knows how it ended, and it may not be repeated"
            self._finish(node, failure(node.id, RunError(text, code="unknown_outcome")))
        elif lost := next((before for before in befores if self._is_lost(before)), None):
            self._skip(node, self._because(lost))
            self._look_whether_over()
        elif not node.waiting:
            self._ready(node)

    def _is_done(self, name: str) -> bool:
        outcome = self._outcomes.get(name) or self._known.get(name)
        return outcome is not None and outcome.status == "done"

    def _is_lost(self, name: str) -> bool:
        outcome = self._outcomes.get(name) or (self._known.get(name) if name not in self._nodes else None)
        return outcome is not None and outcome.status != "done"

    # What goes out

    def _ready(self, node: _Node) -> None:
        if self._slots.take(node.task.server):
            self._start(node)
        else:
            node.state = "queued"
            self._queue(node)

    def _longest_first(self, nodes: list[_Node]) -> list[_Node]:
        return sorted(nodes, key=lambda node: -self._dag.reach_s(node.id)) if len(nodes) > 1 else nodes

    def _queue(self, node: _Node) -> None:
        self._slots.wait(node.task.server, node, reach_s=self._dag.reach_s(node.id), order=node.order)

    def _start(self, node: _Node) -> None:
        task, now = node.task, self._loop.time()
        node.state, node.holds, node.started_s = "running", True, now - self._began
        left = self._ends - now
        allowed = allowed_s(
            limit_s=self._limits.limit_s(task),
            left_s=left,
            own_s=self._dag.reach_s(node.id) - self._dag.below_s(node.id),
            below_s=self._dag.below_s(node.id),
            floor_s=self._limits.floor_s,
        )
        node.call = self._loop.create_task(self._call(node, allowed))
        self._calls.add(node.call)
        node.call.add_done_callback(partial(self._called, node))
        if allowed + _MARGIN_S < left:
            node.timer = self._loop.call_later(allowed + _MARGIN_S, self._cut_off, node, allowed)

    async def _call(self, node: _Node, allowed: float) -> Outcome:
        task = node.task
        if self._hooks.on_started is not None:
            try:
                await self._hooks.on_started(task)
            except Exception as error:
                self._break(error)
                raise
            if node.state != "running":  # the hook ignored that it was cancelled
                raise asyncio.CancelledError
        results = self._outcomes
        inputs = {before: (results.get(before) or self._known[before]).result for before in task.depends_on}
        return await self._perform(task, inputs, allowed)

    def _called(self, node: _Node, call: asyncio.Task[Outcome]) -> None:
        self._calls.discard(call)
        try:
            if node.state == "running" and self._broken is None:
                if node.timer is not None:
                    node.timer.cancel()
                self._finish(node, _told(node.id, call))
            self._give_back(node)  # after what depends on it has lined up
        except Exception as error:  # noqa: BLE001 because it came from a function of the caller, who must hear of it
            self._break(error)

    def _cut_off(self, node: _Node, allowed: float) -> None:
        if node.state == "running" and node.call is not None:
            self._loop.call_later(GRACE_S, self._give_back, node)  # for a call that ignores it
            let_go(node.call, loose=LOOSE)
            self._finish(node, failure(node.id, ToolTimeout(f"it had no result after {allowed:.3f} seconds")))

    def _give_back(self, node: _Node) -> None:
        if not node.holds:
            return
        node.holds = False
        server = node.task.server
        self._slots.give_back(server)
        while not self._ended and (other := self._slots.next(server)) is not None:
            if other.state == "queued":
                self._ready(other)
                return

    # What came of it

    def _finish(self, node: _Node, told: Outcome) -> None:
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

    def _settle_after(self, node: _Node, *, write: bool) -> None:
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

    async def _write(self, node: _Node, outcome: Outcome) -> None:
        assert self._hooks.on_finished is not None
        try:
            await self._hooks.on_finished(outcome)
        except Exception as error:  # noqa: BLE001 because it ends the run, which raises it
            self._break(error)
            return
        if not self._ended:
            self._settle_after(node, write=False)

    async def _ask(self, node: _Node, outcome: Outcome) -> None:
        assert self._hooks.replan is not None
        async with self._one_ask:
            if self._replans < self._limits.replans:
                self._replans += 1
                setback = Setback(
                    task=node.task,
                    outcome=outcome,
                    replaced=tuple(self._dag.tasks[name] for name in self._replaceable(node.id)),
                    finished={name: done for name, done in self._outcomes.items() if done.status == "done"},
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

    def _replaceable(self, name: str) -> list[str]:
        return [below for below in self._dag.below(name) if self._nodes[below].state == "waiting"]

    def _replace(self, new: Sequence[Task], setback: Setback) -> None:
        told = {task.id for task in setback.replaced}
        gone = [name for name in self._replaceable(setback.task.id) if name in told]

        def usable(name: str) -> bool:
            node = self._nodes.get(name)
            ended = node is None or node.state in ("over", "settling")
            settling = node is not None and node.outcome is not None and node.outcome.status == "done"
            return self._is_done(name) or settling or not ended

        check_replacement(new, setback, self._dag, gone=gone, usable=usable, ended=self._outcomes)
        self._dag.remove(gone)
        names = [task.id for task in new]
        text = f"{', '.join(map(repr, names))} took its place, because {setback.task.id!r} failed"
        for name in gone:
            node = self._nodes.pop(name)
            if name in names:
                self._open -= 1
            else:
                self._skip(node, RunError(text, code="replaced"))
        self._admit(new)
        for name in gone:
            if name not in names:
                self._skip_below(name, self._because(name))

    def _settle(self, node: _Node) -> None:
        if self._ended:
            return
        assert node.outcome is not None
        node.state = "over"
        self._outcomes[node.id] = node.outcome
        self._open -= 1
        if node.outcome.status == "done":
            ready: list[_Node] = []
            for name in self._dag.after(node.id):
                after = self._nodes[name]
                after.waiting -= 1
                if not after.waiting and after.state == "waiting":
                    ready.append(after)
            for after in self._longest_first(ready):
                self._ready(after)
        else:
            self._skip_below(node.id, self._because(node.id))
        self._look_whether_over()

    def _because(self, name: str) -> RunError:
        outcome = self._outcomes.get(name) or self._known[name]
        text = f"it depends on {name!r}, which is {outcome.status} ({outcome.code})"
        return RunError(text, code="dependency_failed")

    def _skip_below(self, name: str, why: RunError) -> None:
        for below in self._dag.below(name):
            if self._nodes[below].state == "waiting":
                self._skip(self._nodes[below], why)

    def _skip(self, node: _Node, why: RunError) -> None:
        node.state = "over"
        self._open -= 1
        outcome = failure(node.id, why, status="skipped", attempts=0)
        self._outcomes[node.id] = replace(outcome, ended_s=self._now())

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
            self._end()
            await close(self._calls, self._asks, self._writes)
        if self._broken is not None:
            raise self._broken
        tasks = self._dag.tasks
        return PlanRun(
            plan=Plan(tasks=tuple(tasks.values())),
            outcomes={name: self._outcomes[name] for name in tasks} | self._known | self._outcomes,
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
        if not self._open and not self._streaming and not self._over.done():
            self._over.set_result(None)

    def _break(self, error: Exception) -> None:
        self._broken = self._broken or error
        if not self._over.done():
            self._over.set_result(None)

    def _end(self) -> None:
        """Give every task that has none its outcome, and cancel what runs."""
        self._ended = True
        now = self._now()
        for node in self._nodes.values():
            if node.timer is not None:
                node.timer.cancel()
            if node.state == "over":
                continue
            self._outcomes[node.id] = node.outcome or replace(
                failure(
                    node.id,
                    RunError("the run was over before it ended", code="deadline_reached"),
                    status="cancelled",
                    attempts=int(node.call is not None),
                ),
                started_s=node.started_s,
                ended_s=now,
            )
            node.state = "over"

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


def _told(task: str, call: asyncio.Task[Outcome]) -> Outcome:
    """Return what a call that has ended says of its task."""
    if call.cancelled():
        return failure(task, RunError("the call cancelled itself", code="cancelled"))
    if (error := call.exception()) is not None:
        return failure(task, error)
    told = call.result()
    if not isinstance(told, Outcome):  # pyright: ignore[reportUnnecessaryIsInstance]  # because callers need not check their types
        return failure(task, TypeError(f"{told!r} is no outcome"))
    return told
