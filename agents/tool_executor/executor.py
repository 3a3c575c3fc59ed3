"""Carries one task of a plan out: its own typed call and follow-ups, or the calls of a language model.

Source: specs/02 §2.4 and §2.5. Every call has an id, and leaves what was asked and what came back as evidence.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from questline.agents.contract import Context
from questline.agents.spans import count_fallback, step_span
from questline.deadline import Deadline
from questline.errors import ModelError, QuestlineError, ToolTimeout, UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.gateway import Gateway
from questline.mcp_servers.gateway.schemas import Schemas
from questline.telemetry import Attributes
from questline.tools.models.llm_contract import LLM, Thinking
from questline.types import AnswerWarning, Evidence, Task, Usage

from .acting import Action, act, allowed, may_go_on
from .arguments import arguments_of
from .asked import asked_of
from .call_evidence import evidence_of
from .calls import Call, call
from .contract import TaskResult
from .paging import Follow, following, joined
from .passages import reader_of, sources_of
from .shapes import view
from .trimming import needed_of, shown
from .views import Cited, Passages, View

__all__ = ["STEP", "TaskExecutor"]

STEP: Final = "tool_executor"
"""Name in spans, warnings and the ledger."""
_LONGEST_S: Final = 3_600.0
"""Stands for a deadline of infinity."""


class TaskExecutor:
    """Carries tasks out through a gateway, each with the tools of its server alone.

    Without a language model it makes the task's own call, and follows where the result says that there is more. With
    one for the role ``tool_executor`` the model writes the calls; when it fails, the task's own call is made, and the
    result says ``degraded``. Where a model wrote the task itself, with all that its tool requires, that call is made
    at once, and a model is asked only when it fails.

    Args:
        gateway: The way to all servers.
        context: Models, prompts and the meter of one question.
        steps: Most calls of one task, follow-ups included, the reading of sources not.
        approve: Whether tools that declare that they may destroy something may be called.
        thinking: How long a language model may think before each call.

    Raises:
        UsageError: ``bad_argument``: `steps` is below 1.
    """

    def __init__(
        self,
        gateway: Gateway,
        context: Context,
        *,
        steps: int = 3,
        approve: bool = False,
        thinking: Thinking = "off",
    ) -> None:
        if steps < 1:
            raise UsageError(f"steps={steps!r} is below 1", argument="steps")
        self._gateway, self._context = gateway, context
        self._steps, self._approve = steps, approve
        self._thinking: Thinking = thinking
        self._schemas = Schemas()

    async def run(self, task: Task, inputs: Mapping[str, object], *, deadline_s: float) -> TaskResult:
        """Carry a task out; see `questline.agents.tool_executor.contract.ToolExecutor`."""
        started = time.perf_counter()
        deadline = Deadline(_LONGEST_S if math.isinf(deadline_s) and deadline_s > 0 else deadline_s)
        with step_span(STEP, task=task.id) as span:
            try:
                async with asyncio.timeout(deadline.left_s):
                    work = _Work(self._gateway, task, approve=self._approve, deadline=deadline)
                    result = await self._run(work, inputs)
            except TimeoutError:
                raise ToolTimeout(
                    f"the task {task.id!r} did not end in its time", task=task.id, server=task.server, tool=task.tool
                ) from None
            span.set({Attributes.BACKEND: result.backend})
        return replace(result, usage=replace(result.usage, seconds=time.perf_counter() - started))

    async def _run(self, work: _Work, inputs: Mapping[str, object]) -> TaskResult:
        definition = await work.definition()
        arguments = arguments_of(work.task, inputs, definition)
        llm = self._context.llm
        if llm is None or not llm.serves("tool_executor"):
            return await self._planned(work, definition, arguments)
        refused: QuestlineError | None = None
        if work.task.decided_by == "llm" and not self._schemas.faults(definition, arguments):
            try:
                return await self._planned(work, definition, arguments)
            except QuestlineError as error:
                if not may_go_on(error):
                    raise
                refused = error
        try:
            return await self._acted(work, definition, arguments, llm, refused)
        except ModelError as error:
            if self._context.strict:
                raise
            failed = error
        with step_span(STEP, task=work.task.id) as span:
            count_fallback(span, STEP, failed.code)
        message = f"{STEP}: the model failed ({failed.code}: {failed.message}); the planned call was made"
        warning = AnswerWarning(code="degraded", message=message, step=STEP)
        result = await self._planned(work, definition, arguments)
        return replace(result, usage=failed.usage, warnings=(warning, *result.warnings), degraded=True)

    async def _planned(self, work: _Work, definition: ToolDefinition, arguments: Mapping[str, object]) -> TaskResult:
        """Make the task's own call, where a model has not made it, and follow it; what may be called once is so."""
        same = [
            made
            for made in work.made
            if made.definition == definition and (made.arguments == arguments or not definition.repeatable)
        ]
        value = (same[0] if same else await work.call(definition, arguments)).value
        value, warnings = await self._followed(work, definition, arguments, value)
        return await work.result(value, definition, arguments, warnings=warnings)

    async def _followed(
        self, work: _Work, definition: ToolDefinition, arguments: Mapping[str, object], value: object
    ) -> tuple[object, tuple[AnswerWarning, ...]]:
        """Return the result with what follows it; a follow-up that fails is a warning, and nothing is lost."""
        last: object = value
        given = arguments
        follow: Follow | None = None
        for _ in range(self._steps - 1):
            follow = following(definition, given, last) if definition.repeatable else None
            if follow is None:
                return value, ()
            try:
                made = await work.call(definition, follow.arguments)
            except QuestlineError as error:
                return value, (AnswerWarning(code=error.code, message=error.message, step=STEP), _more_left(definition))
            last, given = made.value, follow.arguments
            value = last if follow.instead else joined(value, last)
        left = definition.repeatable and following(definition, given, last) is not None
        return value, (_more_left(definition),) if left else ()

    async def _acted(
        self,
        work: _Work,
        definition: ToolDefinition,
        arguments: Mapping[str, object],
        llm: LLM,
        refused: QuestlineError | None,
    ) -> TaskResult:
        tools = allowed(await work.tools(), work.task, approve=self._approve)
        done = await act(
            work.task,
            arguments,
            tools,
            self._context,
            llm,
            steps=self._steps,
            thinking=self._thinking,
            make=work.act,
            made=work.made,
            refused=refused,
        )
        last = next((made for made in reversed(done.calls) if made.definition.name == work.task.tool), None)
        told = last or done.calls[-1]
        warnings = tuple(AnswerWarning(code=each.code, message=each.message, step=STEP) for each in done.failures)
        result = await work.result(told.value, told.definition, told.arguments, warnings=warnings)
        return replace(result, backend="llm", model=done.model, usage=done.usage)


