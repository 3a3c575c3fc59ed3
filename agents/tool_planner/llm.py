"""The tool planner that asks a language model: its tasks start while it still writes; rules plan when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from questline.agents.contract import Context
from questline.agents.intents.values import Intents
from questline.agents.prompting import prompt_for
from questline.agents.spans import count_fallback, step_span
from questline.errors import BudgetExceeded, ModelError
from questline.telemetry import Attributes
from questline.tools.fencing import inline
from questline.tools.models.llm_contract import LLM, Completion
from questline.types import AnswerWarning, Plan, Task, Usage

from .contract import Candidate, Excluded, Planned, ToolPlanner
from .embedded import STEP, EmbeddedPlanner, check_call, usable
from .plan_being_written import PlanBeingWritten
from .proposal import MOST_TASKS, SCHEMA, Proposal, shown_needs, shown_tools

__all__ = ["LLMPlanner", "tool_planner"]

_MAX_TOKENS: Final = 1_600
_READ: Final = 8_000
"""Characters of a question that a model is shown; for a longer one the rules plan."""
_SHARE: Final = 0.75
"""Share of the deadline that a model may take; the rest is for the rules."""


def tool_planner(context: Context, *, embedded: EmbeddedPlanner | None = None) -> ToolPlanner:
    """Return the planner of a run: the model of the role ``tool_planner`` where there is one, else the embedded one."""
    rules = embedded or EmbeddedPlanner()
    if context.llm is None or not context.llm.serves("tool_planner"):
        return rules
    return LLMPlanner(context, rules)


class LLMPlanner:
    """Plan with a language model; of one question, as its `Context` is.

    It writes a call a line. Its answer is read strictly, mended by `repair`, and asked for once more where that fails,
    then held to a schema of JSON where the server can do that; after that the embedded mind plans, with ``degraded``
    and a warning.
    """

    def __init__(self, context: Context, embedded: EmbeddedPlanner | None = None) -> None:
        self._context = context
        self._embedded = embedded or EmbeddedPlanner()

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
        planned: Planned | None = None
        async for each in self.stream(
            question, intents, candidates, deadline_s=deadline_s, approve=approve, excluded=excluded
        ):
            planned = each if isinstance(each, Planned) else planned
        assert planned is not None  # the last that a stream yields
        return planned

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
        """Yield tasks while the model writes, then the plan; see `ToolPlanner.stream`."""
        check_call(question, intents, candidates, deadline_s)
        llm = self._context.llm
        allowed = usable(candidates, excluded)
        writing = PlanBeingWritten(question=question, intents=intents, candidates=allowed, approve=approve)
        if llm is None or len(question) > _READ or not any(allowed):
            async for each in self._embedded.stream(
                question, intents, candidates, deadline_s=deadline_s, approve=approve, excluded=excluded
            ):
                yield each
            return
        with step_span(STEP) as span:
            asked = asyncio.create_task(self._ask(llm, question, writing, deadline_s))
            try:
                async for task in writing.follow(asked):
                    yield task
                done = await asked
                planned = writing.planned(done.value)
                span.set({Attributes.BACKEND: "llm"})
                for task in _in_order(planned.plan, writing.yielded):
                    yield task
                yield replace(planned, backend="llm", model=done.model, usage=done.usage)
            except (ModelError, BudgetExceeded, TimeoutError) as error:
                if self._context.strict and isinstance(error, ModelError):
                    raise
                late = isinstance(error, TimeoutError)
                code, told = ("deadline_reached", "it took too long") if late else (error.code, error.message)
                usage = Usage() if late else error.usage
                count_fallback(span, STEP, code)
                message = f"{STEP}: the model failed ({code}: {told}); the rules planned"
            else:
                return
            finally:
                asked.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await asked
        fallback = await self._embedded.plan(
            question, intents, candidates, deadline_s=deadline_s, approve=approve, excluded=excluded
        )
        joined = writing.joined(fallback)
        for task in _in_order(joined.plan, writing.yielded):
            yield task
        warning = AnswerWarning(code="degraded", message=message, step=STEP)
        yield replace(joined, warnings=(warning, *joined.warnings), usage=usage, degraded=True)

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
        """Plan the intents of a failed task anew, by rule: time is short then; see `ToolPlanner.replan`."""
        return await self._embedded.replan(
            failed, why, question=question, intents=intents, candidates=candidates, planned=planned, replaced=replaced,
            finished=finished, deadline_s=deadline_s, approve=approve, excluded=excluded,
        )  # fmt: skip

    async def _ask(self, llm: LLM, question: str, writing: PlanBeingWritten, deadline_s: float) -> Completion[Proposal]:
        prompt = prompt_for("tool_planner", self._context).render(
            question=inline(question, limit=_READ),
            needs=shown_needs(writing.intents),
            tools=shown_tools(writing.candidates),
            limit=MOST_TASKS,
        )
        async with asyncio.timeout(_SHARE * deadline_s):
            return await llm.complete(
                replace(prompt, schema=SCHEMA),
                role="tool_planner",
                meter=self._context.meter,
                parse=writing.read,
                max_tokens=_MAX_TOKENS,
                on_token=writing.take,
            )


def _in_order(plan: Plan, yielded: Mapping[str, Task]) -> Iterator[Task]:
    """Yield the tasks that were not handed on while they were written, each behind those that it depends on."""
    told, waiting = set(yielded), [task for task in plan.tasks if task.id not in yielded]
    while ready := [task for task in waiting if told.issuperset(task.depends_on)]:
        yield from ready
        told |= {task.id for task in ready}
        waiting = [task for task in waiting if task.id not in told]
