"""The embedded mind of the tool planner: typed values, words and what servers say they hold; no language model."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final, Literal, cast

from questline.agents.intents.rules import checked
from questline.agents.intents.values import Intents
from questline.agents.spans import step_span
from questline.errors import PlanError, UsageError
from questline.telemetry import Attributes
from questline.tools.slot_filling.choosing import Judge
from questline.tools.stopping import check, stoppable
from questline.tools.tool_retrieval.index import ToolEncoder
from questline.types import AnswerWarning, Plan, Task

from .contract import Candidate, Excluded, Planned, Unserved
from .desk import Desk, this_day
from .drafts import Drafts
from .gate import gated
from .orders import ancestors
from .probing import Asker, Probes
from .problems import Problem
from .repair import repair
from .serving import serve
from .toolbox import Toolbox

if TYPE_CHECKING:
    from questline.tools.models.cross_encoder_cache import Judges

__all__ = ["STEP", "EmbeddedPlanner", "check_call", "finished_plan", "usable"]

STEP: Final = "tool_planner"
"""Name in spans, warnings and the ledger."""
_FOR_ASKING: Final = 0.4
"""Share of the deadline that asking sources may take."""
_FOR_READING: Final = 0.5
"""Share of the deadline after which free arguments are filled by rules alone."""


class EmbeddedPlanner:
    """Plan by rule (spec 02 §2.5, embedded default).

    Args:
        reader: Reads values of free arguments in the question; the shipped cross-encoder, or None for rules alone.
        encoder: Finds words that mean nearly the same; the shipped one, or None for words as they are.
        last_resort: The documents hold no answer: tools that take a question are asked also where their servers do not
            say that they hold one. New plans for what failed do so in any case.
        asker: Asks sources that only read, before one of them is chosen; None, and nothing is called for a plan.
        today: What "tomorrow" counts from.
    """

    def __init__(
        self,
        *,
        reader: Judge | Literal["shipped"] | None = "shipped",
        encoder: ToolEncoder | Literal["shipped"] | None = "shipped",
        last_resort: bool = False,
        asker: Asker | None = None,
        today: Callable[[], date] = this_day,
    ) -> None:
        self._reader = reader
        self._encoder = encoder
        self._last_resort = last_resort
        self._asker = asker
        self._today = today

    async def plan(
        self,
        question: str,
        intents: Intents,
        candidates: Sequence[Sequence[Candidate]],
        *,
        deadline_s: float,
        approve: bool = False,
        excluded: Excluded = frozenset(),
    ) -> Planned:
        """Return a plan that can run; see `ToolPlanner.plan`."""
        check_call(question, intents, candidates, deadline_s)
        with step_span(STEP) as span:
            span.set({Attributes.BACKEND: "embedded"})
            with stoppable():
                probes = self._probes(deadline_s)
                return await asyncio.to_thread(
                    self._planned, question, intents, candidates, deadline_s, approve, excluded, probes=probes
                )

    async def stream(
        self,
        question: str,
        intents: Intents,
        candidates: Sequence[Sequence[Candidate]],
        *,
        deadline_s: float,
        approve: bool = False,
        excluded: Excluded = frozenset(),
    ) -> AsyncIterator[Task | Planned]:
        """Yield all tasks at once, then the plan; see `ToolPlanner.stream`."""
        planned = await self.plan(
            question, intents, candidates, deadline_s=deadline_s, approve=approve, excluded=excluded
        )
        for task in planned.plan.tasks:
            yield task
        yield planned

    async def replan(
        self,
        failed: Task,
        why: str,
        *,
        question: str,
        intents: Intents,
        candidates: Sequence[Sequence[Candidate]],
        planned: Planned,
        replaced: Sequence[Task] = (),
        finished: frozenset[str] = frozenset(),
        deadline_s: float,
        approve: bool = False,
        excluded: Excluded = frozenset(),
    ) -> Sequence[Task] | None:
        """Plan the intents of a failed task anew without what failed; see `ToolPlanner.replan`."""
        check_call(question, intents, candidates, deadline_s)
        del why
        wanted = sorted(set(planned.serves.get(failed.id, ())))
        barred = excluded | {(failed.server, failed.tool)}
        gone = {failed.id, *(task.id for task in replaced)}
        taken = {task.id for task in planned.plan.tasks} | gone | finished
        kept = [
            task
            for task in planned.plan.tasks
            if task.id not in gone and (task.id in finished or (task.server, task.tool) not in barred)
        ]
        last = {number: task.id for task in kept for number in planned.serves.get(task.id, ()) if number not in wanted}
        with stoppable():
            new = await asyncio.to_thread(
                self._planned,
                question,
                intents,
                candidates,
                deadline_s,
                approve,
                barred,
                wanted=wanted,
                drafts=Drafts(tasks=list(kept), taken=taken, last=last),
                last_resort=True,
                probes=self._probes(deadline_s),
            )
        known = {task.id for task in kept}
        told = [task for task in new.plan.tasks if task.id not in known]
        return told or None

    def _planned(
        self, question: str, intents: Intents, candidates: Sequence[Sequence[Candidate]], deadline_s: float,
        approve: bool, excluded: Excluded, *, wanted: Sequence[int] | None = None, drafts: Drafts | None = None,
        last_resort: bool = False, probes: Probes | None = None,
    ) -> Planned:  # fmt: skip
        began = time.monotonic()
        allowed, held = gated(question, intents, usable(candidates, excluded), approve=approve)
        drafts = drafts or Drafts()

        def late() -> bool:
            return self._reader is not None and time.monotonic() - began >= _FOR_READING * deadline_s

        def read() -> Judge | None:
            return None if late() else self._now()

        desk = Desk(
            intents=intents,
            candidates=allowed,
            drafts=drafts,
            reader=read,
            judge=read,
            encoder=self._words,
            approve=approve,
            late=late,
            last_resort=last_resort or self._last_resort,
            probes=probes,
            held=held,
            today=self._today(),
            known=[one.tool for each in candidates for one in each],
        )
        for number in range(len(intents.items)) if wanted is None else wanted:
            check()
            serve(desk, number)
        serves = {name: tuple(sorted(numbers)) for name, numbers in drafts.serves.items()}
        return finished_plan(Plan(tasks=tuple(drafts.tasks)), serves, desk.unserved, candidates)

    def _probes(self, deadline_s: float) -> Probes | None:
        """Return what asks sources from the thread that plans; called in the running loop."""
        if self._asker is None:
            return None
        seconds = _FOR_ASKING * deadline_s
        return Probes(self._asker, asyncio.get_running_loop(), seconds=seconds, judge=self._judges)

    def _judges(self) -> Judges | None:
        judge = self._now()
        return cast("Judges", judge) if hasattr(judge, "judge") else None

    def _now(self) -> Judge | None:
        if not isinstance(self._reader, str):
            return self._reader
        from questline.tools.models.cross_encoder import CrossEncoder

        return CrossEncoder.load()

    def _words(self) -> ToolEncoder | None:
        if not isinstance(self._encoder, str):
            return self._encoder
        from questline.tools.models.encoder import Encoder

        return Encoder.load()


def check_call(question: str, intents: Intents, candidates: Sequence[Sequence[Candidate]], deadline_s: float) -> None:
    """Refuse what no plan can be made for.

    Raises:
        UsageError: ``empty_query``, ``bad_deadline``, ``bad_argument``.
    """
    checked(question)
    if isinstance(deadline_s, bool) or not isinstance(deadline_s, int | float) or not deadline_s > 0:  # pyright: ignore[reportUnnecessaryIsInstance]  # because callers may have no types
        raise UsageError(f"deadline_s={deadline_s!r} is not above 0", code="bad_deadline", argument="deadline_s")
    if math.isnan(deadline_s) or len(candidates) != len(intents.items):
        raise UsageError(
            f"there are candidates for {len(candidates)} intents, and {len(intents.items)} intents",
            code="bad_argument",
            argument="candidates",
        )


def usable(candidates: Sequence[Sequence[Candidate]], excluded: Excluded) -> list[list[Candidate]]:
    """Return the candidates that are not excluded."""
    return [[one for one in each if (one.tool.server, one.tool.name) not in excluded] for each in candidates]


def finished_plan(
    plan: Plan,
    serves: Mapping[str, tuple[int, ...]],
    unserved: Sequence[Unserved],
    candidates: Sequence[Sequence[Candidate]],
) -> Planned:
    """Mend a plan, and leave out what cannot be: its intents are then unserved."""
    toolbox = Toolbox([one.tool for each in candidates for one in each])
    lost: dict[int, str] = {}
    while True:
        try:
            mended = repair(plan, toolbox)
            break
        except PlanError as error:
            problems: tuple[Problem, ...] = error.fields["problems"]  # pyright: ignore[reportAssignmentType]  # because fields are untyped
            bad = {problem.task for problem in problems}
            waits = ancestors({task.id: list(task.depends_on) for task in plan.tasks})
            bad |= {task.id for task in plan.tasks if waits[task.id] & bad}
            reasons = {problem.task: problem.reason for problem in problems}
            for task in plan.tasks:
                for number in serves.get(task.id, ()) if task.id in bad else ():
                    lost.setdefault(number, reasons.get(task.id, error.message))
            plan = Plan(tasks=tuple(task for task in plan.tasks if task.id not in bad))
    tasks = mended.plan.tasks
    kept = {task.id: serves.get(task.id, ()) for task in tasks}
    reached = {number for numbers in kept.values() for number in numbers}
    told = {one.intent for one in unserved}
    more = [
        Unserved(intent=number, code="no_tool", message=f"its call cannot be made: {reason}")
        for number, reason in sorted(lost.items())
        if number not in reached and number not in told
    ]
    changes = [AnswerWarning(code="plan_mended", message=str(change), step=STEP) for change in mended.changes]
    return replace(Planned(plan=mended.plan, serves=kept), unserved=(*unserved, *more), warnings=tuple(changes))
