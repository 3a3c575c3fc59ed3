"""The agents behind the server: one for each model that a request may name, over one index."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast
from weakref import WeakSet

from questline.api import Agent
from questline.budget import Budget
from questline.errors import RunError
from questline.health import Report, check_configured, check_index, check_models
from questline.settings import Settings
from questline.tools.retrieval.schema import DATABASE
from questline.types import Event

from .wire import Ask

if TYPE_CHECKING:
    from questline.api import AskOptions
    from questline.mcp_servers.gateway.configuration import Configuration

__all__ = ["CONFIGURED", "AgentAnswers"]

CONFIGURED: Final = "questline"
"""The model name that stands for the settings: their model, and their models by role."""
_CHECK_EVERY_S: Final = 10.0


class AgentAnswers:
    """Answers with `Agent`; others than the configured one are made when they are first asked for.

    Args:
        settings: How they behave.
        servers: What was read of a file of servers; None reads ``settings.servers``, once.

    Raises:
        UsageError: The settings name an unknown model, a key is missing, or ``max_budget`` cannot be read.
        RunError: The index cannot be opened.
    """

    def __init__(self, settings: Settings, *, servers: Configuration | None = None) -> None:
        self._settings = settings
        self._most = Budget.parse(settings.max_budget)
        self._connections = AsyncExitStack()
        self._held: WeakSet[Agent] = WeakSet()
        self._agents: dict[str, Agent] = {CONFIGURED: Agent(settings=settings, servers=servers)}
        self._report: Report | None = None
        self._checked_s = 0.0

    @property
    def models(self) -> Mapping[str, str]:
        """The configured model by the name ``questline``, ``embedded``, and each model that the settings name."""
        named = dict.fromkeys((self._settings.model, *self._settings.models.values()))
        return {CONFIGURED: CONFIGURED, "embedded": CONFIGURED} | {
            name: name.partition(":")[0] if ":" in name else "local" for name in named if name != "embedded"
        }

    def stream(self, model: str, ask: Ask) -> AsyncIterator[Event]:
        """Answer a question with one of the models.

        Raises:
            UsageError: The request is wrong; raised at once, before anything runs.
            RunError: ``cancelled``: the server is shutting down.
        """
        agent, options = self._agent(model), ask.options
        budget = options.get("budget")
        if budget is not None:
            options = cast("AskOptions", {**options, "budget": Budget.parse(budget).within(self._most)})
        return self._connected(agent, agent.astream(ask.question, **options))

    async def _connected(self, agent: Agent, events: AsyncIterator[Event]) -> AsyncGenerator[Event]:
        """Pass events on; the agent's connections to its models stay open for the next question."""
        if agent not in self._held:
            self._held.add(agent)
            await self._connections.enter_async_context(agent.runtime.connections())
        async with aclosing(cast("AsyncGenerator[Event]", events)) as open_events:
            async for event in open_events:
                yield event

    async def ready(self) -> Report:
        """Check index, models and the entries of MCP servers, at most every few seconds: an orchestrator asks often."""
        now = asyncio.get_running_loop().time()
        if self._report is None or now - self._checked_s > _CHECK_EVERY_S:
            self._checked_s = now
            self._report = await asyncio.to_thread(self._check)
        return self._report

    async def close(self) -> None:
        """Close every agent; the configured one, which holds the index, comes last."""
        await self._connections.aclose()
        while self._agents:
            _, agent = self._agents.popitem()
            await agent.aclose()

    def _agent(self, model: str) -> Agent:
        if CONFIGURED not in self._agents:
            raise RunError("the server is shutting down", code="cancelled", retryable=True)
        main = self._agents[CONFIGURED]
        pool = main.runtime.servers
        servers = None if pool is None else pool.configuration  # what is in the file by now was not agreed to
        if main.runtime.retriever is None and (self._settings.index / DATABASE).is_file():
            self._agents = {CONFIGURED: Agent(settings=self._settings, servers=servers)}  # documents were indexed since
            main = self._agents[CONFIGURED]
        if model not in self._agents:
            settings = replace(self._settings, model=model, models={})
            self._agents[model] = Agent(main.runtime.retriever, settings=settings, servers=servers)
        return self._agents[model]

    def _check(self) -> Report:
        index = check_index(self._settings, needed=not self._settings.closed_book)
        main = self._agents.get(CONFIGURED)  # none while the server shuts down
        pool = None if main is None else main.runtime.servers
        servers = () if pool is None else (check_configured(pool.configuration),)
        return Report(checks=(*index, *check_models(self._settings), *servers))
