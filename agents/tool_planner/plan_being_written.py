"""A plan while a language model writes it: its tasks are handed on as soon as they can run, and stay as they were."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from questline.agents.intents.values import Intents
from questline.errors import PlanError
from questline.mcp_servers.gateway.definitions import ToolDefinition, call_key
from questline.tools.models.llm_contract import RESTART, Completion
from questline.types import Plan, Task

from .call_lines import CallStream, read_call
from .changing import may_change
from .contract import Candidate, Planned, Unserved
from .embedded import finished_plan
from .gate import Held, barred, refusal
from .proposal import AS_JSON, Proposal, proposed, read_task
from .references import renamed
from .repair import repair
from .requests import Asking
from .task_stream import TaskStream
from .toolbox import Toolbox
from .validate import validate

__all__ = ["PlanBeingWritten"]


@dataclass(slots=True)
class PlanBeingWritten:
    """A plan while it is written."""

    question: str
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
        if (
            self._barred(task, numbers) is not None
            or task.id in self.yielded
            or not set(task.depends_on) <= self.yielded.keys()
        ):
            return
        report = validate(Plan(tasks=(*self.yielded.values(), task)), self._toolbox)
        equal = any(problem.kind == "duplicate_task" and problem.repairable for problem in report.notes)
        if report.errors or equal:
            return
        self.yielded[task.id] = task
        self.serves[task.id] = numbers
        self._ready.put_nowait(task)

    def _barred(self, task: Task, numbers: tuple[int, ...]) -> Unserved | None:
        """Return what is told of a task that needs an approval which nobody gave.

        It does where its tool declares so, and where a tool that may change something serves a need that is no request
        for that: a model's plan is no more the asker's wish than a rule's.
        """
        tool = self._tools[task.server, task.tool]
        if self.approve:
            return None
        if tool.needs_approval:
            return Unserved(
                intent=0, code="destructive", server=tool.server, tool=tool.name,
                message=f"{tool.qualified} changes something",
            )  # fmt: skip
        if not numbers:
            return refusal(0, Held(tool=tool, asking="none")) if may_change(tool) else None
        lost: Asking = "none"
        for number in numbers:
            why = barred(tool, self.question, self.intents, number, approve=False)
            if why is None:
                return None
            lost = why
        return refusal(0, Held(tool=tool, asking=lost))

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
        held = {task.id: why for task in tasks if (why := self._barred(task, found.serves[task.id])) is not None}
        gone = set(held)
        while more := {task.id for task in tasks if set(task.depends_on) & gone} - gone:
            gone |= more
        try:
            repair(Plan(tasks=tuple(task for task in tasks if task.id not in gone)), self._toolbox)
        except PlanError as error:
            raise ValueError(error.message[:400]) from None
        unserved = [
            replace(held[task.id], intent=number)
            for task in tasks
            if task.id in held
            for number in found.serves[task.id]
        ]
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


def _key(task: Task) -> str:
    return call_key(task.server, task.tool, task.arguments)
