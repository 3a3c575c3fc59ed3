"""What stands behind `agents mcp tool_search`: a runtime with servers."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from questline.agents.tool_planner.wire import as_json, from_json
from questline.errors import UsageError
from questline.mcp_servers.tool_search import FoundTools
from questline.runtime import Request, Runtime
from questline.types import Answer, AnswerWarning, Event, MissingPart

if TYPE_CHECKING:
    from questline.mcp_servers.gateway.pool import ServerPool

__all__ = ["RuntimeTools"]

_ASK_S: Final = 30.0
_GIVEN: Final = "Run the plan."
"""Stands for the question of a plan that was given without one."""


class RuntimeTools:
    """Searches, plans, runs and answers with the servers of a runtime.

    Args:
        runtime: With servers.
        approve: Tools that declare that they may destroy something may be called, where that is asked for.
    """

    def __init__(self, runtime: Runtime, *, approve: bool = False) -> None:
        self._runtime = runtime
        self._approve = approve

    @asynccontextmanager
    async def lifespan(self, server: object) -> AsyncGenerator[None]:
        """Keep servers that were started between two calls."""
        del server
        async with self._runtime.connections():
            yield

    async def search(self, query: str, *, k: int) -> FoundTools:
        """Find tools by what they are for."""
        pool = self._pool
        async with pool.session() as gateway:
            await pool.refresh(gateway, deadline_s=_ASK_S)
        catalogue = pool.catalogue()
        found = catalogue.search(query, k=k)
        permits = {server.name: server.options.permits for server in pool.usable}
        return FoundTools(
            tools=tuple(
                (catalogue.tool(each.id), each.score)
                for each in found.tools
                if each.server in permits and permits[each.server](each.tool)
            ),
            no_tool=found.no_tool,
        )

    async def plan(
        self, question: str, *, deadline_s: float, emit: Callable[[Event], None]
    ) -> tuple[Mapping[str, Any], Sequence[MissingPart], Sequence[AnswerWarning]]:
        """Plan the calls, and make none."""
        request = self._request(question, deadline_s, emit)
        async with self._runtime.connections():
            found = await self._runtime.question(request, self._pool).plan(request.question)
        return json.loads(as_json(found.planned.plan)), found.missing, found.warnings

    async def run(
        self, plan: Mapping[str, Any], question: str, *, deadline_s: float, emit: Callable[[Event], None]
    ) -> Answer:
        """Read and check a plan, and run it."""
        given = from_json(json.dumps(plan))
        request = self._request(question.strip() or _GIVEN, deadline_s, emit)
        async with self._runtime.connections():
            return await self._runtime.question(request, self._pool).run(given, question)

    async def answer(self, question: str, *, deadline_s: float, emit: Callable[[Event], None]) -> Answer:
        """Plan, call and answer."""
        return await self._runtime.answer(self._request(question, deadline_s, emit))

    def _request(self, question: str, deadline_s: float, emit: Callable[[Event], None]) -> Request:
        return self._runtime.request(question, deadline_s=deadline_s, approve=self._approve, emit=emit)

    @property
    def _pool(self) -> ServerPool:
        pool = self._runtime.servers
        if pool is None:
            raise UsageError("no servers are configured", code="no_tools", argument="servers")
        return pool
