"""One question where servers are configured: its answer, its plan alone, or the run of a plan that somebody gave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from questline.agents.contract import Context, WorkflowPlanner
from questline.agents.tool_planner.repair import Change, Repaired
from questline.budget import Budget, Meter, SoonerMeter
from questline.deadline import bounded
from questline.errors import ToolTimeout, UsageError
from questline.graphs.adaptive_rag.build import Compiled
from questline.graphs.adaptive_rag.run import answer, answer_resumably
from questline.graphs.adaptive_rag.state import Run
from questline.graphs.search import routed
from questline.graphs.tool_search.answering import Searched, search, search_resumably
from questline.graphs.tool_search.assembly import OpenServers, Searching, open_servers
from questline.graphs.tool_search.staged import Preview, given_plan, plan_only, run_given
from questline.graphs.tool_search.state import SearchRun
from questline.graphs.tool_search.steps import LOOSE, compose_reserve_s, share_s
from questline.mcp_servers.gateway.pool import ServerPool
from questline.tools.retrieval.contract import Retriever
from questline.types import Answer, AnswerWarning, Event, Message, Plan, Usage

__all__ = ["Kept", "QuestionWithServers"]

_ASK_SHARE: Final = 0.3
_REFRESH_SHARE: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where a run that survives a kill is kept."""

    run_id: str
    file: Path
    """Of the checkpoints."""
    setup: Mapping[str, str]
    """What besides the question decides the answer, by name."""


