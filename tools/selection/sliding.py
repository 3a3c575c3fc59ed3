"""Select with a judge: windows front to back, and in the end every member once more beside the others.

The published loop (arXiv:2507.19102, spec 04 §2.3) slides 20 passages at a time, carries the first 10 of the selection,
and keeps whatever any window chose. Here a carried passage that is not chosen again leaves, the answer found so far is
carried too, two windows that add nothing end the sliding, and a last pass judges all that was ever chosen together, so
that an early false friend can leave. What single windows said makes the probabilities (`votes`).

The other schedule is quicker, for no window waits for another: all are judged side by side, without anything carried,
and only the last pass follows. It never ends early, and no window knows what another found.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, TypeAlias

from questline.errors import BudgetExceeded, UsageError
from questline.tools.arguments import check_flag, check_whole
from questline.tools.ranking.first_stage import as_meter
from questline.tools.text import words
from questline.types import AnswerWarning, Backend, Passage

from .checks import STEP, Request
from .contract import Limits, Selection
from .embedded import EmbeddedSelector
from .judge import Judge
from .judged import unjudged
from .minutes import Outcome, selection_of
from .sitting import Sitting, Unit, units_of

__all__ = ["SCHEDULES", "SelectionSchedule", "SlidingSelector"]

SelectionSchedule: TypeAlias = Literal["sliding", "parallel"]
SCHEDULES: Final[tuple[SelectionSchedule, ...]] = ("sliding", "parallel")

_AGREED: Final = 0.5
"""Least posterior of a member where no last pass was possible."""


class SlidingSelector:
    """Implements `questline.tools.selection.contract.Selector` with a judge of windows.

    Args:
        judge: `LLMJudge`, or any other `Judge`.
        window: Passages, or pieces of long ones, that are judged together.
        carry: Most members of the selection so far that are judged again in the next window.
        patience: So many windows in a row that add nothing and leave the answer unchanged end the sliding.
        piece_tokens: Longer passages are shown in pieces of about so many tokens, each judged for itself.
        schedule: ``sliding``, or ``parallel``: windows side by side, merged by the last pass.
        concurrency: Most windows that are judged side by side.
        strict: A judge that fails is an error; else the embedded selector judges in its place, with a warning.
        fallback: That selector; by words alone when left out.
        backend: What the judge is, for the selection.

    Raises:
        UsageError: ``bad_param`` unless 0 <= carry < window, and for a schedule that is not one.
    """

    def __init__(
        self,
        judge: Judge,
        *,
        window: int = 20,
        carry: int = 10,
        patience: int = 2,
        piece_tokens: int = 400,
        schedule: SelectionSchedule = "sliding",
        concurrency: int = 8,
        strict: bool = False,
        fallback: EmbeddedSelector | None = None,
        backend: Backend = "llm",
    ) -> None:
        counts = {"window": window, "patience": patience, "piece_tokens": piece_tokens, "concurrency": concurrency}
        for name, value in counts.items():
            check_whole(name, value, low=1, code="bad_param")
        if schedule not in SCHEDULES:
            raise UsageError(
                f"schedule={schedule!r} is not one of {', '.join(SCHEDULES)}", code="bad_param", argument="schedule"
            )
        if check_whole("carry", carry, low=0, code="bad_param") >= window:
            raise UsageError(f"carry={carry!r} must be below window={window!r}", code="bad_param", argument="carry")
        self._judge = judge
        self._window = window
        self._carry = carry
        self._patience = patience
        self._piece_tokens = piece_tokens
        self._schedule = schedule
        self._concurrency = concurrency
        self._strict = strict
        self._fallback = fallback or EmbeddedSelector()
        self._backend: Backend = backend

    async def select(
        self,
        question: str,
        passages: Sequence[Passage],
        *,
        max_set: int | None = None,
        tau: float | None = None,
        answer: bool = True,
        spans: bool = True,
        budget: Limits = None,
    ) -> Selection:
        """Select as `questline.tools.selection.contract.Selector` promises; the model always writes an answer first.

        Raises:
            UsageError: ``empty_question``, ``bad_document``, ``duplicate_id`` or ``bad_param``.
            ModelError: The judge failed and the selector is strict; carries ``usage``.
            BudgetExceeded: The selector is strict and the budget, but for its time, ended before a window was judged.
        """
        started = time.perf_counter()
        request = Request.read(question, passages, max_set=max_set, tau=tau)
        check_flag("answer", answer)
        check_flag("spans", spans)
        sitting = Sitting(
            question=request.stage.query,
            judge=self._judge,
            stand_in=self._fallback,
            strict=self._strict,
            meter=as_meter(budget),
        )
        units, cut = units_of(request, piece_tokens=self._piece_tokens)
        judged = self._slide if self._schedule == "sliding" else self._spread
        outcome = await judged(sitting, units)
        sitting.truncated |= cut
        if not sitting.votes.all and units:
            made = await self._without_judge(sitting, request, answer=answer, spans=spans)
        else:
            made = await asyncio.to_thread(
                selection_of, request, sitting, outcome, answer=answer, spans=spans, backend=self._backend
            )
        usage = replace(sitting.usage, seconds=time.perf_counter() - started)
        return replace(made, usage=usage, windows=sitting.asked, rounds=sitting.rounds)

    async def _slide(self, sitting: Sitting, units: Sequence[Unit]) -> Outcome:
        """Judge windows from front to back, then all that was ever chosen together."""
        selected: list[Unit] = []
        chosen_once: list[Unit] = []
        place = idle = windows = 0
        while place < len(units) and idle < self._patience:
            carried = selected[: self._carry]
            new = units[place : place + self._window - len(carried)]
            before = sitting.votes.answer()
            chosen = await sitting.window([*carried, *new], before)
            if chosen is None:
                return Outcome(members=_agreed(sitting, selected), complete=False)
            place += len(new)
            windows += 1
            added = [unit for unit in chosen if unit not in carried]
            same = words(sitting.votes.answer()) == words(before)
            idle = idle + 1 if windows > 1 and not added and same else 0
            # What was judged again and not chosen leaves; the last pass hears of it once more.
            selected = chosen + [unit for unit in selected if unit not in carried and unit not in chosen]
            chosen_once += [unit for unit in added if unit not in chosen_once]
        if windows < 2 or not chosen_once:
            return Outcome(members=frozenset(unit.index for unit in selected))
        return await self._last_pass(sitting, chosen_once)

    async def _spread(self, sitting: Sitting, units: Sequence[Unit]) -> Outcome:
        """Judge all windows side by side, then all that was chosen together."""
        windows = [units[start : start + self._window] for start in range(0, len(units), self._window)]
        chosen = await sitting.round(windows, "", concurrency=self._concurrency)
        once = [unit for part in chosen for unit in part or ()]
        if any(part is None for part in chosen):
            return Outcome(members=_agreed(sitting, once), complete=False)
        if len(windows) < 2 or not once:
            return Outcome(members=frozenset(unit.index for unit in once))
        return await self._last_pass(sitting, once)

    async def _last_pass(self, sitting: Sitting, units: list[Unit]) -> Outcome:
        """Judge what was ever chosen together; where it does not fit one window, the winners of several meet."""
        left = sorted(units, key=lambda unit: -sitting.votes.chance(unit.index))
        while True:
            groups = [left[start : start + self._window] for start in range(0, len(left), self._window)]
            side_by_side = self._concurrency if self._schedule == "parallel" else 1
            chosen = await sitting.round(groups, sitting.votes.answer(), concurrency=side_by_side)
            if any(part is None for part in chosen):
                return Outcome(members=_agreed(sitting, left), complete=False)
            kept = [unit for part in chosen for unit in part or ()]
            if len(groups) == 1 or len(kept) == len(left):
                return Outcome(members=frozenset(unit.index for unit in kept))
            left = kept

    async def _without_judge(self, sitting: Sitting, request: Request, *, answer: bool, spans: bool) -> Selection:
        """Return what the embedded selector chooses where no window was judged at all."""
        if sitting.ended == "seconds":
            return unjudged(request)
        if self._strict and isinstance(sitting.error, BudgetExceeded):
            sitting.error.usage = sitting.usage
            raise sitting.error
        made = await asyncio.to_thread(self._fallback.choose, request, answer=answer, spans=spans, meter=sitting.meter)
        warnings = list(sitting.warnings)
        if sitting.ended:
            message = f"the budget's {sitting.ended} allow no call; the embedded selector chose instead"
            warnings.append(AnswerWarning(code="budget_exhausted", message=message, step=STEP))
        return replace(made, warnings=(*made.warnings, *warnings), degraded=sitting.degraded)


def _agreed(sitting: Sitting, units: Sequence[Unit]) -> frozenset[int]:
    return frozenset(unit.index for unit in units if sitting.votes.chance(unit.index) >= _AGREED)
