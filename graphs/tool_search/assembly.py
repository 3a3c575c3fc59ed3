"""Put together what one question's run needs: servers, planner, executor, composer."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, cast

from questline.agents.contract import Context
from questline.agents.tool_executor.executor import TaskExecutor
from questline.agents.tool_planner.contract import Excluded
from questline.deadline import bounded
from questline.mcp_servers.gateway.gateway import Gateway
from questline.mcp_servers.gateway.pool import ServerPool
from questline.tools.retrieval.contract import Retriever

from .asking import Asking
from .documents import AnswersFromDocuments, OwnDocuments
from .minds import composers_of, planners_of, suggests
from .nodes import DOCUMENTS
from .servers import Servers
from .state import SearchRun
from .steps import LOOSE, share_s

__all__ = ["OpenServers", "Searching", "open_servers"]

_OPEN_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    """What a question may use beside models: servers, and documents that are answered from."""

    pool: ServerPool
    retriever: Retriever | None = None
    answers: AnswersFromDocuments | None = None
    """Answers from `retriever`; None where there are no documents."""
    approve: bool = False
    excluded: Excluded = frozenset()
    last_resort: bool = False
    """The documents were asked, and hold no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenServers:
    """The servers of one question, open."""

    servers: Servers
    own: OwnDocuments | None

    def run(self, context: Context, searching: Searching, *, routed: bool = True, calls: bool = True) -> SearchRun:
        """Return what a run gives to every node.

        Args:
            context: Models, budget and events of the question.
            searching: What it may use.
            routed: Whether a question for the documents alone is handed back.
            calls: Whether sources that only read may be asked before a plan is made.
        """
        asker = Asking(self.servers, self.servers.said, context) if calls else None
        planners = planners_of(context, last_resort=searching.last_resort, asker=asker)
        composers = composers_of(context)
        gateway, approve = cast("Gateway", self.servers), searching.approve
        executor = TaskExecutor(gateway, context, approve=approve)
        return SearchRun(
            context=context,
            find=self.servers.candidates,
            planner=planners.best,
            plan_plainly=planners.plain,
            streaming=planners.streaming,
            executor=executor,
            execute_plainly=TaskExecutor(gateway, replace(context, llm=None), approve=approve),
            tools=self.servers,
            compose=composers.best,
            compose_plainly=composers.plain,
            composing=composers.asks,
            suggest=partial(suggests, context),
            approve=searching.approve,
            excluded=searching.excluded,
            asked_before=frozenset({DOCUMENTS}) if searching.last_resort else frozenset(),
            documents=self.own is not None and not searching.last_resort,
            routed=routed and self.own is not None and not searching.last_resort,
        )


@asynccontextmanager
async def open_servers(searching: Searching, context: Context) -> AsyncGenerator[OpenServers]:
    """Open the way to the servers for one question; none is started before it is needed.

    What is known of their tools is read within a share of the question's time; where that is not enough, `Servers.find`
    tries once more, and until then no task may be repeated.

    Raises:
        RunError: ``damaged_index`` and the others of opening the catalogue.
    """
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(searching.pool.session())
        own, way = None, None
        taken = DOCUMENTS[0] in searching.pool.configuration.servers
        if searching.retriever is not None and searching.answers is not None and not taken:
            own = OwnDocuments(searching.retriever, searching.answers, filters=context.filters)
            way = await stack.enter_async_context(own.gateway())
        servers = Servers(searching.pool, gateway, documents=own, own=way)
        with suppress(TimeoutError):
            await bounded(servers.know(), share_s(context, _OPEN_SHARE), loose=LOOSE)
        yield OpenServers(servers=servers, own=own)
