"""One object that holds what questions share: the index, the models, the graph; and the frame around each question.

Nothing of a question is kept here, so that questions may run side by side.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeAlias, cast

from questline.agents.contract import Context, WorkflowPlanner
from questline.agents.workflow_planner.build import build as build_planner
from questline.agents.workflow_planner.constant import ConstantPlanner, ForcedPlanner
from questline.budget import Budget, Meter
from questline.deadline import Deadline
from questline.errors import QuestlineError, RunError, UsageError
from questline.graphs import search
from questline.graphs.adaptive_rag.preview import preview
from questline.graphs.adaptive_rag.state import Run
from questline.settings import MAX_K, Settings
from questline.telemetry import Attributes, Operation, SpanHandle, content, span
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.cross_encoder_cache import RecentPairs, SharedCrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.models.encoder_cache import RecentTexts, SharedEncoder
from questline.tools.models.fitted import fitted
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import ROLES, Role
from questline.tools.retrieval.contract import Retriever
from questline.types import Answer, Event, Filters, Message, Usage, Why

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from questline.graphs.adaptive_rag.build import Compiled
    from questline.graphs.questions import QuestionWithServers
    from questline.mcp_servers.gateway.configuration import Configuration
    from questline.mcp_servers.gateway.pool import ServerPool
    from questline.tools.retrieval.index import DocumentIndex

__all__ = ["CHECKPOINTS", "MAX_QUESTION_CHARS", "Documents", "Request", "Runtime"]

MAX_QUESTION_CHARS: Final = 8_000
MAX_TOOL_QUESTION_CHARS: Final = 20_000
"""Where servers are configured: a question may bring the data of a call along."""
CHECKPOINTS: Final = "checkpoints.sqlite"
"""Name of the file of checkpoints in the index folder."""
Documents: TypeAlias = "str | Path | Sequence[str | Path] | Retriever"
"""Paths to index, or something that searches by itself."""


def _silent(event: Event) -> None:
    del event


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question with what was asked for it alone; made and checked by `Runtime.request`."""

    question: str
    history: tuple[Message, ...] = ()
    budget: Budget
    planner: WorkflowPlanner
    filters: Filters | None = None
    k: int
    closed_book: bool = False
    documents: bool = True
    """Whether there is anything to search; without it only servers can be asked."""
    approve: bool = False
    """Tools that declare that they may destroy something may be called, where the question asks for that."""
    run_id: str = ""
    emit: Callable[[Event], None] = field(default=_silent)


