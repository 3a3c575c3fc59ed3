"""Run a plan as early as its data allow: a task starts the moment what it depends on is done and its server has room.

Source: specs/02 §2.5 (scheduler, deadlines, replan); it takes the place of the walk of arXiv:2508.04604 §2.4.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection, Iterable

from questline.types import Plan, Task

from .contract import Hooks, Limits, Perform
from .outcomes import Outcome, PlanRun
from .running import Run

__all__ = ["run_plan"]


async def run_plan(
    tasks: Plan | AsyncIterable[Task],
    perform: Perform,
    *,
    deadline_s: float | None = None,
    limits: Limits | None = None,
    hooks: Hooks | None = None,
    known: Iterable[Outcome] = (),
    started: Collection[str] = (),
) -> PlanRun:
    """Run tasks until each has an outcome or the deadline is there, and return at most 100 ms after it.

    A stream of tasks is run while it is still being written. A task may depend on one that comes later, on one that has
    ended, or on one of ``known``. What waits for a task that never comes is skipped with ``bad_plan``; a task that
    closes a circle or has the id of another is left out, and a warning names it. When a stream fails, a warning says
    so, and what had come runs to its end.

    Args:
        tasks: A plan, or its tasks as they are decided.
        perform: Carries one task out. It must not block the event loop.
        deadline_s: Seconds that the run may take; None is no deadline.
        limits: Slots, expected times, deadlines of tasks, how many new plans.
        hooks: For checkpoints and new plans.
        known: Outcomes of an earlier run. What is done never runs again; what failed is not run either, but may be
            planned anew. Skipped tasks count as new, and cancelled ones too, or as ``started`` where they had been.
        started: Tasks that an earlier run started and nobody knows the end of. They run again where
            ``limits.repeatable`` says so; else they fail with ``unknown_outcome``.

    Raises:
        UsageError: ``bad_deadline``.
        PlanError: ``bad_plan`` with ``task`` and ``reason`` (``id``, ``duplicate``, ``cycle``, ``dependency``) for a
            plan that cannot be run; nothing was started.
    """
    run = Run(perform, deadline_s, limits or Limits(), hooks or Hooks())
    run.recall(known, started)
    if isinstance(tasks, Plan):
        run.take(tasks)
        return await run.until_over(None)
    return await run.until_over(tasks)
