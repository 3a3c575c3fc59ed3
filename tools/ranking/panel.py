"""Drive a schedule with a judge: windows side by side, each order held to the contract, and an end in time.

A window that a judge fails on keeps the order it had; one that was not judged when time or budget ended does too.
Nothing that a judge returns or raises can lose a passage or name one twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from questline.budget import Meter
from questline.errors import BudgetExceeded, ModelError, QuestlineError
from questline.types import AnswerWarning, Usage

from .early_stop import EarlyStop
from .first_stage import FirstStage
from .judge import Judge, Verdict, numbers
from .permutation import Report, repair
from .schedules import Orders, Schedule

__all__ = ["Minutes", "Panel"]

_STEP: Final = "rank"
_UNAVAILABLE: Final = ("backend_unavailable", "model_refused")
_GIVE_UP: Final = 2
"""Rounds one after the other in which no window got an answer; a server that is down is not asked nine times."""


@dataclass(slots=True, kw_only=True)
class Minutes:
    """What happened while a list was judged."""

    order: tuple[int, ...]
    """Positions of all passages, best first."""
    orders: list[tuple[int, ...]] = field(default_factory=list[tuple[int, ...]])
    """Of each window that was judged."""
    reports: list[Report] = field(default_factory=list[Report])
    warnings: list[AnswerWarning] = field(default_factory=list[AnswerWarning])
    usage: Usage = field(default_factory=Usage)
    rounds: int = 0
    asked: int = 0
    """Windows that the judge was asked about."""
    skipped: int = 0
    """Windows that early stopping left as they were."""
    touched: set[int] = field(default_factory=set[int])
    """Positions that a usable order placed."""
    truncated: set[int] = field(default_factory=set[int])
    cleaned: set[int] = field(default_factory=set[int])
    model: str = ""
    degraded: bool = False
    ended: str = ""
    """What ended the judging: ``seconds``, ``calls``, ``tokens``, ``usd``, or ``backend`` when no answer came."""
    error: QuestlineError | None = None
    """The last error of a judge."""


class Panel:
    """One judge for the windows of a schedule.

    Args:
        judge: Asked about each window.
        concurrency: Most windows judged side by side.
        strict: An error of the judge ends the ranking instead of leaving its window as it was.
        early_stop: Which windows need not be judged.
    """

    def __init__(
        self, judge: Judge, *, concurrency: int = 8, strict: bool = False, early_stop: EarlyStop | None = None
    ) -> None:
        self._judge = judge
        self._concurrency = concurrency
        self._strict = strict
        self._early_stop = early_stop

    async def run(self, stage: FirstStage, schedule: Schedule, *, top_n: int, meter: Meter) -> Minutes:
        """Drive `schedule` over the passages of `stage` to its end, or to the end of what `meter` allows."""
        sitting = _Sitting(self._judge, stage, meter, self._strict, asyncio.Semaphore(self._concurrency))
        try:
            return await self._drive(sitting, schedule, stage, top_n, meter)
        except QuestlineError as error:
            error.usage = sitting.minutes.usage
            raise
        finally:
            schedule.close()

    async def _drive(
        self, sitting: _Sitting, schedule: Schedule, stage: FirstStage, top_n: int, meter: Meter
    ) -> Minutes:
        minutes = sitting.minutes
        answers: Orders | None = None
        while True:
            try:
                now = next(schedule) if answers is None else schedule.send(answers)
            except StopIteration as end:
                minutes.order = end.value
                return minutes
            minutes.order = now.order
            minutes.ended = minutes.ended or meter.exhausted(llm=False) or ""
            if minutes.ended:
                return minutes
            skip = [await self._skips(window, now.order, stage, top_n, meter) for window in now.windows]
            minutes.skipped += sum(skip)
            minutes.touched |= {
                index for window, idle in zip(now.windows, skip, strict=True) if idle for index in window
            }
            minutes.rounds += not all(skip)
            answers = await sitting.round([w for w, idle in zip(now.windows, skip, strict=True) if not idle])
            if any(skip):
                left = iter(answers)
                answers = [w if idle else next(left) for w, idle in zip(now.windows, skip, strict=True)]

    async def _skips(
        self, window: Sequence[int], order: Sequence[int], stage: FirstStage, top_n: int, meter: Meter
    ) -> bool:
        if self._early_stop is None:
            return False
        return await self._early_stop.skips(window, order, stage, top_n=top_n, meter=meter)


class _Sitting:
    """One run of a panel."""

    def __init__(self, judge: Judge, stage: FirstStage, meter: Meter, strict: bool, room: asyncio.Semaphore) -> None:
        self._judge = judge
        self._stage = stage
        self._meter = meter
        self._strict = strict
        self._room = room
        self._lost = 0
        self._lost_rounds = 0
        self.minutes = Minutes(order=stage.order)

    async def round(self, windows: Sequence[tuple[int, ...]]) -> list[tuple[int, ...] | None]:
        """Judge windows side by side until all are done or time is up."""
        tasks = [asyncio.ensure_future(self._window(window)) for window in windows]
        if not tasks:
            return []
        self._lost = 0
        try:
            await asyncio.wait(tasks, timeout=self._meter.seconds_left, return_when=asyncio.FIRST_EXCEPTION)
            late = {task for task in tasks if not task.done()}
        finally:
            # Also when this round itself is cancelled: no request goes on unheard.
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in ended:
            if isinstance(outcome, BaseException) and not isinstance(outcome, asyncio.CancelledError):
                raise outcome  # only a strict panel's own
        if late:
            self.minutes.ended = self.minutes.ended or "seconds"
        self._lost_rounds = self._lost_rounds + 1 if self._lost == len(tasks) else 0
        if self._lost_rounds == _GIVE_UP:
            self.minutes.ended = self.minutes.ended or "backend"
        return [None if isinstance(outcome, BaseException) else outcome for outcome in ended]

    async def _window(self, window: tuple[int, ...]) -> tuple[int, ...] | None:
        """Ask about one window; None when nothing usable came of it."""
        minutes = self.minutes
        async with self._room:
            if minutes.ended:
                return None
            minutes.asked += 1
            try:
                passages = [self._stage.passages[index] for index in window]
                verdict = await self._judge.permute(self._stage.query, passages, meter=self._meter)
            except BudgetExceeded as error:
                minutes.ended = minutes.ended or str(error.fields.get("limit", "calls"))
                minutes.usage += error.usage
                return None
            except QuestlineError as error:
                minutes.usage += error.usage
                return self._failed(error)
            except Exception as error:  # noqa: BLE001 because a judge of the user's own may raise anything
                return self._failed(ModelError(f"the judge failed ({type(error).__name__}: {error})"))
        return self._heard(window, verdict)

    def _failed(self, error: QuestlineError) -> None:
        if self._strict:
            raise error
        minutes = self.minutes
        self._lost += error.code in _UNAVAILABLE
        minutes.error = error
        minutes.degraded = True
        message = f"a window was not judged and keeps its order ({error.code}: {error.message})"
        minutes.warnings.append(AnswerWarning(code="degraded", message=message, step=_STEP))

    def _heard(self, window: tuple[int, ...], verdict: Verdict) -> tuple[int, ...] | None:
        """Hold a verdict to the contract and keep what it says."""
        minutes = self.minutes
        minutes.usage += verdict.usage
        minutes.warnings += verdict.warnings
        minutes.degraded |= verdict.degraded
        minutes.model = verdict.model or minutes.model
        made = repair(numbers(verdict), len(window))
        report = verdict.report if verdict.report is not None and made.report.valid else made.report
        if verdict.finish_reason == "length":
            report = Report(valid=False, missing=len(window), overlong=True)
        minutes.reports.append(report)
        minutes.truncated |= {window[place] for place in verdict.truncated if place < len(window)}
        minutes.cleaned |= {window[place] for place in verdict.cleaned if place < len(window)}
        if report.failed:
            return self._failed(ModelError("the judge returned no usable order", code="bad_model_output"))
        order = tuple(window[number - 1] for number in made.order)
        minutes.orders.append(order)
        minutes.touched |= set(window)
        return order
