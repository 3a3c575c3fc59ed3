"""The tasks of a plan as a graph that grows while it runs, with how long the way below each task is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import networkx as nx

from questline.errors import PlanError
from questline.types import Task

__all__ = ["Dag"]

_PER_TASK_S: Final = 1e-6
"""Added to each task's expected seconds, so that among unknown ones the longer chain counts as longer."""


class Dag:
    """Tasks and what they wait for.

    A task may name one that is not there yet: it waits for it.

    Args:
        expected_s: Seconds that a task is expected to take; None where that is unknown.
    """

    def __init__(self, expected_s: Callable[[Task], float | None]) -> None:
        self._graph: nx.DiGraph[str] = nx.DiGraph()
        self._expected_s = expected_s
        self._own_s: dict[str, float] = {}
        self._below_s: dict[str, float] = {}
        self.tasks: dict[str, Task] = {}
        """By id, in the order in which they were added."""

    def copy(self) -> Dag:
        """Return a graph of the same tasks that changes apart."""
        made = Dag(self._expected_s)
        made._graph = self._graph.copy()
        made._own_s, made._below_s, made.tasks = dict(self._own_s), dict(self._below_s), dict(self.tasks)
        return made

    def add(self, tasks: Sequence[Task]) -> set[str]:
        """Add tasks, all or none, and return the ids of the older ones below which the way became longer.

        Raises:
            PlanError: ``bad_plan`` with ``task`` and ``reason``: ``id``, ``duplicate`` or ``cycle``.
        """
        self._check(tasks)
        graph, in_order = self._graph, True
        for task in tasks:
            in_order = in_order and task.id not in graph  # nothing waits for it yet: it closes no circle
            graph.add_node(task.id)
            for before in task.depends_on:
                graph.add_edge(before, task.id)
        if not in_order and not nx.is_directed_acyclic_graph(graph):
            circle = next(part for part in nx.strongly_connected_components(graph) if len(part) > 1)
            self._unlink(task.id for task in tasks)
            named = next(task.id for task in tasks if task.id in circle)
            others = ", ".join(repr(other) for other in sorted(circle - {named}))
            raise _bad(named, "cycle", f"it waits for itself, by way of {others}")
        for task in tasks:
            self.tasks[task.id] = task
            seconds = self._expected_s(task)
            self._own_s[task.id] = _PER_TASK_S + (seconds if seconds is not None and seconds > 0 else 0.0)
        if in_order:
            return self._lengthen([task.id for task in tasks])
        self._lengthen(self._in_order())
        return set(self.tasks)

    def remove(self, ids: Iterable[str]) -> None:
        """Take tasks out; what still waits for one of them goes on waiting for its id."""
        gone = set(ids)
        for name in gone:
            del self.tasks[name], self._own_s[name], self._below_s[name]
        self._unlink(gone)
        self._lengthen(self._in_order())

    def after(self, name: str) -> list[str]:
        """Return the tasks that wait for this one itself."""
        return [after for after in self._graph.succ[name] if after in self.tasks]

    def below(self, name: str) -> list[str]:
        """Return every task that waits for this one, also by way of others, in the order in which they were added."""
        if name not in self._graph:
            return []
        found = set(nx.dfs_preorder_nodes(self._graph, name)) - {name}
        return [task for task in self.tasks if task in found]

    def below_s(self, name: str) -> float:
        """Return the expected seconds of the longest way below a task, without its own."""
        return self._below_s[name]

    def reach_s(self, name: str) -> float:
        """Return the expected seconds from a task's start to the end of the longest way below it."""
        return self._own_s[name] + self._below_s[name]

    def missing(self) -> list[str]:
        """Return the ids that tasks wait for and no task has."""
        return [name for name in self._graph if name not in self.tasks]

    def _in_order(self) -> list[str]:
        return [name for name in nx.topological_sort(self._graph) if name in self.tasks]

    def _check(self, tasks: Sequence[Task]) -> None:
        seen: set[str] = set()
        for task in tasks:
            if not task.id:
                raise _bad(task.id, "id", "a task needs an id")
            if task.id in self.tasks or task.id in seen:
                raise _bad(task.id, "duplicate", "another task has its id")
            if task.id in task.depends_on:
                raise _bad(task.id, "cycle", "it waits for itself")
            seen.add(task.id)

    def _unlink(self, ids: Iterable[str]) -> None:
        graph = self._graph
        gone = list(ids)
        for name in gone:
            before = list(graph.pred[name])
            graph.remove_edges_from([(other, name) for other in before])
            gone += [other for other in before if other not in self.tasks and other not in gone]
        graph.remove_nodes_from([name for name in gone if not graph.succ[name]])

    def _lengthen(self, ordered: Sequence[str]) -> set[str]:
        """Work out the ways below tasks in topological order, then of what lies above them; return the latter."""
        fresh = set(ordered)
        above: deque[str] = deque()
        for name in reversed(ordered):
            self._below_s[name] = max((self.reach_s(after) for after in self.after(name)), default=0.0)
            if any(before not in fresh for before in self._graph.pred[name]):
                above.append(name)
        longer: set[str] = set()
        while above:
            name = above.popleft()
            reach = self.reach_s(name)
            for before in self._graph.pred[name]:
                if before in self.tasks and before not in fresh and reach > self._below_s[before]:
                    self._below_s[before] = reach
                    longer.add(before)
                    above.append(before)
        return longer


def _bad(task: str, reason: str, message: str) -> PlanError:
    return PlanError(f"the task {task!r} cannot be run: {message}", task=task, reason=reason)
