"""Tools that answer from a recording, as the gateway wrote it, and plans run over them by the scheduler."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from questline.agents.tool_executor.arguments import arguments_of
from questline.agents.tool_executor.calls import value_of
from questline.agents.tool_planner.toolbox import Toolbox
from questline.errors import QuestlineError, RunError, UsageError
from questline.graphs.tool_search.outcomes import Outcome, PlanRun, failure
from questline.graphs.tool_search.scheduler import run_plan
from questline.mcp_servers.gateway.definitions import ToolDefinition, call_key
from questline.mcp_servers.gateway.recording import Recording
from questline.mcp_servers.gateway.redaction import Secrets
from questline.mcp_servers.gateway.result import ToolResult
from questline.mcp_servers.gateway.schemas import Schemas
from questline.types import Plan, Task

__all__ = ["Recorded", "Told", "told_of", "write_recording"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a recorded call returned."""

    value: object
    """JSON."""


class Recorded:
    """The tools of a recording, and what their calls gave; the same call always gives the same.

    Args:
        tools: Definitions.
        calls: By `call_key`, a JSON value or the error that it ended with.
    """

    def __init__(self, tools: Sequence[ToolDefinition], calls: Mapping[str, Told | QuestlineError]) -> None:
        self.tools = tuple(tools)
        self.toolbox = Toolbox(self.tools)
        self._calls = dict(calls)
        self._schemas = Schemas()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file that the gateway wrote (``record``); of a call that was made twice the first counts.

        Raises:
            UsageError: ``file_not_found``, ``bad_data`` with ``line``; ``no_tools`` where it holds none.
        """
        recording = Recording(path, Secrets(()))
        tools = [tool for manifest in recording.manifests() for tool in manifest.tools]
        if not tools:
            raise UsageError(f"{str(path)!r} holds no tool", code="no_tools", path=path)
        calls: dict[str, Told | QuestlineError] = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            row: dict[str, Any] = json.loads(line)
            if row["kind"] != "call":
                continue
            key = call_key(row["server"], row["tool"], row["arguments"])
            if key in calls:
                continue
            try:
                calls[key] = told_of(recording.play(row["server"], row["tool"], row["arguments"]))
            except QuestlineError as error:
                calls[key] = error
        return cls(tools, calls)

    def __len__(self) -> int:
        return len(self._calls)

    def definition(self, server: str, tool: str) -> ToolDefinition:
        """Return a tool.

        Raises:
            UsageError: ``bad_argument``: there is none.
        """
        found = self.toolbox.get(server, tool)
        if found is None:
            raise UsageError(f"there is no tool {server}/{tool}", code="bad_argument", argument="tool")
        return found

    def calls_of(self, server: str, tool: str) -> Iterator[tuple[Mapping[str, object], object]]:
        """Yield the arguments and results of the calls of a tool that did not fail."""
        for key, told in self._calls.items():
            if isinstance(told, Told) and (parts := json.loads(key))[:2] == [server, tool]:
                yield parts[2], told.value

    def told(self, server: str, tool: str, arguments: Mapping[str, object]) -> Told | None:
        """Return what a call gave; None where it was not recorded, or failed."""
        found = self._calls.get(call_key(server, tool, arguments))
        return found if isinstance(found, Told) else None

    def call(self, server: str, tool: str, arguments: Mapping[str, object]) -> object:
        """Return what a call gave, as JSON.

        Raises:
            UsageError: ``bad_argument``: there is no such tool, or its schema refuses the arguments.
            QuestlineError: What was recorded; `RunError` ``not_recorded`` for a call that was not.
        """
        definition = self.definition(server, tool)
        self._schemas.check_arguments(definition, arguments)
        found = self._calls.get(call_key(server, tool, arguments))
        if found is None:
            raise RunError(f"no call of {server}/{tool} with these arguments was recorded", code="not_recorded")
        if isinstance(found, Told):
            return found.value
        raise found

    async def perform(self, task: Task, inputs: Mapping[str, object], deadline_s: float) -> Outcome:
        """Carry a task out; see `questline.graphs.tool_search.contract.Perform`."""
        del deadline_s
        try:
            given = arguments_of(task, inputs, self.definition(task.server, task.tool))
            return Outcome(task=task.id, result=self.call(task.server, task.tool, given))
        except QuestlineError as error:
            return failure(task.id, error)

    async def run(self, plan: Plan, *, deadline_s: float = 10.0) -> PlanRun:
        """Run a plan by the scheduler that serves.

        Raises:
            PlanError: ``bad_plan``: it cannot be run.
        """
        return await run_plan(plan, self.perform, deadline_s=deadline_s)

    def run_all(self, plans: Iterable[Plan]) -> list[PlanRun]:
        """Run plans that can be run; from a thread without a loop, as a trainer's is."""

        async def together() -> list[PlanRun]:
            return [await self.run(plan) for plan in plans]

        return asyncio.run(together())


def told_of(result: ToolResult) -> Told | QuestlineError:
    """Return a result as JSON, or the error that a tool told of."""
    if result.is_error:
        return RunError(f"the tool {result.server}/{result.tool} failed", code="tool_failed", detail=result.text[:500])
    return Told(value=value_of(result))


def write_recording(
    path: Path, tools: Sequence[ToolDefinition], calls: Iterable[tuple[ToolDefinition, Mapping[str, object], object]]
) -> None:
    """Write tools and calls as the gateway records them, for tools that are made up."""
    lines: list[dict[str, object]] = [
        {"kind": "tool", "server": tool.server, "declared": tool.declared()} for tool in tools
    ]
    for tool, arguments, value in calls:
        text = json.dumps(value, ensure_ascii=False)
        result = ToolResult(server=tool.server, tool=tool.name, text=text, structured=value)
        row: dict[str, object] = {"kind": "call", "server": tool.server, "tool": tool.name, "digest": tool.digest}
        lines.append({**row, "arguments": dict(arguments), "result": asdict(result)})
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