class _Work:
    """One task while it is carried out: the calls that were made, numbered."""

    def __init__(self, gateway: Gateway, task: Task, *, approve: bool, deadline: Deadline) -> None:
        self._gateway, self._approve, self._deadline = gateway, approve, deadline
        self.task = task
        self.made: list[Call] = []
        self._started = 0

    async def definition(self) -> ToolDefinition:
        return await self._gateway.find(f"{self.task.server}/{self.task.tool}", deadline_s=self._left_s)

    async def tools(self) -> Sequence[ToolDefinition]:
        return await self._gateway.list_tools(self.task.server, deadline_s=self._left_s)

    async def call(self, definition: ToolDefinition, arguments: Mapping[str, object]) -> Call:
        made = await self._call(definition, arguments)
        self.made.append(made)
        return made

    async def act(self, action: Action, _number: int) -> Call:
        return await self._call(action.tool, action.arguments)

    async def _call(self, definition: ToolDefinition, arguments: Mapping[str, object]) -> Call:
        self._started += 1
        return await call(
            self._gateway,
            definition,
            arguments,
            call_id=f"{self.task.id}:{self._started}",
            approve=self._approve,
            deadline=self._deadline,
        )

    async def result(
        self,
        value: object,
        definition: ToolDefinition,
        arguments: Mapping[str, object],
        *,
        warnings: tuple[AnswerWarning, ...],
    ) -> TaskResult:
        found, asked = view(value), asked_of(self.task.intent)
        needed = needed_of(found, asked, arguments, definition.output_schema)
        sources, unread, reads = await self._sources(found)
        if unread:
            text = f"what {definition.qualified} cites could not be read: {', '.join(unread)}"
            warnings = (*warnings, AnswerWarning(code="source_unread", message=text, step=STEP))
        return TaskResult(
            result=value,
            needed=needed,
            text=shown(view(needed) if needed is not None else found, asked),
            evidence=(*map(evidence_of, self.made), *sources),
            calls=self._started + reads,
            warnings=warnings,
            usage=Usage(),
        )

    async def _sources(self, found: View) -> tuple[tuple[Evidence, ...], tuple[str, ...], int]:
        if isinstance(found, Passages):
            return (
                tuple(
                    Evidence(id=each.id, text=each.text, title=each.name, source=each.source, date=each.date or None)
                    for each in found.items
                ),
                (),
                0,
            )
        if not isinstance(found, Cited) or not found.places:
            return (), (), 0
        reader = reader_of(await self.tools())
        return await sources_of(self._gateway, reader, found, deadline=self._deadline) if reader else ((), (), 0)

    @property
    def _left_s(self) -> float:
        return max(self._deadline.left_s, 1e-3)


def _more_left(definition: ToolDefinition) -> AnswerWarning:
    message = f"{definition.qualified} has more than was read"
    return AnswerWarning(code="more_left", message=message, step=STEP)
