"""What sources are asked before a plan is made: each is a line of the trace, and no call is made twice for it.

What a source said beforehand is kept for the question: a task that asks the same of the same tool gets it, and the
source is not called again. A failure is not kept, as another try may do better.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from questline.agents.contract import Context
from questline.agents.tool_executor.calls import value_of
from questline.agents.tool_executor.refusals import finds_nothing
from questline.errors import QuestlineError
from questline.mcp_servers.gateway.definitions import ToolDefinition, call_key
from questline.mcp_servers.gateway.result import ToolResult
from questline.types import Event, LedgerEntry, Usage

__all__ = ["STEP", "Asking", "Said"]

STEP: Final = "probe"
"""Name of such a call in the ledger and in events."""
_SHOWN: Final = 120
"""Characters of what was said in the trace."""


class Said:
    """What sources said beforehand, for one question; and the lines of it that nobody has taken yet."""

    def __init__(self) -> None:
        self._results: dict[str, ToolResult] = {}
        self._entries: list[LedgerEntry] = []

    def get(self, server: str, tool: str, arguments: Mapping[str, object] | None) -> ToolResult | None:
        """Return what a tool said to these arguments; None where it was not asked."""
        return self._results.get(call_key(server, tool, arguments or {})) if self._results else None

    def keep(self, server: str, tool: str, arguments: Mapping[str, object] | None, result: ToolResult) -> None:
        """Keep what a tool said, unless it failed."""
        if not result.is_error or finds_nothing(result.text):
            self._results[call_key(server, tool, arguments or {})] = result

    def note(self, entry: LedgerEntry) -> None:
        """Add a line."""
        self._entries.append(entry)

    def entries(self) -> tuple[LedgerEntry, ...]:
        """Return, once, the lines since this was last asked."""
        entries, self._entries = tuple(self._entries), []
        return entries


class _Way(Protocol):
    """To servers."""

    async def list_tools(self, server: str, *, deadline_s: float | None = None) -> Sequence[ToolDefinition]: ...

    async def call(
        self, server: str, tool: str, arguments: Mapping[str, Any] | None = None, *, deadline_s: float | None = None
    ) -> ToolResult: ...


class Asking:
    """The way to servers for `questline.agents.tool_planner.probing.Probes`.

    Args:
        way: Makes the calls; it looks in `said` first.
        said: Keeps what comes back.
        context: Its clock and its events.
    """

    def __init__(self, way: _Way, said: Said, context: Context) -> None:
        self._way, self._said, self._context = way, said, context

    async def list_tools(self, server: str, *, deadline_s: float | None = None) -> Sequence[ToolDefinition]:
        """Return a server's tools."""
        return await self._way.list_tools(server, deadline_s=deadline_s)

    async def call(
        self, server: str, tool: str, arguments: Mapping[str, object] | None = None, *, deadline_s: float | None = None
    ) -> ToolResult:
        """Call a tool, once for the same arguments, and tell of it."""
        known = self._said.get(server, tool, arguments)
        if known is not None:
            return known
        name = f"{server}/{tool}"
        self._context.emit(Event(kind="step_started", step=STEP, text=name))
        entry = LedgerEntry(step=STEP, started_s=self._context.meter.elapsed_s, detail=name)
        began = time.perf_counter()
        told = "cut short"
        try:
            result = await self._way.call(server, tool, arguments, deadline_s=deadline_s)
            self._said.keep(server, tool, arguments, result)
            told = " ".join(result.text.split()) or " ".join(str(value_of(result)).split())
        except QuestlineError as error:
            told = error.code
            raise
        else:
            return result
        finally:
            line = f"{name}: {told[:_SHOWN]}"
            entry = replace(entry, usage=Usage(seconds=max(0.0, time.perf_counter() - began)), detail=line)
            self._said.note(entry)
            self._context.emit(Event(kind="step_finished", step=STEP, text=line, entry=entry))
