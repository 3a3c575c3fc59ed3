"""Ask sources that only read what they hold, before one of them is chosen.

What a server says of itself tells what it may hold; its answer tells what it does hold. A source is asked where it
declares that asking changes nothing and reaches nothing outside: then by the question itself. Of one that may cost
more, such as an answer written from documents, the search beside it is asked, and what that finds is read here. The
answers are not told to anybody: they decide who is asked in earnest (spec 02 §2.5, speculation on read-only tools).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError as Cancelled
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Protocol, cast

from questline.agents.tool_executor.calls import value_of
from questline.agents.tool_executor.shapes import view
from questline.agents.tool_executor.views import Nothing, Passages, Refused, Rows
from questline.deadline import Deadline
from questline.errors import QuestlineError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.result import ToolResult
from questline.tools.models.cross_encoder_cache import Judges
from questline.tools.reading import read
from questline.tools.text import stem, words
from questline.types import Passage

from .kinds import shape_of
from .matching import content, has, plain
from .plain_values import plain_value

__all__ = ["Asker", "Evidence", "Probes"]

_LONGEST_S: Final = 3.0
"""What all sources of one need may take together; the sooner of this and a share of the plan's time counts."""
_GRACE_S: Final = 1.0
"""How much longer the loop itself may take to say that it was late."""
_UNTOLD: Final = 0.9
"""How sure an answer is that does not say so."""
_BORNE: Final = 0.55
"""Share of the words of a need that must stand in what its answer is read from; chosen with the open scenarios, the
second world and half of the fresh questions in view, where all answers below it were wrong."""
_BELIEVED: Final = 0.3
"""Sureness below which an answer is likelier wrong than any other reason to ask a source; chosen likewise."""
_UNSAID: Final = 0.5
"""Share of a need's words that a source knows which refuses it and names no word."""
_READ: Final = 5
"""Passages that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a source said when it was asked."""

    sure: float
    """How sure its answer is, in [0, 1]; 0 where it has none."""
    known: float
    """Share of the need's content words that it can place, in [0, 1]."""
    own: bool = True
    """Its own answer; else one that was read here out of what it found."""

    @property
    def answers(self) -> bool:
        """Whether it has an answer that the need's words bear out."""
        return self.sure >= _BELIEVED and self.known >= _BORNE

    @property
    def misread(self) -> bool:
        """Whether something was read that has little to do with the need."""
        return self.sure > 0.0 and self.known < _BORNE


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
        self._told: dict[tuple[str, str], object] = {}

    def of(self, tools: Sequence[ToolDefinition], need: str) -> dict[str, Evidence]:
        """Return what sources say of a need, by the qualified names of their tools.

        Those that may not be asked, fail, or are late are left out. Never call it from the loop's own thread.
        """
        new = [one for one in tools if (one.qualified, need) not in self._known]
        left = min(_LONGEST_S, self._deadline.left_s)
        if new and left > 0:
            for tool, value in zip(new, self._answers(new, need, left), strict=True):
                self._known[tool.qualified, need] = self._evidence(value, need)
                self._told[tool.qualified, need] = value
        told = {one.qualified: self._known.get((one.qualified, need)) for one in tools}
        return {name: one for name, one in told.items() if one is not None}

    def value(self, tool: ToolDefinition, need: str) -> str | None:
        """Return the plain value that a source answered a need with: empty where it did not, None for several."""
        self.of([tool], need)
        return plain_value(self._told.get((tool.qualified, need)), need, self._judge)

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
            except (QuestlineError, TimeoutError):
                return None
            return None if result.is_error else value_of(result)

        return list(await asyncio.gather(*map(one, tools)))

    async def _search_beside(self, tool: ToolDefinition, seconds: float) -> ToolDefinition | None:
        """Return the tool of the same server that finds texts for a question, and costs nothing."""
        for other in await self._asker.list_tools(tool.server, deadline_s=seconds):
            if other.name != tool.name and _may_be_asked(other):
                return other
        return None

    def _evidence(self, value: object, need: str) -> Evidence | None:
        if value is None:
            return None
        found = view(value)
        if isinstance(found, Passages):
            return self._of_passages(found, need)
        members = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else dict[str, object]()
        if isinstance(found, Refused):
            return Evidence(sure=0.0, known=_known_but(need, members.get("words")))
        if isinstance(found, Nothing) or (isinstance(found, Rows) and not found.rows):
            return Evidence(sure=0.0, known=1.0)
        told = members.get("confidence")
        sure = float(told) if isinstance(told, int | float) and not isinstance(told, bool) else _UNTOLD
        return Evidence(sure=min(1.0, max(0.0, sure)), known=1.0)

    def _of_passages(self, found: Passages, need: str) -> Evidence:
        passages = [
            Passage(id=one.id or str(place), document_id=one.id, source=one.source, title=one.name, text=one.text)
            for place, one in enumerate(found.items[:_READ])
            if one.text.strip()
        ]
        reading = read(need, passages, cross_encoder=self._judge())
        asked = content(plain(need))
        held = [frozenset(map(stem, words(one.as_text()))) for one in passages]
        known = max((sum(has(one, word) for word in asked) for one in held), default=0) / max(1, len(asked))
        return Evidence(sure=0.0 if reading.abstained else reading.confidence, known=known, own=False)


def _may_be_asked(tool: ToolDefinition) -> bool:
    """Say whether asking a tool a question changes nothing, reaches nothing outside, and needs nothing else."""
    slot = shape_of(tool).question
    alone = all(one is slot for one in shape_of(tool).slots if one.required)
    return slot is not None and alone and tool.read_only is True and tool.open_world is False


def _known_but(need: str, unknown: object) -> float:
    """Return the share of a need's content words that are none of those that a source did not understand."""
    named = cast("Sequence[object]", unknown) if isinstance(unknown, list | tuple) else ()
    strange = frozenset(stem(word) for one in named for word in words(str(one)))
    asked = content(plain(need))
    if not strange or not asked:
        return _UNSAID
    return sum(word not in strange for word in asked) / len(asked)
