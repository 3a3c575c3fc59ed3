"""One step of a run: checked against the budget, bounded in time, timed, streamed, and written in the ledger.

A step that the budget ends is data, not an error: its `Outcome` names the limit and the graph goes on to the answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, Generic, Protocol, TypeVar

from questline.agents.contract import Context
from questline.budget import LIMIT_NAMES
from questline.errors import BudgetExceeded, ModelError, QuestlineError, RunError
from questline.tools.models.cache_hits import CacheHits, counting
from questline.tools.models.llm_contract import Role
from questline.types import AnswerWarning, Backend, Event, LedgerEntry, Usage

from .state import Update

__all__ = ["Outcome", "budget_warning", "perform", "reserve_s"]

_RESERVE_SHARE: Final = 0.1
_RESERVE_MOST_S: Final = 0.25


class Costed(Protocol):
    """What a decision and an executor's result have in common."""

    @property
    def usage(self) -> Usage: ...
    @property
    def warnings(self) -> tuple[AnswerWarning, ...]: ...
    @property
    def backend(self) -> Backend: ...
    @property
    def model(self) -> str: ...
    @property
    def degraded(self) -> bool: ...


T = TypeVar("T", bound=Costed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[T]):
    """What became of a step: a value, a limit of the budget, or a failure."""

    value: T | None = None
    limit: str = ""
    error: RunError | None = None
    entry: LedgerEntry
    warnings: tuple[AnswerWarning, ...] = ()

    def update(self) -> Update:
        """Return the part of the state that every step writes."""
        update: Update = {"entries": (self.entry,), "warnings": self.warnings}
        if self.limit:
            update["stopped"] = self.limit
        return update


def reserve_s(context: Context) -> float:
    """Return the seconds kept back from every step, so that there is time left to make an answer of what exists."""
    seconds = context.meter.budget.seconds
    return 0.0 if seconds is None else min(_RESERVE_MOST_S, seconds * _RESERVE_SHARE)


def budget_warning(limit: str, context: Context, step: str = "") -> AnswerWarning:
    """Return the warning that names the limit which ended a run."""
    return AnswerWarning(
        code="budget_exhausted",
        message=f"The {LIMIT_NAMES.get(limit, limit)} was reached ({context.meter.budget}); the answer is made of what "
        "was found by then. Allow more with a larger budget.",
        step=step,
    )


async def perform(
    context: Context,
    step: str,
    task: str,
    work: Callable[[], Awaitable[T]],
    *,
    role: Role | None = None,
    detail: Callable[[T], str] = lambda value: str(getattr(value, "detail", "")),
    last: bool = False,
) -> Outcome[T]:
    """Run one step.

    Args:
        context: Its meter bounds the step.
        step: Executor token or role, for the ledger.
        task: Id of the task it works for.
        work: Starts the step.
        role: The role whose model it asks; where a language model serves it, the limits on calls, tokens and US dollars
            count beside the seconds.
        detail: One line for the trace.
        last: Whether the step may use the reserve of time, because nothing comes after it.

    Raises:
        QuestlineError: Whatever is the caller's to fix, and every failure in strict mode (``run_failed`` for an
            exception that the step should not have let out).
    """
    context.emit(Event(kind="step_started", task=task, step=step))
    meter, started_s, began = context.meter, context.meter.elapsed_s, time.perf_counter()
    value: T | None = None
    hits = CacheHits()
    limit, error, failed = "", None, Usage()
    left = meter.seconds_left
    clock = asyncio.timeout(None if left is None else max(0.0, left - (0.0 if last else reserve_s(context))))
    llm = role is not None and context.llm is not None and context.llm.serves(role)
    try:
        meter.check(llm=llm)
        with counting() as hits:
            async with clock:
                value = await work()
    except BudgetExceeded as stop:
        limit, failed = str(stop.fields.get("limit", "seconds")), stop.usage
    except TimeoutError as late:
        if clock.expired():
            limit = "seconds"
        else:
            error = _failed(f"step {step} ran into a time-out of its own: {late}", step, late)
    except RunError as failure:
        error, failed = failure, failure.usage if isinstance(failure, ModelError) else failed
    except (QuestlineError, asyncio.CancelledError):
        raise
    except Exception as failure:  # noqa: BLE001 because a part of a question that breaks must not take the others along
        error = _failed(f"step {step} failed: {failure!r}", step, failure)
    if error is not None and context.strict:
        raise error
    entry = _entry(step, task, value, detail) if value is not None else _unfinished(step, task, error, limit, failed)
    seconds, remembered = max(0.0, time.perf_counter() - began), entry.usage.cache_hits + hits.count
    entry = replace(entry, started_s=started_s, usage=replace(entry.usage, seconds=seconds, cache_hits=remembered))
    warnings = _warnings(step, context, value, error, limit)
    for warning in warnings:
        context.emit(Event(kind="warning", task=task, step=step, text=f"{warning.code}: {warning.message}"))
    context.emit(Event(kind="step_finished", task=task, step=step, text=entry.detail, entry=entry))
    return Outcome(value=value, limit=limit, error=error, entry=entry, warnings=warnings)


def _failed(message: str, step: str, cause: Exception) -> RunError:
    error = RunError(message, step=step)
    error.__cause__ = cause
    return error


def _entry(step: str, task: str, value: T, detail: Callable[[T], str]) -> LedgerEntry:
    return LedgerEntry(
        step=step,
        task=task,
        backend=value.backend,
        model=value.model,
        usage=value.usage,
        degraded=value.degraded,
        detail=detail(value),
    )


def _unfinished(step: str, task: str, error: RunError | None, limit: str, usage: Usage) -> LedgerEntry:
    reason = (
        f"failed: {error.code}" if error is not None else f"stopped: the {LIMIT_NAMES.get(limit, limit)} was reached"
    )
    return LedgerEntry(step=step, task=task, usage=usage, detail=reason)


def _warnings(
    step: str, context: Context, value: Costed | None, error: RunError | None, limit: str
) -> tuple[AnswerWarning, ...]:
    if value is not None:
        return value.warnings
    if error is not None:
        return (AnswerWarning(code=error.code, message=error.message, step=step),)
    return (budget_warning(limit, context, step),)
