"""Ask sources that only read what they hold, before one of them is chosen.

What a server says of itself tells what it may hold; its answer tells what it does hold. A source is asked where it
declares that asking changes nothing and reaches nothing outside: then by the question itself. Of one that may cost
more, such as an answer written from documents, the search beside it is asked, and what that finds is read here. One
whose answer has none of the need's words is asked something that nobody can know: who answers that too, answers
everything, and is not believed for it. The answers are not told to anybody: they decide who is asked in earnest
(spec 02 §2.5, speculation on read-only tools).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError as Cancelled
from concurrent.futures import Future
from dataclasses import replace
from typing import Final, Protocol

from questline.agents.tool_executor.calls import value_of
from questline.deadline import Deadline
from questline.errors import QuestlineError, ToolTimeout
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.result import ToolResult
from questline.tools.models.cross_encoder_cache import Judges
from questline.tools.text import is_cjk

from .kinds import shape_of
from .plain_values import plain_value
from .weighing import Evidence, weighed

__all__ = ["Asker", "Probes"]

_LONGEST_S: Final = 3.0
"""What all sources of one need may take together; the sooner of this and a share of the plan's time counts."""
_FIRST_S: Final = 6.0
"""The same where one of them has not answered yet in this plan: its server may have to start."""
_GRACE_S: Final = 1.0
"""How much longer the loop itself may take to say that it was late."""
_NOBODY_KNOWS: Final = (
    "Which quimzel did Vorbat Threnlow bring to Ossuquay?",
    "枭薷镂瓞给颏蓼带来了什么？",
)
"""A question that has no answer, in English and in Chinese: of invented names."""


class Asker(Protocol):
    """The way to servers; a `Gateway` is one."""

    async def list_tools(self, server: str, *, deadline_s: float | None = None) -> Sequence[ToolDefinition]:
        """Return a server's tools."""
        ...

    async def call(
        self, server: str, tool: str, arguments: Mapping[str, object] | None = None, *, deadline_s: float | None = None
    ) -> ToolResult:
        """Call a tool."""
        ...


class Probes:
    """Asks for one plan, from a thread beside the running loop; each source is asked each need once.

    Args:
        asker: The way to servers.
        loop: Runs `asker`.
        seconds: What all asking for this plan may take.
        judge: Reads passages; None for words alone.
    """

    def __init__(
        self,
        asker: Asker,
        loop: asyncio.AbstractEventLoop,
        *,
        seconds: float,
        judge: Callable[[], Judges | None] = lambda: None,
    ) -> None:
        self._asker, self._loop, self._judge = asker, loop, judge
        self._deadline = Deadline(seconds)
        self._known: dict[tuple[str, str], Evidence | None] = {}
        self._met: set[str] = set()
        """Servers that have answered."""
        self._silent: set[str] = set()
        """Servers that had the long time, and did not answer: for this plan they are not asked again."""
        self._told: dict[tuple[str, str], object] = {}

    def of(self, tools: Sequence[ToolDefinition], need: str) -> dict[str, Evidence]:
        """Return what sources say of a need, by the qualified names of their tools.

        Those that may not be asked, or are late, are left out. Never call it from the loop's own thread.
        """
        self._weigh(tools, need)
        nobody_knows = _NOBODY_KNOWS[is_cjk(need)]
        told = {one.qualified: self._known.get((one.qualified, need)) for one in tools}
        doubtful = [one for one in tools if (evidence := told[one.qualified]) is not None and evidence.doubtful]
        self._weigh(doubtful, nobody_knows)
        for one in doubtful:
            told[one.qualified] = _settled(told[one.qualified], self._known.get((one.qualified, nobody_knows)))
        return {name: one for name, one in told.items() if one is not None}

    def value(self, tool: ToolDefinition, need: str) -> str | None:
        """Return the plain value that a source answered a need with: empty where it did not, None for several."""
        self.of([tool], need)
        return plain_value(self._told.get((tool.qualified, need)), need, self._judge)

    def _weigh(self, tools: Sequence[ToolDefinition], need: str) -> None:
        """Ask those that were not asked this yet; who does not answer in time has no evidence."""
        new = [one for one in tools if (one.qualified, need) not in self._known and one.server not in self._silent]
        longest = _LONGEST_S if all(one.server in self._met for one in new) else _FIRST_S
        left = min(longest, self._deadline.left_s)
        if not new or left <= 0:
            return
        for tool, value in zip(new, self._answers(new, need, left), strict=True):
            self._known[tool.qualified, need] = None if value is None else weighed(value, need, self._judge)
            self._told[tool.qualified, need] = value
            if value is not None:
                self._met.add(tool.server)
            elif tool.server not in self._met:
                self._silent.add(tool.server)

    def _answers(self, tools: Sequence[ToolDefinition], need: str, seconds: float) -> list[object]:
        nothing: list[object] = [None] * len(tools)
        work = self._ask(tools, need, seconds)
        try:
            asked: Future[list[object]] = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:  # the run is over, and its loop closed
            work.close()
            return nothing
        try:
            return asked.result(seconds + _GRACE_S)
        except (TimeoutError, Cancelled):
            asked.cancel()
            return nothing

    async def _ask(self, tools: Sequence[ToolDefinition], need: str, seconds: float) -> list[object]:
        async def one(tool: ToolDefinition) -> object:
            try:
                async with asyncio.timeout(seconds):
                    asked = tool if _may_be_asked(tool) else await self._search_beside(tool, seconds)
                    slot = shape_of(asked).question if asked is not None else None
                    if asked is None or slot is None:
                        return None
                    result = await self._asker.call(asked.server, asked.name, {slot.name: need}, deadline_s=seconds)
            except (ToolTimeout, TimeoutError):
                return None
            except QuestlineError as error:
                return {"error": error.message}
            return {"error": result.text or "it failed"} if result.is_error else value_of(result)

        return list(await asyncio.gather(*map(one, tools)))

    async def _search_beside(self, tool: ToolDefinition, seconds: float) -> ToolDefinition | None:
        """Return the tool of the same server that finds texts for a question, and costs nothing."""
        for other in await self._asker.list_tools(tool.server, deadline_s=seconds):
            if other.name != tool.name and _may_be_asked(other):
                return other
        return None


def _settled(evidence: Evidence | None, idle: Evidence | None) -> Evidence | None:
    """Return what a doubtful answer is worth beside what the source said to a question without an answer.

    Where it did not say anything in time nothing is known of it, as if it had not been asked.
    """
    if evidence is None or idle is None:
        return None
    return evidence if idle.sure > 0.0 else replace(evidence, known=1.0)


def _may_be_asked(tool: ToolDefinition) -> bool:
    """Say whether asking a tool a question changes nothing, reaches nothing outside, and needs nothing else."""
    slot = shape_of(tool).question
    alone = all(one is slot for one in shape_of(tool).slots if one.required)
    return slot is not None and alone and tool.read_only is True and tool.open_world is False