class Runtime:
    """What questions share. Build it with `build`; a context manager, plain and async."""

    def __init__(
        self,
        *,
        settings: Settings,
        gateway: Gateway,
        retriever: Retriever | None,
        owned: DocumentIndex | None = None,
        servers: ServerPool | None = None,
    ) -> None:
        self.settings = settings
        self.gateway = gateway
        self.retriever = retriever
        """What is searched; None when there are no documents."""
        self.servers = servers
        """The configured MCP servers; None where there are none."""
        self._owned = owned
        self._encoder = RecentTexts(SharedEncoder(threads=settings.threads))
        self._cross_encoder = RecentPairs(SharedCrossEncoder(threads=settings.threads))
        self._filled = False
        self._loaded, self._loading = False, threading.Lock()

    @classmethod
    def build(
        cls,
        settings: Settings,
        *,
        documents: Documents | None = None,
        model: str | Model | None = None,
        servers: Configuration | None = None,
    ) -> Runtime:
        """Open the index and prepare the models; nothing is connected yet.

        Args:
            settings: How Questline behaves.
            documents: Paths are indexed now (unchanged files are not read again) into a folder of their own below
                ``settings.index``; a retriever is used as it is and stays the caller's; None opens ``settings.index``
                if there is an index.
            model: A pydantic-ai model in place of ``settings.model``.
            servers: What was read of a file of servers, which is then not read again; None reads
                ``settings.servers``.

        Raises:
            UsageError: ``unknown_model``, ``missing_key``, ``file_not_found`` and the others of reading documents.
            RunError: ``damaged_index``, ``read_only``, ``disk_full``, ``index_locked``.
        """
        _readable_prompts(settings)
        gateway = Gateway.of(settings, model=model)
        pool = _pool(settings, servers)
        if documents is not None and isinstance(documents, Retriever):
            return cls(settings=settings, gateway=gateway, retriever=documents, servers=pool)
        index = _open(settings) if documents is None else _ingested(settings, _paths(documents))
        return cls(settings=settings, gateway=gateway, retriever=index, owned=index, servers=pool)

    @cached_property
    def graph(self) -> Compiled:
        """The graph of questions that keep no checkpoints, also inside another graph that does."""
        return search.build(checkpointer=False)

    @cached_property
    def tool_graph(self) -> Compiled:
        """The graph of questions that may use servers."""
        from questline.graphs.tool_search.build import build

        return build(checkpointer=False)

    def request(
        self,
        question: str,
        *,
        history: Sequence[Message | Mapping[str, str]] | None = None,
        budget: str | Budget | None = None,
        planner: str | WorkflowPlanner | None = None,
        workflow: str | None = None,
        filters: Filters | None = None,
        k: int | None = None,
        run_id: str | None = None,
        deadline_s: float | None = None,
        approve: bool = False,
        emit: Callable[[Event], None] = _silent,
    ) -> Request:
        """Check a question and what comes with it; what is left out comes from the settings.

        Raises:
            UsageError: ``empty_question``, ``question_too_long``, ``bad_history``, ``bad_budget``, ``bad_workflow``,
                ``bad_planner``, ``bad_argument``, ``bad_deadline``, ``no_tools`` or ``no_index``.
        """
        if planner is None and workflow is None:
            workflow = self.settings.workflow
        chosen = build_planner(self.settings.planner if planner is None else planner, workflow=workflow)
        named = isinstance(chosen, (ConstantPlanner, ForcedPlanner)) and chosen.workflow
        # A workflow without retrieval that the caller named is the permission to answer from memory.
        closed_book = self.settings.closed_book or bool(named and not named.retrieves and not named.is_decomposition)
        documents = self._has_documents() or (closed_book and self.gateway.serves("generate"))
        if not documents and self.servers is not None and not self.servers.usable:
            raise UsageError(
                f"there is no server to ask in {str(self.servers.configuration.source)!r}, and there are no documents",
                code="no_tools",
                path=self.servers.configuration.source,
            )
        if not documents and self.servers is None:
            raise UsageError(
                f"there are no documents to search: no index in {str(self.settings.index)!r}. Index some with "
                "`agents index PATH`, or pass documents=",
                code="no_index",
                index=self.settings.index,
            )
        wanted = self.settings.k if k is None else k
        if isinstance(wanted, bool) or not isinstance(cast("object", wanted), int) or not 0 < wanted <= MAX_K:
            raise UsageError(f"k={wanted!r} must be a whole number from 1 to {MAX_K:,}", argument="k")
        if not (filters is None or isinstance(cast("object", filters), Filters)):
            raise UsageError(f"filters={filters!r} must be a questline.Filters", argument="filters")
        if filters is not None and isinstance(cast("object", filters.sources), str):
            raise UsageError(f"filters.sources={filters.sources!r} must be a tuple of sources", argument="filters")
        if run_id is not None and not _names_a_run(run_id):
            raise UsageError(f"run_id={run_id!r} must be text of 1 to {_MAX_RUN_ID} characters", argument="run_id")
        limits = Budget.parse(self.settings.budget if budget is None else budget)
        if deadline_s is not None:
            Deadline(deadline_s)  # for what it refuses
            limits = limits.within(Budget(seconds=deadline_s))
        return Request(
            question=_question(question, MAX_QUESTION_CHARS if self.servers is None else MAX_TOOL_QUESTION_CHARS),
            history=_history(history or ()),
            budget=limits,
            planner=chosen,
            filters=filters,
            k=wanted,
            closed_book=closed_book,
            documents=documents,
            approve=approve,
            run_id=run_id or "",
            emit=emit,
        )

    def _has_documents(self) -> bool:
        if self._owned is not None and not self._filled:
            self._filled = bool(self._owned.sources())  # an indexing that failed may have left an empty index
            return self._filled
        return self.retriever is not None

    async def answer(self, request: Request) -> Answer:
        """Run the question; its answer carries everything, also what went wrong on the way.

        With a run id, each finished step is kept in the index folder's checkpoints: the same call after a kill goes on
        where it stopped, and after the end gives the same answer without a new call.

        Raises:
            RunError: A failure that left nothing to answer with; any failure when ``settings.strict``.
        """
        attributes = {Attributes.OPERATION: Operation.INVOKE_AGENT, Attributes.AGENT_NAME: "questline"}
        if request.run_id:
            attributes[Attributes.CONVERSATION] = request.run_id
        with span(f"{Operation.INVOKE_AGENT} questline", attributes) as handle:
            async with self.connections():
                answer = await self._run(request)
            _describe(handle, answer)
        return answer

    async def explain(self, request: Request) -> tuple[Why, Usage]:
        """Return what the planner would do first with the question, and why, and what deciding took; nothing is run.

        Earlier messages are not read: give a question that stands alone.

        Raises:
            UsageError: ``bad_planner`` where the planner needs a model that is not there.
            RunError: The planner failed, or the budget does not carry its decision.
        """
        async with self.connections():
            run = Run(context=self.context(request, Meter(budget=request.budget)), planner=request.planner)
            return await preview(run, request.question)

    @asynccontextmanager
    async def connections(self) -> AsyncGenerator[None]:
        """Keep connections to models, and servers that were started, open on this event loop; sessions may overlap.

        The first also loads what a question needs, so that the time of none goes there; servers that nothing is known
        of, which the first question would have to wait for, start meanwhile.
        """
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.gateway.session())
            if self.servers is not None:
                gateway = await stack.enter_async_context(self.servers.session())
                with suppress(RunError):  # the question that needs the catalogue tells what is wrong with it
                    await self.servers.refresh(gateway, deadline_s=0.0)
            await asyncio.to_thread(self._load)
            yield

    def _load(self) -> None:
        """Load what the first question would load while its time runs; later calls do nothing."""
        with self._loading:
            if self._loaded:
                return
            embedded = not all(self.gateway.serves(role) for role in ROLES)
            with suppress(RunError):  # a damaged model is told by the step that needs it
                if embedded or self.servers is not None:
                    Encoder.load(threads=self.settings.threads)
                if embedded:
                    CrossEncoder.load(threads=self.settings.threads, folder=fitted("cross-encoder"))
            if self.settings.by_time:
                from questline.tools.temporal.searching import lifting

                del lifting
            if self.servers is not None:
                from questline.graphs import questions

                del questions
                _ = self.tool_graph
            _ = self.graph
            self._loaded = True

    async def _run(self, request: Request) -> Answer:
        if self.servers is not None:
            return await self._run_with_servers(request, self.servers)
        meter = Meter(budget=request.budget)

        def start(spent: Usage, elapsed_s: float) -> Run:
            nonlocal meter
            meter = Meter(budget=request.budget, spent=spent, elapsed_before_s=elapsed_s)
            return Run(context=self.context(request, meter), planner=request.planner)

        try:
            return await self._run_graph(request, start)
        except QuestlineError as error:
            error.usage = meter.spent
            raise

    async def _run_graph(self, request: Request, start: Callable[[Usage, float], Run]) -> Answer:
        if not request.run_id:
            return await search.answer(self.graph, start(Usage(), 0.0), request.question, request.history)
        return await search.answer_resumably(
            self.graph,
            start,
            request.question,
            request.history,
            run_id=request.run_id,
            file=self.settings.index / CHECKPOINTS,
            setup=self._setup(request),
        )

    def question(self, request: Request, pool: ServerPool) -> QuestionWithServers:
        """Return a question that may use servers, to be answered, planned, or run by a plan that somebody gave."""
        from questline.graphs.questions import QuestionWithServers

        return QuestionWithServers(
            pool=pool,
            documents=self.graph,
            tools=self.tool_graph,
            context=partial(self.context, request),
            planner=request.planner,
            budget=request.budget,
            retriever=self.retriever if request.documents else None,
            approve=request.approve,
        )

    async def _run_with_servers(self, request: Request, pool: ServerPool) -> Answer:
        from questline.graphs.questions import Kept

        question, kept = self.question(request, pool), None
        if request.run_id:
            setup = {**self._setup(request), "servers": str(pool.configuration.source), "approve": str(request.approve)}
            kept = Kept(run_id=request.run_id, file=self.settings.index / CHECKPOINTS, setup=setup)
        try:
            answer = await question.answer(request.question, request.history, kept)
        except QuestlineError as error:
            error.usage = question.meter.spent
            raise
        return replace(answer, run_id=request.run_id)

    def _setup(self, request: Request) -> dict[str, str]:
        """Name what besides question and budget decides the answer, so that a run is not continued as another one.

        The documents count by the place of their index: what is indexed anew between two calls is not noticed.
        """
        index, settings = self._owned, self.settings
        documents = type(self.retriever).__qualname__ if index is None else str(index.folder.resolve())
        planner = request.planner
        forced = planner.workflow if isinstance(planner, (ConstantPlanner, ForcedPlanner)) else ""
        decides = planner.parts if isinstance(planner, ForcedPlanner) else planner
        return {
            "model": ",".join(f"{role}={self.gateway.name(role)}" for role in ROLES if self.gateway.serves(role)),
            "documents": documents,
            "planner": f"{type(decides).__qualname__} {getattr(decides, 'fingerprint', '')}".strip(),
            "workflow": str(forced),
            "k": str(request.k),
            "filters": repr(request.filters),
            "base_url": settings.base_url or "",
            "prompts": _digest(settings.prompts),
            "max_tokens": str(settings.max_tokens),
            "strict": str(settings.strict),
            "by_time": str(settings.by_time),
            "closed_book": str(request.closed_book),
        }

    def context(self, request: Request, meter: Meter) -> Context:
        """Return what every step of a request is given; `meter` counts what they spend."""
        return Context(
            meter=meter,
            retriever=self.retriever,
            llm=self.gateway,
            prompts=cast("Mapping[Role, str]", self.settings.prompts),
            emit=request.emit,
            k=request.k,
            filters=request.filters,
            strict=self.settings.strict,
            closed_book=request.closed_book,
            by_time=self.settings.by_time,
            encoder=self._encoder,
            cross_encoder=self._cross_encoder,
        )

    def close(self) -> None:
        """Close the index that `build` opened, and the catalogue of servers; a second call does nothing."""
        index, self._owned = self._owned, None
        if index is not None:
            index.close()
        if self.servers is not None:
            self.servers.close()

    async def disconnect(self) -> None:
        """Close the connections to models, and stop the servers, of this event loop."""
        await self.gateway.aclose()
        if self.servers is not None:
            await self.servers.aclose()

    async def aclose(self) -> None:
        """Close all, with the connections of this event loop."""
        await self.disconnect()
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


