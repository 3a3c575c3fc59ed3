"""The needs of a plan that somebody gave: each of its ends is one, whether or not it says for what it is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from questline.agents.intents.values import Intent, Intents
from questline.agents.tool_planner.contract import Planned
from questline.agents.tool_planner.toolbox import uses
from questline.types import Plan, Task

__all__ = ["given_needs"]

_SHOWN: Final = 200
"""Characters of the arguments in a need that nobody has put into words."""


def given_needs(plan: Plan) -> tuple[Intents, Planned]:
    """Return a need for each task of a plan, and the plan with what its tasks work for.

    A task of which another reads the result is there for that one: it has a need of its own only where it says another
    one. So no two ends share a need, though they may say the same: where one of them comes to nothing, that is told.

    Args:
        plan: Without circles.
    """
    after: dict[str, list[Task]] = {task.id: [] for task in plan.tasks}
    readers: dict[str, list[Task]] = {task.id: [] for task in plan.tasks}
    for task in plan.tasks:
        read = {use.reference.task for use in uses(task, None)}
        for before in dict.fromkeys((*task.depends_on, *read)):
            after[before].append(task)
            if before in read:
                readers[before].append(task)
    items: list[Intent] = []
    own: dict[str, int] = {}
    tasks: list[Task] = []
    for task in plan.tasks:
        told = task.intent.strip()
        if not readers[task.id] or (told and told not in _said(task, readers)):
            own[task.id] = len(items)
            items.append(Intent(text=told or _called(task), start=0, end=0))
            if not told and after[task.id]:  # others wait for it, and yet it answers what is its own
                task = replace(task, intent=_called(task))  # noqa: PLW2901 because it is put into words
        tasks.append(task)
    serves = {task.id: tuple(sorted({own[name] for name in _towards(task.id, after) if name in own})) for task in tasks}
    return Intents(items=tuple(items)), Planned(plan=Plan(tasks=tuple(tasks)), serves=serves, backend="none")


def _said(task: Task, readers: Mapping[str, Collection[Task]]) -> set[str]:
    """Return the intents of all that a task's result goes into."""
    return {other.intent.strip() for name in _towards(task.id, readers) for other in readers[name]}


def _towards(name: str, after: Mapping[str, Collection[Task]]) -> list[str]:
    """Return a task and all that comes after it."""
    found = [name]
    for each in found:
        found += [task.id for task in after[each] if task.id not in found]
    return found


def _called(task: Task) -> str:
    shown = " ".join(f"{value}" for value in task.arguments.values() if isinstance(value, (str, int, float)))
    return f"{task.server}/{task.tool} {' '.join(shown.split())[:_SHOWN]}".strip()
