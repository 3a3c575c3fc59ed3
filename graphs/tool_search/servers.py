"""The servers of one question: the configured ones, shared with others, and the user's documents beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from questline.agents.intents.values import Intents
from questline.agents.tool_planner.finding import find_candidates
from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import ServerManifest, ToolDefinition
from questline.mcp_servers.gateway.gateway import Gateway
from questline.mcp_servers.gateway.pool import ServerPool
from questline.mcp_servers.gateway.result import ToolResult
from questline.tools.stopping import check
from questline.types import AnswerWarning, LedgerEntry, Task

from .asking import Said
from .documents import OwnDocuments
from .nodes import DOCUMENTS
from .values import Found

__all__ = ["UNSEEN_S", "Servers"]

_REFRESH_SHARE: Final = 0.8
UNSEEN_S: Final = 0.5
"""What a call is expected to take on a server that has not answered yet: one over stdio starts in about that time."""


class Servers:
    """What a question may call, as executor, finder and scheduler see it.

    Args:
        pool: The configured servers.
        gateway: To them, of the running loop.
        documents: The user's documents, where there are any and no configured server has their name.
        own: The way to them.
    """

    def __init__(
        self,
        pool: ServerPool,
        gateway: Gateway,
        *,
        documents: OwnDocuments | None = None,
        own: Gateway | None = None,
    ) -> None:
        self._pool = pool
        self._gateway = gateway
        self._documents = documents
        self._own = own
        self.said = Said()
        self._definitions: dict[tuple[str, str], ToolDefinition] = {}
        self._own_manifest: ServerManifest | None = None

    # what an executor needs of a gateway

    async def find(self, name: str, *, deadline_s: float | None = None) -> ToolDefinition:
        """Return the tool that ``server/tool`` means; see `Gateway.find`."""
        return await self._to(name.partition("/")[0]).find(name, deadline_s=deadline_s)

    async def list_tools(self, server: str, *, deadline_s: float | None = None) -> Sequence[ToolDefinition]:
        """Return a server's tools; see `Gateway.list_tools`."""
        return await self._to(server).list_tools(server, deadline_s=deadline_s)

    async def call(
        self, server: str, tool: str, arguments: Mapping[str, Any] | None = None, *, deadline_s: float | None = None
    ) -> ToolResult:
        """Call a tool; see `Gateway.call`. What it said beforehand to the same arguments is returned as it was."""
        known = self.said.get(server, tool, arguments)
        if known is not None:
            return known
        return await self._to(server).call(server, tool, arguments, deadline_s=deadline_s)

    def _to(self, server: str) -> Gateway:
        return self._own if self._own is not None and server == DOCUMENTS[0] else self._gateway

    # what the scheduler needs

    def repeatable(self, task: Task) -> bool:
        """Say whether a task's tool only reads, or is idempotent; one that is not known does neither."""
        definition = self._definitions.get((task.server, task.tool))
        return definition is not None and definition.repeatable

    def changes(self, task: Task) -> bool:
        """Say whether a task's tool declares that it changes something."""
        definition = self._definitions.get((task.server, task.tool))
        return definition is not None and definition.read_only is False

    def expected_s(self, task: Task) -> float:
        """Return the seconds that a call of the task's server took in the median; `UNSEEN_S` before the first one."""
        try:
            latency_ms = self._to(task.server).state(task.server).latency_ms
        except UsageError:  # no such server: its call fails at once
            return 0.0
        return UNSEEN_S if latency_ms is None else latency_ms / 1000

    def slots(self, server: str) -> int | None:
        """Return how many calls a server answers at a time."""
        configured = self._pool.configuration.servers.get(server)
        return configured.options.concurrency if configured is not None else None

    def spent(self) -> tuple[LedgerEntry, ...]:
        """Return, once, what answers from the documents have spent."""
        return self._documents.spent() if self._documents is not None else ()

    def asked(self) -> tuple[LedgerEntry, ...]:
        """Return, once, the calls that were made before a plan was there."""
        return self.said.entries()

    # what is found

    async def know(self) -> None:
        """Read the definitions of all known tools; nothing is started."""
        catalogue = await asyncio.to_thread(self._pool.catalogue)
        usable = {server.name: server for server in self._pool.usable}
        self._definitions = {
            (tool.server, tool.name): tool
            for manifest in catalogue.manifests()
            for tool in manifest.tools
            if manifest.name in usable and usable[manifest.name].options.permits(tool.name)
        }
        if self._own is not None:
            manifest = await self._own.manifest(DOCUMENTS[0])
            answer = tuple(each for each in manifest.tools if each.name == DOCUMENTS[1])
            self._own_manifest = replace(manifest, tools=answer)
            self._definitions |= {(each.server, each.name): each for each in manifest.tools}

    async def refresh(self, *, deadline_s: float) -> tuple[AnswerWarning, ...]:
        """Ask servers for their tools that nothing is known of, or too long ago; see `ServerPool.refresh`."""
        warnings = await self._pool.refresh(self._gateway, deadline_s=deadline_s)
        await self.know()
        return warnings

    @property
    def definitions(self) -> tuple[ToolDefinition, ...]:
        """All tools that may be called, as far as they are known."""
        return tuple(self._definitions.values())

    async def candidates(self, question: str, intents: Intents, *, deadline_s: float) -> Found:
        """Find tools for intents; see `questline.graphs.tool_search.state.Finder`."""
        warnings = await self.refresh(deadline_s=_REFRESH_SHARE * deadline_s)
        return await asyncio.to_thread(self._found, question, intents, warnings)

    def _found(self, question: str, intents: Intents, warnings: tuple[AnswerWarning, ...]) -> Found:
        texts = [text if text.strip() else question for text in intents.texts]
        if not self._definitions:
            return Found(candidates=((),) * len(texts), warnings=warnings)
        catalogue = self._pool.catalogue()
        shared = any(server != DOCUMENTS[0] or self._own is None for server, _ in self._definitions)
        index = catalogue.index() if shared else None
        scored = (index, index.scores(texts)) if index is not None else None
        check()
        ranked = find_candidates(
            catalogue,
            texts,
            scored=scored,
            also=() if self._own_manifest is None else (self._own_manifest,),
            permits=lambda tool: (tool.server, tool.name) in self._definitions,
        )
        return Found(
            candidates=tuple(map(tuple, ranked)),
            likely=() if scored is None else tuple(map(scored[0].likely, scored[1])),
            warnings=warnings,
        )
