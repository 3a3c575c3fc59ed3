"""The frame of an executor with two backends: ask the language model, else use the embedded algorithm, visibly."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar

from questline.agents.contract import Context, Result, Work
from questline.agents.spans import count_fallback, step_span
from questline.agents.workflow_planner.workflow import Token
from questline.errors import ModelError
from questline.telemetry import Attributes, SpanHandle
from questline.tools.models.llm_contract import LLM, Role
from questline.types import AnswerWarning

__all__ = ["TokenStep", "TwoBackends", "timed"]


class TwoBackends(ABC):
    """A role that a language model or the embedded algorithm can play; instances hold no state of a run.

    A model that fails (after the gateway's own retries) is answered for by the embedded backend: the result says
    ``degraded``, warns, and carries what the failed attempts cost. In a strict context the failure is raised.
    `BudgetExceeded` is always raised, also where the embedded backend could go on without a model: whether a cheaper
    finish is wanted is the graph's decision, and it can run the step again in a context without ``llm``.
    """

    role: ClassVar[Role]

    def __init__(self, step: str) -> None:
        self.step = step
        """Name in spans, warnings and the ledger."""

    async def run(self, work: Work, context: Context) -> Result:
        """Do the step; see `questline.agents.contract.Executor`."""
        started = time.perf_counter()
        with step_span(self.step, task=work.task) as span:
            context.meter.check(llm=False)
            result = self.without_backend(work, context)
            if result is None:
                result = await self._with_backend(work, context, span)
            span.set({Attributes.BACKEND: result.backend})
        return timed(result, started)

    async def _with_backend(self, work: Work, context: Context, span: SpanHandle) -> Result:
        if context.llm is None or not context.llm.serves(self.role):
            return await self._embedded(work, context)
        try:
            return await self.ask(work, context, context.llm)
        except ModelError as error:
            if context.strict:
                raise
            count_fallback(span, self.step, error.code)
            failed = error
        result = await self._embedded(work, context)
        return replace(
            result,
            usage=result.usage + failed.usage,
            warnings=(*self.warnings_of(failed), *result.warnings),
            degraded=True,
        )

    async def _embedded(self, work: Work, context: Context) -> Result:
        # In a thread: the algorithms use the processor, and the event loop serves other questions meanwhile.
        return replace(await asyncio.to_thread(self.embedded, work, context), backend="embedded")

    def without_backend(self, work: Work, context: Context) -> Result | None:
        """Return the result where there is nothing to decide (no passages to select from), else None."""
        del work, context
        return None

    @abstractmethod
    async def ask(self, work: Work, context: Context, llm: LLM) -> Result:
        """Do the step with a language model."""

    @abstractmethod
    def embedded(self, work: Work, context: Context) -> Result:
        """Do the step without a language model; runs in a thread."""

    def warnings_of(self, error: ModelError) -> tuple[AnswerWarning, ...]:
        """Return the warnings of a step whose model failed with `error`."""
        message = f"{self.step}: the model failed ({error.code}: {error.message}); the embedded backend answered"
        return (AnswerWarning(code="degraded", message=message, step=self.step),)

    def warning(self, code: str, message: str) -> AnswerWarning:
        """Return a warning of this step."""
        return AnswerWarning(code=code, message=message, step=self.step)


class TokenStep(TwoBackends):
    """A step that workflows name by a token."""

    def __init__(self, token: Token) -> None:
        super().__init__(token)
        self.token: Token = token


def timed(result: Result, started: float) -> Result:
    """Return `result` with the step's own seconds, waiting for a model included."""
    return replace(result, usage=replace(result.usage, seconds=time.perf_counter() - started))
