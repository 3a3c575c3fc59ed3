"""New tasks in the place of a failed one and of what depended on it: which are let in."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from questline.errors import PlanError
from questline.types import Task

from .dag import Dag
from .outcomes import Setback

__all__ = ["check_replacement"]


def check_replacement(
    new: Sequence[Task],
    setback: Setback,
    dag: Dag,
    *,
    gone: Sequence[str],
    usable: Callable[[str], bool],
    ended: Container[str],
) -> None:
    """Refuse new tasks that repeat what failed, or cannot be run; `dag` stays as it is.

    Args:
        new: What stands in for the failed task.
        setback: What was told of it.
        dag: The graph as it is.
        gone: Ids of the tasks that go; new ones may have them.
        usable: Whether a task of this id is done, or may still be.
        ended: Ids of the tasks that have ended; no new one may have them.

    Raises:
        PlanError: ``bad_plan`` with ``task`` and ``reason``: ``excluded``, ``dependency``, ``duplicate``, ``id`` or
            ``cycle``.
    """
    ids = {task.id for task in new}
    for task in new:
        if task.id in ended:
            text = f"the new task {task.id!r} has the id of one that has ended"
            raise PlanError(text, task=task.id, reason="duplicate")
        if (task.server, task.tool) in setback.excluded:
            text = f"the new task {task.id!r} calls {task.server}/{task.tool}, which has failed"
            raise PlanError(text, task=task.id, reason="excluded")
        for before in task.depends_on:
            if before not in ids and (before in gone or not usable(before)):
                text = f"the new task {task.id!r} depends on {before!r}, which is not there any more"
                raise PlanError(text, task=task.id, reason="dependency")
    trial = dag.copy()
    trial.remove(gone)
    trial.add(new)
