"""The tasks of a run: what each waits for, where it stands, and how those that are over ended. It starts nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from questline.errors import PlanError, RunError
from questline.types import Plan, Task

from .dag import Dag
from .outcomes import Outcome, Setback, failure
from .replanning import check_replacement

__all__ = ["Board", "Node"]

_State: TypeAlias = Literal["waiting", "queued", "running", "settling", "over"]


class Node:
    """A task on its way."""

    __slots__ = ("call", "holds", "id", "order", "outcome", "started_s", "state", "task", "timer", "waiting")

    def __init__(self, task: Task, order: int) -> None:
        self.task = task
        self.id = task.id
        self.order = order
        self.state: _State = "waiting"
        self.waiting = 0
        """Tasks that it depends on and that are not done."""
        self.holds = False
        """It has a slot of its server."""
        self.started_s: float | None = None
        self.call: asyncio.Task[Outcome] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.outcome: Outcome | None = None


class Board:
    """Every task that was ever part of a run.

    Args:
        expected_s: How long a task takes, where that is known.
        now: The seconds since the run began.
    """

    def __init__(self, expected_s: Callable[[Task], float | None], now: Callable[[], float]) -> None:
        self.dag = Dag(expected_s)
        self.nodes: dict[str, Node] = {}
        self.outcomes: dict[str, Outcome] = {}
        """Of the tasks that are over."""
        self.known: dict[str, Outcome] = {}
        """What an earlier run knew, of tasks that are not here yet."""
        self.open = 0
        """Tasks that are not over."""
        self._added = 0
        self._now = now

    def check(self, plan: Plan) -> None:
        """Refuse a plan of which a task depends on one that is nowhere.

        Raises:
            PlanError: ``bad_plan`` with ``task`` and ``reason``.
        """
        ids = {task.id for task in plan.tasks} | set(self.known)
        for task in plan.tasks:
            if missing := next((before for before in task.depends_on if before not in ids), None):
                text = f"the task {task.id!r} cannot be run: it depends on {missing!r}, which is no task of the plan"
                raise PlanError(text, task=task.id, reason="dependency")

    def add(self, tasks: Sequence[Task]) -> tuple[list[Node], list[Node]]:
        """Take tasks in; return their nodes, longest way first, and the older queued ones whose way is longer by them.

        Raises:
            PlanError: ``bad_plan``: an id that another had, or a circle; nothing is taken in.
        """
        if used := next((task.id for task in tasks if task.id in self.outcomes), None):
            raise PlanError(f"the task {used!r} cannot be run: another had its id", task=used, reason="duplicate")
        longer = self.dag.add(tasks)
        new: list[Node] = []
        for task in tasks:
            node = Node(task, self._added)
            node.outcome = self.known.pop(task.id, None)
            if node.outcome is not None and node.outcome.status == "done":
                node.state = "over"
                self.outcomes[node.id] = node.outcome
            else:
                self.open += 1
            self.nodes[node.id] = node
            self._added += 1
            new.append(node)
        return self._longest_first(new), [node for name in longer if (node := self.nodes[name]).state == "queued"]

    def is_done(self, name: str) -> bool:
        """Say whether a task is done, here or in an earlier run."""
        outcome = self.outcomes.get(name) or self.known.get(name)
        return outcome is not None and outcome.status == "done"

    def lost_before(self, node: Node) -> str | None:
        """Return the first task that a node depends on and that is over without a result."""
        for name in node.task.depends_on:
            outcome = self.outcomes.get(name) or (self.known.get(name) if name not in self.nodes else None)
            if outcome is not None and outcome.status != "done":
                return name
        return None

    def inputs(self, task: Task) -> dict[str, object]:
        """Return the results of what a task depends on, all of which is done."""
        return {name: (self.outcomes.get(name) or self.known[name]).result for name in task.depends_on}

    def settle(self, node: Node) -> list[Node]:
        """Write an outcome down; return the tasks that only waited for it, or skip those that it takes along."""
        assert node.outcome is not None
        node.state = "over"
        self.outcomes[node.id] = node.outcome
        self.open -= 1
        if node.outcome.status != "done":
            self.skip_below(node.id)
            return []
        ready: list[Node] = []
        for name in self.dag.after(node.id):
            after = self.nodes[name]
            after.waiting -= 1
            if not after.waiting and after.state == "waiting":
                ready.append(after)
        return self._longest_first(ready)

    def skip(self, node: Node, why: RunError) -> None:
        """End a task that never starts."""
        node.state = "over"
        self.open -= 1
        self.outcomes[node.id] = replace(failure(node.id, why, status="skipped", attempts=0), ended_s=self._now())

    def skip_after(self, node: Node, lost: str) -> None:
        """End a task because another, which it depends on, has no result."""
        self.skip(node, self._because(lost))

    def skip_below(self, name: str, why: RunError | None = None) -> None:
        """End all that depends on a task and waits."""
        why = why or self._because(name)
        for below in self.dag.below(name):
            if self.nodes[below].state == "waiting":
                self.skip(self.nodes[below], why)

    def _because(self, name: str) -> RunError:
        outcome = self.outcomes.get(name) or self.known[name]
        text = f"it depends on {name!r}, which is {outcome.status} ({outcome.code})"
        return RunError(text, code="dependency_failed")

    def _longest_first(self, nodes: list[Node]) -> list[Node]:
        return sorted(nodes, key=lambda node: -self.dag.reach_s(node.id)) if len(nodes) > 1 else nodes

    # New plans

    def replaceable(self, name: str) -> tuple[Task, ...]:
        """Return what depends on a task and has not begun."""
        return tuple(self.dag.tasks[below] for below in self._waiting_below(name))

    def make_room(self, new: Sequence[Task], setback: Setback) -> list[str]:
        """Take out what new tasks stand in for; return those of it that no new task has the id of.

        Raises:
            PlanError: As `check_replacement`; nothing is taken out.
        """
        told = {task.id for task in setback.replaced}
        gone = [name for name in self._waiting_below(setback.task.id) if name in told]
        check_replacement(new, setback, self.dag, gone=gone, usable=self._usable, ended=self.outcomes)
        self.dag.remove(gone)
        names = [task.id for task in new]
        text = f"{', '.join(map(repr, names))} took its place, because {setback.task.id!r} failed"
        for name in gone:
            node = self.nodes.pop(name)
            if name in names:
                self.open -= 1
            else:
                self.skip(node, RunError(text, code="replaced"))
        return [name for name in gone if name not in names]

    def _waiting_below(self, name: str) -> list[str]:
        return [below for below in self.dag.below(name) if self.nodes[below].state == "waiting"]

    def _usable(self, name: str) -> bool:
        node = self.nodes.get(name)
        ended = node is None or node.state in ("over", "settling")
        settling = node is not None and node.outcome is not None and node.outcome.status == "done"
        return self.is_done(name) or settling or not ended

    # The end

    def close(self) -> None:
        """Give every task that has none its outcome, and stop the clocks of those that run."""
        now = self._now()
        for node in self.nodes.values():
            if node.timer is not None:
                node.timer.cancel()
            if node.state == "over":
                continue
            self.outcomes[node.id] = node.outcome or replace(
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

    def told(self, names: Iterable[str]) -> dict[str, Outcome]:
        """Return the outcomes of tasks first, then those of all others that were ever there, or were known."""
        return {name: self.outcomes[name] for name in names} | self.known | self.outcomes
