"""A plan in the making: tasks with ids, what they work for, and what waits for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from questline.agents.intents.values import AGAIN
from questline.mcp_servers.gateway.definitions import ToolDefinition, call_key
from questline.types import Task

from .composed import Reading, reading, template
from .references import Reference, find, literal, read

__all__ = ["Drafts", "Gap", "put_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stand-in for a value that is still to come, in a text that a tool is filled from."""

    mark: object
    """The stand-in, as slot filling gives it back."""
    task: str
    kind: Reading
    ask: str
    of: str = ""
    """See `questline.agents.tool_planner.operands.Operand`."""

    @property
    def value(self) -> dict[str, object]:
        """The object that stands in the arguments in the end."""
        return reading(Reference(task=self.task).value, self.kind, self.ask, of=self.of)


@dataclass(slots=True)
class Drafts:
    """Tasks of one plan, in an order in which they can run."""

    first: int = 1
    """Number of the first id."""
    tasks: list[Task] = field(default_factory=list[Task])
    serves: dict[str, set[int]] = field(default_factory=dict[str, set[int]])
    last: dict[int, str] = field(default_factory=dict[int, str])
    """By intent the task that answers it."""
    taken: set[str] = field(default_factory=set[str])
    """Ids that new tasks must not have."""

    def add(
        self, tool: ToolDefinition, arguments: Mapping[str, object], *, intent: int, ask: str, why: str,
        after: tuple[str, ...] = (),
    ) -> str:  # fmt: skip
        """Add a call, or find the equal one that is there, and return its id.

        Of a tool that may change something and is not known to do so only once, each call that is wanted is made.

        Args:
            tool: What is called.
            arguments: With references where values are still to come.
            intent: The position of the intent that it works for.
            ask: What it answers.
            why: A line for people.
            after: Tasks that it waits for beside those it refers to.
        """
        waits = [*after, *(read(value).task for _, value in find(arguments))]
        same = call_key(tool.server, tool.name, arguments)
        equal = [task for task in self.tasks if call_key(task.server, task.tool, task.arguments) == same]
        if equal and tool.repeatable:
            self.serve(equal[0].id, intent)
            return equal[0].id
        if any(task.intent == ask for task in equal):
            ask = AGAIN.format(ask)
        name = self._id()
        self.tasks.append(
            Task(
                id=name,
                intent=ask,
                server=tool.server,
                tool=tool.name,
                arguments=arguments,
                depends_on=tuple(dict.fromkeys(waits)),
                decided_by="embedded",
                reason=why,
            )
        )
        self.serve(name, intent)
        return name

    def copied(self) -> Drafts:
        """Return what there is now, for `restore`."""
        serves = {name: set(numbers) for name, numbers in self.serves.items()}
        return Drafts(
            first=self.first, tasks=list(self.tasks), serves=serves, last=dict(self.last), taken=set(self.taken)
        )

    def restore(self, before: Drafts) -> None:
        """Take everything back that was added after `before` was copied."""
        self.tasks[:] = before.tasks
        self.serves, self.last, self.taken = before.serves, before.last, before.taken

    def _id(self) -> str:
        number = self.first
        while f"T{number}" in self.taken:
            number += 1
        self.taken.add(f"T{number}")
        return f"T{number}"

    def serve(self, name: str, intent: int) -> None:
        """Count a task, and what it waits for, as working for an intent."""
        self.serves.setdefault(name, set()).add(intent)
        for task in self.tasks:
            if task.id == name:
                for before in task.depends_on:
                    self.serve(before, intent)


def put_in(value: object, gaps: tuple[Gap, ...]) -> object:
    """Return arguments with every stand-in replaced: a whole value by a reading, a part of a text by a template."""
    if isinstance(value, str):
        return _in_text(value, gaps)
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        return {name: put_in(member, gaps) for name, member in members.items()}
    if isinstance(value, list | tuple):
        return [put_in(item, gaps) for item in cast("list[object]", value)]
    for gap in gaps:
        if type(value) is not bool and value == gap.mark:
            return gap.value
    return literal(value)


def _in_text(text: str, gaps: tuple[Gap, ...]) -> object:
    pieces: list[Any] = [text]
    for gap in gaps:
        mark = str(gap.mark)
        cut: list[Any] = []
        for piece in pieces:
            if not isinstance(piece, str) or mark not in piece:
                cut.append(piece)
                continue
            parts = piece.split(mark)
            for number, part in enumerate(parts):
                cut += ([gap.value] if number else []) + [part]
        pieces = cut
    pieces = [piece for piece in pieces if piece != ""]
    if len(pieces) == 1:
        return pieces[0]
    return template(*pieces) if any(not isinstance(piece, str) for piece in pieces) else text
