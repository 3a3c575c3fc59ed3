"""The tasks of a plan as a graph that grows while it runs, with how long the way below each task is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Final

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
        self._before: dict[str, dict[str, None]] = {}
        """By id, also of tasks that are not there yet, what it waits for; in order."""
        self._after: dict[str, dict[str, None]] = {}
        self._expected_s = expected_s
        self._own_s: dict[str, float] = {}
        self._below_s: dict[str, float] = {}
        self.tasks: dict[str, Task] = {}
        """By id, in the order in which they were added."""

    def copy(self) -> Dag:
        """Return a graph of the same tasks that changes apart."""
        made = Dag(self._expected_s)
        made._before = {name: dict(each) for name, each in self._before.items()}
        made._after = {name: dict(each) for name, each in self._after.items()}
        made._own_s, made._below_s, made.tasks = dict(self._own_s), dict(self._below_s), dict(self.tasks)
        return made

    def add(self, tasks: Sequence[Task]) -> set[str]:
        """Add tasks, all or none, and return the ids of the older ones below which the way became longer.

        Raises:
            PlanError: ``bad_plan`` with ``task`` and ``reason``: ``id``, ``duplicate`` or ``cycle``.
        """
        self._check(tasks)
        in_order = True
        for task in tasks:
            in_order = in_order and task.id not in self._before  # nothing waits for it yet: it closes no circle
            self._node(task.id)
            for before in task.depends_on:
                self._node(before)
                self._before[task.id][before] = self._after[before][task.id] = None
        circle = set[str]() if in_order else self._circle()
        if circle:
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
        return [after for after in self._after[name] if after in self.tasks]

    def below(self, name: str) -> list[str]:
        """Return every task that waits for this one, also by way of others, in the order in which they were added."""
        found: set[str] = set()
        left = list(self._after.get(name, ()))
        while left:
            other = left.pop()
            if other not in found:
                found.add(other)
                left += self._after[other]
        return [task for task in self.tasks if task in found]

    def below_s(self, name: str) -> float:
        """Return the expected seconds of the longest way below a task, without its own."""
        return self._below_s[name]

    def reach_s(self, name: str) -> float:
        """Return the expected seconds from a task's start to the end of the longest way below it."""
        return self._own_s[name] + self._below_s[name]

    def missing(self) -> list[str]:
        """Return the ids that tasks wait for and no task has."""
        return [name for name in self._before if name not in self.tasks]

    def _node(self, name: str) -> None:
        self._before.setdefault(name, {})
        self._after.setdefault(name, {})

    def _circle(self) -> set[str]:
        """Return the tasks of a circle; empty where there is none."""
        try:
            TopologicalSorter(self._before).prepare()
        except CycleError as error:
            return set(error.args[1])
        return set()

    def _in_order(self) -> list[str]:
        return [name for name in TopologicalSorter(self._before).static_order() if name in self.tasks]

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
        gone = list(ids)
        for name in gone:
            before, self._before[name] = list(self._before[name]), {}
            for other in before:
                self._after[other].pop(name, None)
            gone += [other for other in before if other not in self.tasks and other not in gone]
        for name in gone:
            if name in self._after and not self._after[name]:
                del self._after[name], self._before[name]

    def _lengthen(self, ordered: Sequence[str]) -> set[str]:
        """Work out the ways below tasks in topological order, then of what lies above them; return the latter."""
        fresh = set(ordered)
        above: deque[str] = deque()
        for name in reversed(ordered):
            self._below_s[name] = max((self.reach_s(after) for after in self.after(name)), default=0.0)
            if any(before not in fresh for before in self._before[name]):
                above.append(name)
        longer: set[str] = set()
        while above:
            name = above.popleft()
            reach = self.reach_s(name)
            for before in self._before[name]:
                if before in self.tasks and before not in fresh and reach > self._below_s[before]:
                    self._below_s[before] = reach
                    longer.add(before)
                    above.append(before)
        return longer


def _bad(task: str, reason: str, message: str) -> PlanError:
    return PlanError(f"the task {task!r} cannot be run: {message}", task=task, reason=reason)