_MAX_RUN_ID: Final = 200
_ROLES: Final = ("user", "assistant", "system")


def _names_a_run(run_id: object) -> bool:
    if not isinstance(run_id, str) or not 0 < len(run_id) <= _MAX_RUN_ID:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in run_id)  # half a surrogate pair is not valid text


def _pool(settings: Settings, servers: Configuration | None) -> ServerPool | None:
    if servers is None and settings.servers is None:
        return None
    from questline.mcp_servers.gateway.pool import ServerPool

    def encoder() -> Encoder:
        return Encoder.load(threads=settings.threads)

    if servers is not None:
        return ServerPool(servers, encoder=encoder)
    return ServerPool.read(settings.servers, encoder=encoder) if settings.servers is not None else None


def _question(question: object, most: int) -> str:
    if not isinstance(question, str):
        raise UsageError(f"the question must be text, not {type(question).__name__}", argument="question")
    if not question.strip():
        raise UsageError("the question is empty; write one", code="empty_question", argument="question")
    text = question.strip()
    if len(text) > most:
        raise UsageError(
            f"the question has {len(text):,} characters; at most {most:,} are read. Shorten it, or put "
            "what it is about into a document",
            code="question_too_long",
            limit=most,
            length=len(text),
        )
    return text


def _history(messages: object) -> tuple[Message, ...]:
    if isinstance(messages, str) or not isinstance(messages, Sequence):
        raise UsageError(f"history={messages!r} is not a list of messages", code="bad_history", argument="history")
    return tuple(_message(message, place) for place, message in enumerate(cast("Sequence[object]", messages)))


