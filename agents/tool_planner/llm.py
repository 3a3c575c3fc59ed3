"""The tool planner that asks a language model: its tasks start while it still writes; rules plan when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from questline.agents.contract import Context
from questline.agents.intents.values import Intents
from questline.agents.prompting import prompt_for
from questline.agents.spans import count_fallback, step_span
from questline.errors import BudgetExceeded, ModelError, PlanError
from questline.mcp_servers.gateway.definitions import ToolDefinition, call_key
from questline.telemetry import Attributes
from questline.tools.fencing import inline
from questline.tools.models.llm_contract import LLM, RESTART, Completion
from questline.types import AnswerWarning, Plan, Task, Usage

from .call_lines import CallStream, read_call
from .contract import Candidate, Excluded, Planned, ToolPlanner, Unserved
from .embedded import STEP, EmbeddedPlanner, check_call, finished_plan, usable
from .proposal import AS_JSON, MOST_TASKS, SCHEMA, Proposal, proposed, read_task, shown_needs, shown_tools
from .references import renamed
from .repair import repair
from .task_stream import TaskStream
from .toolbox import Toolbox
from .validate import validate

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
        writing = _Writing(intents=intents, candidates=allowed, approve=approve)
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

    async def _ask(self, llm: LLM, question: str, writing: _Writing, deadline_s: float) -> Completion[Proposal]:
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


@dataclass(slots=True)
class _Writing:
    """A plan while it is written."""

    intents: Intents
    candidates: Sequence[Sequence[Candidate]]
    approve: bool
    yielded: dict[str, Task] = field(default_factory=dict[str, Task])
    serves: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    _streams: tuple[CallStream, TaskStream] | None = field(default_factory=lambda: (CallStream(), TaskStream()))
    _ready: asyncio.Queue[Task | None] = field(default_factory=asyncio.Queue[Task | None])
    _toolbox: Toolbox = field(init=False)
    _tools: dict[tuple[str, str], ToolDefinition] = field(init=False)

    def __post_init__(self) -> None:
        tools = [one.tool for each in self.candidates for one in each]
        self._tools = {(tool.server, tool.name): tool for tool in reversed(tools)}
        self._toolbox = Toolbox(tools)

    def take(self, piece: str) -> None:
        """Take the next characters; a text that starts over is only read as a whole."""
        if piece == RESTART:
            self._streams = None
        if self._streams is None:
            return
        lines, objects = self._streams
        try:
            rows = [row for line in lines.feed(piece) if (row := read_call(line)) is not None]
            for row in (*rows, *objects.feed(piece)):
                task, numbers = read_task(row, len(self.intents.items), self._tools)
                self._offer(replace(task, intent=self._intent(numbers)), numbers)
        except ValueError:  # whoever reads the whole says what is wrong with it
            self._streams = None

    def _intent(self, numbers: tuple[int, ...]) -> str:
        return "; ".join(self.intents.told(number) for number in numbers)

    def _offer(self, task: Task, numbers: tuple[int, ...]) -> None:
        """Hand a task on that can run with what was handed on before; others wait for the whole plan."""
        barred = self._tools[task.server, task.tool].needs_approval and not self.approve
        if barred or task.id in self.yielded or not set(task.depends_on) <= self.yielded.keys():
            return
        report = validate(Plan(tasks=(*self.yielded.values(), task)), self._toolbox)
        equal = any(problem.kind == "duplicate_task" and problem.repairable for problem in report.notes)
        if report.errors or equal:
            return
        self.yielded[task.id] = task
        self.serves[task.id] = numbers
        self._ready.put_nowait(task)

    async def follow(self, asked: asyncio.Task[Completion[Proposal]]) -> AsyncIterator[Task]:
        """Yield what is ready, until the model has ended and nothing is left."""
        asked.add_done_callback(lambda _: self._ready.put_nowait(None))
        while (task := await self._ready.get()) is not None:
            yield task

    def read(self, text: str) -> Proposal:
        """Read a whole answer and mend it.

        Raises:
            ValueError: It has another form, or a plan that cannot run; with a message for the model.
        """
        try:
            return self._read(text)
        except ValueError as error:
            raise ValueError(f"{error}. Write lines as in the example, or JSON: {AS_JSON}") from None

    def _read(self, text: str) -> Proposal:
        found = proposed(text, self.intents, self._tools)
        tasks = [replace(task, intent=self._intent(found.serves[task.id])) for task in found.tasks]
        barred = [task for task in tasks if self._tools[task.server, task.tool].needs_approval and not self.approve]
        gone = {task.id for task in barred}
        while more := {task.id for task in tasks if set(task.depends_on) & gone} - gone:
            gone |= more
        try:
            repair(Plan(tasks=tuple(task for task in tasks if task.id not in gone)), self._toolbox)
        except PlanError as error:
            raise ValueError(error.message[:400]) from None
        unserved = [
            Unserved(
                intent=number, code="destructive", server=task.server, tool=task.tool,
                message=f"{task.server}/{task.tool} changes something",
            )
            for task in barred
            for number in found.serves[task.id]
        ]  # fmt: skip
        kept = tuple(task for task in tasks if task.id not in gone)
        return Proposal(tasks=kept, serves=found.serves, unserved=(*found.unserved, *unserved))

    def planned(self, found: Proposal) -> Planned:
        """Return the plan of an answer, with what was handed on before as it was."""
        return self._joined(found.tasks, found.serves, found.unserved)

    def joined(self, fallback: Planned) -> Planned:
        """Return what was handed on, and of another plan what serves the other intents."""
        done = {number for numbers in self.serves.values() for number in numbers}
        open_tasks = [task for task in fallback.plan.tasks if not set(fallback.serves.get(task.id, ())) <= done]
        needed = {before for task in open_tasks for before in task.depends_on}
        kept = [task for task in fallback.plan.tasks if task in open_tasks or task.id in needed]
        unserved = tuple(one for one in fallback.unserved if one.intent not in done)
        return replace(
            self._joined(kept, fallback.serves, unserved), warnings=fallback.warnings, backend=fallback.backend
        )

    def _joined(
        self, tasks: Sequence[Task], serves: Mapping[str, tuple[int, ...]], unserved: Sequence[Unserved]
    ) -> Planned:
        names: dict[str, str] = {}
        taken = {task.id for task in tasks} | self.yielded.keys()
        same = {_key(task): name for name, task in self.yielded.items()}
        kept: dict[str, Task] = dict(self.yielded)
        whose: dict[str, tuple[int, ...]] = dict(self.serves)
        for task in tasks:
            waits = tuple(names.get(before, before) for before in task.depends_on)
            moved = replace(task, arguments=renamed(task.arguments, names), depends_on=waits)
            if _key(moved) in same:
                names[task.id] = same[_key(moved)]
                whose[names[task.id]] = tuple(sorted({*whose[names[task.id]], *serves.get(task.id, ())}))
                continue
            if moved.id in self.yielded:
                number = next(n for n in range(1, len(taken) + 2) if f"T{n}" not in taken)
                names[task.id] = f"T{number}"
                taken.add(f"T{number}")
                moved = replace(moved, id=f"T{number}")
            kept[moved.id] = moved
            whose[moved.id] = serves.get(task.id, ())
        return finished_plan(Plan(tasks=tuple(kept.values())), whose, unserved, self.candidates)


def _in_order(plan: Plan, yielded: Mapping[str, Task]) -> Iterator[Task]:
    """Yield the tasks that were not handed on while they were written, each behind those that it depends on."""
    told, waiting = set(yielded), [task for task in plan.tasks if task.id not in yielded]
    while ready := [task for task in waiting if told.issuperset(task.depends_on)]:
        yield from ready
        told |= {task.id for task in ready}
        waiting = [task for task in waiting if task.id not in told]


def _key(task: Task) -> str:
    return call_key(task.server, task.tool, task.arguments)
