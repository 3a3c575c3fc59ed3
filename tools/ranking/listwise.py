"""Rank with a judge: windows by schedule, one order and calibrated scores from all of them, and no failure unseen."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from questline.budget import Meter
from questline.errors import ModelError, UsageError
from questline.tools.arguments import check_whole
from questline.types import AnswerWarning, Backend, Passage

from .calibration import Calibration, Platt
from .contract import Limits, RankedPassage, Ranker, Ranking, RankStatus
from .early_stop import EarlyStop
from .first_stage import FirstStage, as_meter, check_top_n
from .judge import Judge
from .panel import Minutes, Panel
from .schedules import SCHEDULES, ScheduleName, Windows, start
from .scoring import Scoring, Settled

__all__ = ["UNFITTED", "ListwiseRanker"]

UNFITTED: Final = Platt(slope=0.5, intercept=-0.5)
"""A rough map for a judge whose answers were never compared with labels; fit one of your own where scores matter
(`questline.training.ranking.calibrate`)."""
_STEP: Final = "rank"
_PAID: Final = frozenset({"calls", "tokens", "usd"})
"""Limits of a budget that leave a ranker without a language model all the time it needs."""


class ListwiseRanker:
    """Rank by a judge of windows; implements `questline.tools.ranking.contract.Ranker`.

    Args:
        judge: Orders a window: `LLMJudge`, or any other `Judge`.
        schedule: ``partition`` (few rounds, side by side), ``sliding`` or ``full``.
        windows: Their size, step and passes.
        scoring: How orders and first stage become strengths.
        calibration: From strengths to probabilities.
        concurrency: Most windows judged side by side.
        strict: A window that cannot be judged is an error instead of keeping its order.
        early_stop: Which windows need not be judged.
        fallback: Ranks in the judge's place when no window could be judged; without one the first stage's order stands.
        backend: What the judge is, for the ranking.

    Raises:
        UsageError: ``bad_param`` for an unknown schedule or a concurrency below 1.
    """

    def __init__(
        self,
        judge: Judge,
        *,
        schedule: ScheduleName = "partition",
        windows: Windows | None = None,
        scoring: Scoring | None = None,
        calibration: Calibration = UNFITTED,
        concurrency: int = 8,
        strict: bool = False,
        early_stop: EarlyStop | None = None,
        fallback: Ranker | None = None,
        backend: Backend = "llm",
    ) -> None:
        if schedule not in SCHEDULES:
            raise UsageError(
                f"schedule={schedule!r} is not one of {', '.join(SCHEDULES)}", code="bad_param", argument="schedule"
            )
        check_whole("concurrency", concurrency, low=1, code="bad_param")
        self._panel = Panel(judge, concurrency=concurrency, strict=strict, early_stop=early_stop)
        self._schedule: ScheduleName = schedule
        self._windows = windows or Windows()
        self._scoring = scoring or Scoring()
        self._calibration = calibration
        self._fallback = fallback
        self._strict = strict
        self._backend: Backend = backend

    async def rank(
        self, query: str, passages: Sequence[Passage], *, top_n: int | None = None, budget: Limits = None
    ) -> Ranking:
        """Rank as `questline.tools.ranking.contract.Ranker` promises.

        Raises:
            UsageError: ``empty_query``, ``bad_document``, ``duplicate_id`` or ``bad_param``.
            ModelError: A window could not be judged and the ranker is strict; carries ``usage``.
        """
        started = time.perf_counter()
        stage = FirstStage.read(query, passages)
        top = check_top_n(top_n, len(stage.passages))
        meter = as_meter(budget)
        schedule = start(self._schedule, stage.order, self._windows)
        minutes = await self._panel.run(stage, schedule, top_n=top, meter=meter)
        settled = self._scoring.settle(minutes.order, minutes.orders, stage)
        ranking = self._ranking(stage, minutes, settled, top)
        free = minutes.error is not None or minutes.ended in _PAID
        if ranking.status == "unranked" and free and self._fallback is not None and not self._strict:
            ranking = await self._by_fallback(ranking, query, stage, top, meter)
        return replace(ranking, usage=replace(ranking.usage, seconds=time.perf_counter() - started))

    def _ranking(self, stage: FirstStage, minutes: Minutes, settled: Settled, top: int) -> Ranking:
        n = len(stage.passages)
        status: RankStatus = "ranked"
        if n > 1 and len(minutes.touched) < n:
            status = "partial" if minutes.touched else "unranked"
        chances = np.clip(self._calibration(settled.strengths), 0.0, 1.0)
        items = tuple(
            RankedPassage(
                id=stage.passages[index].id,
                index=index,
                rank=rank,
                score=float(chances[index]),
                raw=float(settled.strengths[index]),
                warnings=_warnings_of(index, minutes, untouched=n > 1 and index not in minutes.touched),
            )
            for rank, index in enumerate(settled.order, start=1)
        )
        return Ranking(
            items=items,
            top_n=top,
            status=status,
            warnings=(*stage.warnings, *_unique(minutes.warnings), *_summary(minutes, status)),
            usage=minutes.usage,
            rounds=minutes.rounds,
            reports=tuple(minutes.reports),
            backend=self._backend,
            model=minutes.model,
            degraded=minutes.degraded,
        )

    async def _by_fallback(self, ranking: Ranking, query: str, stage: FirstStage, top: int, meter: Meter) -> Ranking:
        assert self._fallback is not None
        other = await self._fallback.rank(query, stage.passages, top_n=top, budget=meter)
        return replace(
            other,
            warnings=(*ranking.warnings, *other.warnings),
            usage=ranking.usage + other.usage,
            reports=ranking.reports,
            degraded=ranking.degraded or other.degraded,
        )


def _warnings_of(index: int, minutes: Minutes, *, untouched: bool) -> tuple[str, ...]:
    told = {
        "truncated": index in minutes.truncated,
        "untouched": untouched,
        "instructions": index in minutes.cleaned,
    }
    return tuple(name for name, holds in told.items() if holds)


def _unique(warnings: Sequence[AnswerWarning]) -> tuple[AnswerWarning, ...]:
    return tuple(dict.fromkeys(warnings))


def _summary(minutes: Minutes, status: RankStatus) -> list[AnswerWarning]:
    """Return one warning for all repairs, one for an early end, and one where nothing could be judged."""
    found: list[AnswerWarning] = []
    repaired = [report for report in minutes.reports if report.repaired]
    if repaired:
        faults = Counter[str]()
        for report in repaired:
            faults.update(duplicates=report.duplicates, foreign=report.foreign, missing=report.missing)
        counts = ", ".join(f"{count} {name}" for name, count in faults.items() if count)
        message = f"{len(repaired)} of {len(minutes.reports)} answers were repaired ({counts})"
        found.append(AnswerWarning(code="repaired", message=message, step=_STEP))
    if minutes.ended and minutes.ended != "backend":
        message = f"the budget's {minutes.ended} ended before all was judged; this is the best order so far"
        code = "deadline_reached" if minutes.ended == "seconds" else "budget_exhausted"
        found.append(AnswerWarning(code=code, message=message, step=_STEP))
    if status == "unranked" and isinstance(minutes.error, ModelError):
        message = f"nothing could be judged, the first stage's order stands ({minutes.error.message})"
        found.append(AnswerWarning(code="backend_unavailable", message=message, step=_STEP))
    return found
