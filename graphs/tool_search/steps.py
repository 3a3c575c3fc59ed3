"""One step of tool search: bounded in time, timed, streamed, and written in the ledger; and how the time is shared out.

A step that takes too long is let go, not waited for, so that the answer is there when the deadline is.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

from questline.agents.contract import Context
from questline.deadline import bounded
from questline.errors import BudgetExceeded, ModelError, QuestlineError, RunError, ToolTimeout
from questline.graphs.adaptive_rag.state import Update
from questline.graphs.adaptive_rag.steps import Costed
from questline.tools.stopping import stoppable
from questline.types import AnswerWarning, Event, LedgerEntry, Usage

__all__ = ["LONGEST_S", "LOOSE", "Step", "compose_reserve_s", "left_s", "share_s", "timed"]

T = TypeVar("T", bound=Costed)
LONGEST_S: Final = 3600.0
"""What a step may take where the question has no deadline."""
LOOSE: Final[set[asyncio.Task[Any]]] = set()
"""Steps that were cancelled and have not ended; asyncio itself would forget them."""
_LEAST_S: Final = 0.001
_RESERVE_SHARE: Final = 0.15
_RESERVE_MOST_S: Final = 1.0
_RESERVE_SHARE_LLM: Final = 0.35
_RESERVE_MOST_LLM_S: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[T]):
    """What became of a step."""

    value: T | None = None
    error: RunError | None = None
    entry: LedgerEntry
    warnings: tuple[AnswerWarning, ...] = ()

    def update(self) -> Update:
        """Return the part of the state that every step writes."""
        return {"entries": (self.entry,), "warnings": self.warnings}


def left_s(context: Context) -> float:
    """Return the seconds until the question's deadline; infinite without one."""
    left = context.meter.seconds_left
    return math.inf if left is None else left


def share_s(context: Context, share: float) -> float:
    """Return a share of the seconds that are left: above 0, and never infinite."""
    return max(_LEAST_S, min(LONGEST_S, share * left_s(context)))


def compose_reserve_s(context: Context, *, llm: bool) -> float:
    """Return the seconds kept back from the tasks, so that there is time to compose an answer of what they found.

    Args:
        context: Of the question.
        llm: Whether a language model composes.
    """
    seconds = context.meter.budget.seconds
    if seconds is None:
        return 0.0
    if llm:
        return min(_RESERVE_MOST_LLM_S, seconds * _RESERVE_SHARE_LLM)
    return min(_RESERVE_MOST_S, seconds * _RESERVE_SHARE)


async def timed(
    context: Context,
    step: str,
    work: Coroutine[Any, Any, T],
    *,
    seconds: float,
    detail: Callable[[T], str],
    task: str = "",
) -> Step[T]:
    """Run one step.

    Args:
        context: Of the question.
        step: Its name in the ledger.
        work: The step.
        seconds: It is cancelled after so many, and not waited for; its threads are told to stop.
        detail: One line for the trace.
        task: Id of the task it works for.

    Raises:
        QuestlineError: Whatever is the caller's to fix, and every failure in strict mode but the end of the time.
    """
    context.emit(Event(kind="step_started", task=task, step=step))
    started_s, began = context.meter.elapsed_s, time.perf_counter()
    value: T | None = None
    error: RunError | None = None
    try:
        value = await bounded(_stopping(work), seconds, loose=LOOSE)
    except TimeoutError:
        error = ToolTimeout(f"the step {step} was not done after {seconds:.3f} s", code="deadline_reached", step=step)
    except Exception as failed:  # noqa: BLE001 because a step that breaks must not take the answer along
        error = _failure(failed, step)
        if context.strict and not isinstance(error, BudgetExceeded):
            raise error from error.__cause__
    entry = _entry(value, error, step, task, detail)
    usage = replace(entry.usage, seconds=max(0.0, time.perf_counter() - began))
    entry = replace(entry, usage=usage, started_s=started_s)
    warnings = value.warnings if value is not None else ()
    if error is not None:
        warnings = (AnswerWarning(code=error.code, message=error.message, step=step),)
    for warning in warnings:
        context.emit(Event(kind="warning", task=task, step=step, text=f"{warning.code}: {warning.message}"))
    context.emit(Event(kind="step_finished", task=task, step=step, text=entry.detail, entry=entry))
    return Step(value=value, error=error, entry=entry, warnings=warnings)


async def _stopping(work: Coroutine[Any, Any, T]) -> T:
    with stoppable():
        return await work


def _failure(failed: Exception, step: str) -> RunError:
    """Return what ended a step; raise what is the caller's to fix."""
    if isinstance(failed, RunError):
        return failed
    if isinstance(failed, QuestlineError):
        raise failed
    error = RunError(f"the step {step} failed: {failed!r}", step=step)
    error.__cause__ = failed
    return error


def _entry(value: T | None, error: RunError | None, step: str, task: str, detail: Callable[[T], str]) -> LedgerEntry:
    if value is None:
        spent = error.usage if isinstance(error, (BudgetExceeded, ModelError)) else Usage()
        return LedgerEntry(step=step, task=task, usage=spent, detail=f"failed: {error.code}" if error else "")
    return LedgerEntry(
        step=step,
        task=task,
        backend=value.backend,
        model=value.model,
        usage=value.usage,
        degraded=value.degraded,
        detail=detail(value),
    )