def _message(message: object, place: int) -> Message:
    if isinstance(message, Mapping):
        row = cast("Mapping[str, object]", message)
        role, text = row.get("role"), row.get("content")
    else:
        role, text = getattr(message, "role", None), getattr(message, "content", None)
    if role not in _ROLES or not isinstance(text, str):
        raise UsageError(
            f"history[{place}]={message!r} needs a role ({', '.join(_ROLES)}) and a content that is text",
            code="bad_history",
            argument="history",
            position=place,
        )
    return message if isinstance(message, Message) else Message(role=role, content=text)


def _paths(documents: str | Path | Sequence[str | Path]) -> list[Path]:
    if not isinstance(cast("object", documents), (str, Path, Sequence)):
        raise UsageError(
            f"documents={documents!r} is neither paths nor has an async method search", argument="documents"
        )
    paths = [documents] if isinstance(documents, (str, Path)) else list(documents)
    if not paths:
        raise UsageError(
            "documents=[] names nothing to index; pass paths, a retriever or nothing", argument="documents"
        )
    for path in paths:
        if not str(path).strip():
            raise UsageError("documents: an empty path names nothing; write . for this folder", argument="documents")
        if not isinstance(cast("object", path), (str, Path)):
            raise UsageError(
                f"documents: {path!r} is neither a path nor has an async method search", argument="documents"
            )
    return [Path(path) for path in paths]


