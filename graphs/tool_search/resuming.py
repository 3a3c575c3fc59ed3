"""The plan of a run that was cut short, as it stood then."""

from __future__ import annotations

from questline.errors import PlanError
from questline.mcp_servers.gateway.definitions import call_key
from questline.types import Plan, Task

from .dag import Dag
from .journal import Finished, Recalled

__all__ = ["known_calls", "resumed_plan", "same_call"]


def resumed_plan(plan: Plan, recalled: Recalled) -> Plan:
    """Return the plan with the new tasks of an earlier run in the place of what they replaced.

    New plans are not asked for again: another answer could give the id of a task that has ended to another task.
    """
    tasks = {task.id: task for task in plan.tasks}
    for replan in recalled.replans:
        for name in replan.replaced:
            if name not in recalled.started:
                tasks.pop(name, None)
        tasks.update({task.id: task for task in replan.tasks})
    made = Plan(tasks=tuple(tasks.values()))
    try:
        Dag(lambda _: None).add(made.tasks)
    except PlanError:  # the run had refused a new plan, too
        return plan
    known = tasks.keys()
    return made if all(set(task.depends_on) <= known for task in made.tasks) else plan


def same_call(task: Task) -> str:
    """Return a key that two tasks share which call the same with the same; empty for one that needs others' results."""
    if task.depends_on:
        return ""
    return call_key(task.server, task.tool, task.arguments)


def known_calls(recalled: Recalled) -> dict[str, Finished]:
    """Return what tasks found that ended well before the plan was written to its end, by `same_call`."""
    ended = {name: end for name, end in recalled.finished.items() if end.result is not None}
    return {same_call(recalled.started[name]): end for name, end in ended.items() if name in recalled.started}
