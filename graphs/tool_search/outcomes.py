"""How tasks end, and what a run of a plan returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from questline.errors import QuestlineError
from questline.types import AnswerWarning, Plan, Task

__all__ = ["Outcome", "OutcomeStatus", "PlanRun", "Setback", "failure"]

OutcomeStatus: TypeAlias = Literal["done", "failed", "skipped", "cancelled"]
_TOLD: Final = frozenset({"tool_failed", "not_found"})
"""Codes of failures whose ``detail`` is the tool's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one task ended."""

    task: str
    """The task's id."""
    status: OutcomeStatus = "done"
    """``skipped``: never started, and never to be; ``cancelled``: cut short, or not reached, when the run ended."""
    result: object = None
    """A JSON value; None unless it is done."""
    code: str = ""
    """One of `questline.errors.CODES`; empty for a task that is done."""
    message: str = ""
    started_s: float | None = None
    """Seconds after the run's start; None where it never started."""
    ended_s: float = 0.0
    """Seconds after the run's start."""
    attempts: int = 1
    """Calls that were made for it, retries included."""
    detail: str = ""
    """What the tool itself said of its failure, or of why it has no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """A failed task, as the hook that plans anew is told of it."""

    task: Task
    outcome: Outcome
    replaced: tuple[Task, ...]
    """What depends on the failed task and has not run: the new tasks stand in its and their place."""
    finished: Mapping[str, Outcome]
    """Every task that is done, by id; new tasks may depend on them."""
    excluded: frozenset[tuple[str, str]]
    """Pairs of server and tool that failed in this run; new tasks must not use them."""
    left_s: float
    """Seconds until the run's deadline; infinite without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRun:
    """What came of a plan."""

    plan: Plan
    """Its tasks as they stood in the end: those that were replaced are left out, the new ones are in."""
    outcomes: Mapping[str, Outcome]
    """By task id, exactly one for every task that was ever part of the plan, those that were replaced included."""
    warnings: tuple[AnswerWarning, ...] = ()
    replans: int = 0
    wall_s: float = 0.0
    late: bool = False
    """The run's deadline ended it."""

    @property
    def complete(self) -> bool:
        """Whether every task of the final plan is done, and no task was lost on the way into it."""
        return not self.warnings and all(self.outcomes[task.id].status == "done" for task in self.plan.tasks)


def failure(task: str, error: BaseException, *, status: OutcomeStatus = "failed", attempts: int = 1) -> Outcome:
    """Return the outcome of a task that an error ended; one that is none of ours becomes ``run_failed``."""
    if isinstance(error, QuestlineError):
        said = error.fields.get("detail") if error.code in _TOLD else None
        detail = said if isinstance(said, str) else ""
        return Outcome(
            task=task, status=status, code=error.code, message=error.message, attempts=attempts, detail=detail
        )
    message = f"{type(error).__name__}: {error}"
    return Outcome(task=task, status=status, code="run_failed", message=message, attempts=attempts)