def _readable_prompts(settings: Settings) -> None:
    for role, path in settings.prompts.items():
        if not Path(path).exists():
            raise UsageError(
                f"prompts.{role} = {path!r} does not exist; name a file, or a folder of files",
                code="bad_settings",
                argument=f"prompts.{role}",
            )


def _digest(prompts: Mapping[str, str]) -> str:
    """Return a hash of the prompt files that replace the shipped ones; empty when none does."""
    if not prompts:
        return ""
    whole = hashlib.sha256()
    for role, path in sorted(prompts.items()):
        place = Path(path)
        files = sorted(file for file in place.iterdir() if file.is_file()) if place.is_dir() else [place]
        for file in files:
            whole.update(f"{role}\0{file.name}\0".encode("utf-8", "surrogateescape") + file.read_bytes())
    return whole.hexdigest()[:16]


def _open(settings: Settings) -> DocumentIndex | None:
    from questline.tools.retrieval.schema import DATABASE

    if not (settings.index / DATABASE).exists():
        return None
    from questline.tools.retrieval.index import DocumentIndex

    try:
        return DocumentIndex.open(settings.index, threads=settings.threads)
    except RunError as error:
        if error.code != "read_only":
            raise
    return DocumentIndex.open(settings.index, threads=settings.threads, read_only=True)  # asking needs no more


def _ingested(settings: Settings, paths: list[Path]) -> DocumentIndex:
    from questline.tools.retrieval.index import DocumentIndex

    names = sorted(str(path.resolve()) for path in paths)
    key = hashlib.sha256("\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    index = DocumentIndex.open(settings.index / "documents" / key, threads=settings.threads)
    try:
        index.ingest(paths, prune=True)  # a file that is gone is no evidence any more
    except BaseException:
        index.close()
        raise
    return index


def _describe(handle: SpanHandle, answer: Answer) -> None:
    if not handle.recording:
        return
    usage = answer.usage
    handle.set(
        {
            Attributes.STATUS: answer.status,
            Attributes.BACKEND: answer.backend,
            Attributes.INPUT_TOKENS: usage.tokens_in,
            Attributes.OUTPUT_TOKENS: usage.tokens_out,
            Attributes.CALLS: usage.calls,
            Attributes.USD: usage.usd,
            Attributes.DEGRADED: any(entry.degraded for entry in answer.ledger.entries),
            **content({Attributes.INPUT_MESSAGES: answer.question, Attributes.OUTPUT_MESSAGES: answer.text}),
        }
    )