@dataclass(slots=True, kw_only=True)
class QuestionWithServers:
    """One question; an object serves it once."""

    pool: ServerPool
    documents: Compiled
    """The adaptive graph."""
    tools: Compiled
    """The graph of tool search."""
    context: Callable[[Meter], Context]
    """What every step is given."""
    planner: WorkflowPlanner
    """For what the documents answer."""
    budget: Budget
    retriever: Retriever | None
    """What is searched; None where there are no documents."""
    approve: bool = False
    meter: Meter = field(init=False)
    """What it spends."""

    def __post_init__(self) -> None:
        self.meter = Meter(budget=self.budget)

    async def answer(self, question: str, history: tuple[Message, ...] = (), kept: Kept | None = None) -> Answer:
        """Answer it, from servers, documents, or both.

        Args:
            question: As the user wrote it.
            history: Earlier messages.
            kept: For a run that survives a kill.

        Raises:
            UsageError: ``empty_query``; ``bad_argument`` for a run id that belongs to another question or still runs.
            RunError: A failure that left nothing to answer with; any failure of a model when the run is strict;
                ``damaged_index``, ``read_only``, ``disk_full`` for catalogue and checkpoints.
        """
        return await routed(
            partial(self._from_servers, question, history, kept),
            partial(self._from_documents, kept=kept),
            partial(self._from_servers, history=(), kept=kept, again=True),
            question,
        )

    async def plan(self, question: str) -> Preview:
        """Return the calls that would be made, what no call serves, and what is to be known; nothing is called.

        Raises:
            UsageError: ``empty_query``.
            RunError: As `answer`, without the checkpoints.
        """
        async with self._open() as (servers, searching):
            return await plan_only(self.tools, self._run(servers, searching, calls=False), question)

    async def check(self, plan: Plan) -> Repaired:
        """Return a plan that somebody gave as it would be run, with what was mended; nothing is called.

        Raises:
            UsageError: ``bad_plan`` with ``task``, ``field`` and ``reason``; ``not_allowed`` with ``task``, ``server``
                and ``tool``: it needs an approval.
            RunError: ``deadline_reached``: a server that it calls was not known in time; and of the catalogue.
        """
        async with self._open() as (servers, _):
            return await self._checked(plan, servers)

    async def run(self, plan: Plan, question: str = "") -> Answer:
        """Check a plan that somebody gave, run it as it stands, and answer with what it finds; what was mended is a
        warning of the answer each.

        Raises:
            UsageError: As `check`.
            RunError: As `check` and `answer`, without the checkpoints.
        """
        async with self._open() as (servers, searching):
            mended = await self._checked(plan, servers)
            answer = await run_given(self.tools, self._run(servers, searching), mended.plan, question)
            return replace(answer, warnings=(*map(_mended, mended.changes), *answer.warnings))

    async def _checked(self, plan: Plan, servers: OpenServers) -> Repaired:
        late, seconds = False, share_s(self.context(self.meter), _ASK_SHARE)
        try:
            await bounded(servers.servers.refresh(deadline_s=_REFRESH_SHARE * seconds), seconds, loose=LOOSE)
        except TimeoutError:
            late = True
        try:
            return await asyncio.to_thread(given_plan, plan, servers.servers.definitions, approve=self.approve)
        except UsageError as error:
            if late and error.code == "bad_plan":
                text = f"what the servers offer was not known in time, and so: {error.message}"
                raise ToolTimeout(text, code="deadline_reached") from error
            raise

    @asynccontextmanager
    async def _open(self, *, documents: bool = True) -> AsyncGenerator[tuple[OpenServers, Searching]]:
        searching = Searching(
            pool=self.pool,
            retriever=self.retriever,
            answers=self._part,
            approve=self.approve,
            last_resort=not documents,
        )
        async with open_servers(searching, self.context(self.meter)) as servers:
            yield servers, searching

    def _run(self, servers: OpenServers, searching: Searching, *, calls: bool = True) -> SearchRun:
        return servers.run(self.context(self.meter), searching, calls=calls)

    async def _from_servers(
        self, question: str, history: tuple[Message, ...], kept: Kept | None, *, again: bool = False
    ) -> Searched:
        async with self._open(documents=not again) as (servers, searching):
            part = "again" if again else ""
            if kept is None:
                return await search(self.tools, servers.run(self._context_of(part), searching), question, history)

            def start(spent: Usage, elapsed_s: float) -> SearchRun:
                self._go_on(spent, elapsed_s)
                return servers.run(self._context_of(part, spent), searching)

            return await search_resumably(
                self.tools,
                start,
                question,
                history,
                run_id=kept.run_id,
                file=kept.file,
                setup=kept.setup,
                part=part,
            )

    async def _from_documents(self, question: str, *, kept: Kept | None) -> Answer:
        charged = False

        def start(spent: Usage, elapsed_s: float) -> Run:
            nonlocal charged
            charged = True
            self._go_on(spent, elapsed_s)
            return Run(context=self._context_of("documents", spent), planner=self.planner)

        if kept is None:
            return await answer(self.documents, start(Usage(), 0.0), question)
        found = await answer_resumably(
            self.documents, start, question, run_id=kept.run_id, file=kept.file, setup=kept.setup
        )
        if not charged:  # an earlier run had finished it, and its second try may be still to come
            self._go_on(found.usage, found.ledger.wall_s)
        return found

    def _go_on(self, spent: Usage, elapsed_s: float) -> None:
        """Count what an earlier run of the same id spent on a part of the question, and the time it took until then."""
        if spent != Usage() or elapsed_s:
            before_s = max(self.meter.elapsed_s, elapsed_s)
            self.meter = Meter(budget=self.budget, spent=self.meter.spent + spent, elapsed_before_s=before_s)

    def _context_of(self, part: str, spent: Usage | None = None) -> Context:
        """Return what the steps of a part are given: its spending is the question's, and its ledger only its own."""
        return self.context(SoonerMeter(self.meter, by_s=0.0, own=spent) if part else self.meter)

    async def _part(self, question: str, budget: str | None) -> Answer:
        """Answer a part of the question, soon enough for what comes after it, and without its own stream of text."""
        context = self.context(self.meter)
        within = Budget.parse(budget) if budget else None
        meter = SoonerMeter(self.meter, by_s=2 * compose_reserve_s(context, llm=False), within=within)
        told = replace(self.context(meter), emit=_without_text(context.emit))
        return await answer(self.documents, Run(context=told, planner=self.planner), question)


def _mended(change: Change) -> AnswerWarning:
    return AnswerWarning(code="plan_mended", message=f"the plan was mended before it ran: {change}", step=change.task)


def _without_text(emit: Callable[[Event], None]) -> Callable[[Event], None]:
    def told(event: Event) -> None:
        if event.kind != "token":
            emit(event)

    return told
