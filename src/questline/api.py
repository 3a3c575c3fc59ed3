"""The Python face: an `Agent` answers questions about documents."""

from __future__ import annotations

import asyncio
import os
import queue
import threading
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypedDict, TypeVar, Unpack, cast

import typing_extensions

from questline.agents.contract import WorkflowPlanner
from questline.agents.workflow_planner.build import build as build_planner
from questline.agents.workflow_planner.workflow import Workflow
from questline.budget import Budget
from questline.errors import RunError, UsageError
from questline.mcp_servers.gateway.configuration import Configuration
from questline.runtime import Documents, Request, Runtime
from questline.settings import Settings, checked, load_settings
from questline.types import Answer, Event, Filters, Message, Why

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from questline.graphs.adaptive_rag.build import Compiled

__all__ = ["Agent", "AskOptions", "QuestionState", "make_graph"]

T = TypeVar("T")
_STOP_S: Final = 10.0
"""How long `Agent.close` waits for its thread."""


class AskOptions(TypedDict, total=False):
    """What can be asked for with one question; what is left out comes from the agent."""

    history: Sequence[Message | Mapping[str, str]] | None
    """Earlier messages, oldest first; they are condensed into a standalone question, shown in the answer."""
    budget: str | Budget | None
    """``cheap``, ``balanced``, ``best`` or ``seconds=2,tokens=4000,calls=3,usd=0.01``."""
    workflow: str | None
    """Runs for the question itself whatever the planner would choose, such as ``R,AG``."""
    planner: str | WorkflowPlanner | None
    filters: Filters | None
    k: int | None
    """Passages per retrieval."""
    run_id: str | None
    """Names the run, so that it survives a kill: the same call goes on after its last finished step."""
    deadline_s: float | None
    """Seconds for the whole answer; tightens the budget's own."""
    approve: bool
    """A tool that declares that it may destroy something is called where the question asks for that; without it, it
    never is. See the manual, "Approval", for tools that declare nothing."""


class QuestionState(typing_extensions.TypedDict, total=False):  # pydantic draws the schema from it on Python 3.11
    """State of `Agent.graph`: give ``question``, get ``answer``."""

    question: str
    history: Sequence[Message | Mapping[str, str]]
    answer: Answer


class Agent:
    """Answers questions about documents, with citations, a plan and a ledger.

    Args:
        documents: Paths of files or folders, indexed on creation into a folder of their own below ``index`` (unchanged
            files are not read again); or any object with an async ``search`` (`Retriever`); left out, the index that
            ``agents index`` made in ``index``.
        model: ``embedded`` (the default: no key, no network), ``openai:NAME``, ``anthropic:NAME``, ``NAME`` with
            ``base_url``, or a pydantic-ai ``Model``.
        models: Another model for some roles (planner, condense, rewrite, select, generate, decompose, summarize).
        base_url: Address of an OpenAI-compatible server, with its ``/v1``.
        budget: Limits for each question; ``balanced`` by default.
        planner: ``rule`` (the default), ``llm``, ``trained``, ``trained:DIR``, ``constant:R,AG``, or your own
            `WorkflowPlanner`.
        workflow: Runs for every question whatever the planner would choose.
        index: Folder of index and checkpoints; ``.questline`` by default.
        servers: File of MCP servers (of Claude Desktop, Cursor or VS Code) that questions may use beside the documents;
            or what `Configuration.read` made of one, which is then not read again.
        k: Passages per retrieval; 5 by default.
        strict: A failing model raises instead of leaving the step to the embedded backend.
        prompts: Files that replace the prompts of roles.
        prices: US dollars per million tokens (in, out) by model name.
        closed_book: A language model may answer from memory where there are no documents.
        settings: All of these at once, from `load_settings` for example; arguments given besides it win.

    Raises:
        UsageError: An argument is wrong, a file is missing or unreadable, a key is missing.
        RunError: The index cannot be opened or written.
    """

    def __init__(
        self,
        documents: Documents | None = None,
        *,
        model: str | Model | None = None,
        models: Mapping[str, str] | None = None,
        base_url: str | None = None,
        budget: str | Budget | None = None,
        planner: str | WorkflowPlanner | None = None,
        workflow: str | None = None,
        index: str | Path | None = None,
        servers: str | Path | Configuration | None = None,
        k: int | None = None,
        strict: bool | None = None,
        prompts: Mapping[str, str] | None = None,
        prices: Mapping[str, tuple[float, float]] | None = None,
        closed_book: bool | None = None,
        settings: Settings | None = None,
    ) -> None:
        given: dict[str, object] = {
            "model": model if isinstance(model, str) else None,
            "models": models,
            "base_url": base_url,
            "budget": None if budget is None else budget if isinstance(budget, str) else str(Budget.parse(budget)),
            "planner": planner if isinstance(planner, str) else None,
            "workflow": None if workflow is None else str(Workflow.parse(workflow)),
            "index": index,
            "servers": None if isinstance(servers, Configuration) else servers,
            "k": k,
            "strict": strict,
            "prompts": prompts,
            "prices": prices,
            "closed_book": closed_book,
        }
        self.settings = checked(settings or Settings(), given, where="Agent(…)")
        self._planner = None if isinstance(planner, str) else planner
        self._closed = False
        self._connections: AbstractAsyncContextManager[None] | None = None
        own_model = None if model is None or isinstance(model, str) else model
        # Wrong defaults are found now, not with the first question.
        Budget.parse(self.settings.budget)
        build_planner(self._planner or self.settings.planner, workflow=self.settings.workflow)
        read = servers if isinstance(servers, Configuration) else None
        self.runtime = Runtime.build(self.settings, documents=documents, model=own_model, servers=read)
        self._loop = _LoopThread(partial(_keep_connections, self.runtime))
        self._finalizer = weakref.finalize(self, _LoopThread.stop, self._loop)

    def ask(self, question: str, **options: Unpack[AskOptions]) -> Answer:
        """Answer a question; works inside a running event loop too (a notebook), which it blocks.

        Args:
            question: At most 8,000 characters; 20,000 where servers are configured.
            **options: See `AskOptions`.

        Raises:
            UsageError: The question or an option is wrong, or there is nothing to search.
            RunError: A failure left nothing to answer with; any failure of a model when ``strict``. A budget that ends
                is not an error: the answer says so.
        """
        return self._loop.run(self.runtime.answer(self._request(question, options)))

    async def aask(self, question: str, **options: Unpack[AskOptions]) -> Answer:
        """Answer a question on the running event loop; see `ask`. Cancelling it ends the run."""
        return await self.runtime.answer(self._request(question, options))

    def explain(self, question: str, **options: Unpack[AskOptions]) -> Why:
        """Say what the planner of workflows would do first with a question, and why; nothing is searched or answered.

        Earlier messages are not read: give a question that stands alone. Only the planner ``llm`` asks a model.

        Raises:
            UsageError: The question or an option is wrong.
            RunError: The planner failed, or the budget does not carry its decision.
        """
        return self._loop.run(self.runtime.explain(self._request(question, options)))[0]

    async def aexplain(self, question: str, **options: Unpack[AskOptions]) -> Why:
        """Do the same on the running event loop; see `explain`."""
        return (await self.runtime.explain(self._request(question, options)))[0]

    def stream(self, question: str, **options: Unpack[AskOptions]) -> Iterator[Event]:
        """Answer a question and tell what happens on the way; the last event carries the answer.

        Leaving the loop early, or closing the iterator, ends the run.
        """
        return self._stream(self._request(question, options))

    def astream(self, question: str, **options: Unpack[AskOptions]) -> AsyncIterator[Event]:
        """Answer a question and tell what happens on the way, on the running event loop; see `stream`."""
        return self._events(self._request(question, options))

    def _request(self, question: str, options: AskOptions) -> Request:
        if self._closed:
            raise UsageError("the agent is closed; make a new one", argument="agent")
        if options.get("planner") is None and self._planner is not None:
            workflow = options.get("workflow") or self.settings.workflow
            options = cast("AskOptions", {**options, "planner": self._planner, "workflow": workflow})
        return self.runtime.request(question, **options)

    def _stream(self, request: Request) -> Generator[Event]:
        events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()

        async def drive() -> None:
            try:
                async for event in self._events(request):
                    events.put(event)
            finally:
                events.put(None)

        running = self._loop.start(drive())
        try:
            while (event := events.get()) is not None:
                yield event
            _result(running)
        finally:
            running.cancel()

    async def _events(self, request: Request) -> AsyncGenerator[Event]:
        loop, events = asyncio.get_running_loop(), asyncio.Queue[Event | None]()

        def emit(event: Event) -> None:  # a step may run in a thread
            loop.call_soon_threadsafe(events.put_nowait, event)

        task = asyncio.create_task(self.runtime.answer(replace(request, emit=emit)))
        task.add_done_callback(lambda _: events.put_nowait(None))
        try:
            while (event := await events.get()) is not None:
                yield event
            answer = task.result()
            yield Event(kind="answer", text=answer.text, answer=answer)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @cached_property
    def graph(self) -> Compiled:
        """This agent as a compiled LangGraph graph, to be used as a node of another one.

        Its state is `QuestionState`; it needs no context from outside, and streams its events as custom ones.
        """
        from langchain_core.runnables import RunnableLambda
        from langgraph.graph import (  # pyright: ignore[reportMissingTypeStubs]  # because a namespace package hides py.typed
            END,
            START,
            StateGraph,
        )

        graph = cast("Any", StateGraph(QuestionState))
        graph.add_node("answer", RunnableLambda(self._node, afunc=self._anode, name="questline"))
        graph.add_edge(START, "answer")
        graph.add_edge("answer", END)
        # The graph around it keeps the answer; the steps inside belong to no checkpointer but this agent's own.
        return cast("Compiled", graph.compile(checkpointer=False, name="questline"))

    def _node(self, state: QuestionState) -> QuestionState:
        from langgraph.config import get_stream_writer

        write, answer = get_stream_writer(), None
        for event in self.stream(state.get("question", ""), history=state.get("history")):
            write(event)
            answer = event.answer
        return {"answer": cast("Answer", answer)}

    async def _anode(self, state: QuestionState) -> QuestionState:
        from langgraph.config import get_stream_writer

        write, answer = get_stream_writer(), None
        async for event in self.astream(state.get("question", ""), history=state.get("history")):
            write(event)
            answer = event.answer
        return {"answer": cast("Answer", answer)}

    def close(self) -> None:
        """Close index, connections and thread; a second call does nothing.

        Raises:
            RunError: ``run_failed`` when a running step (a retriever or planner of yours) does not end within 10 s.
        """
        if self._closed:
            return
        self._closed = True
        self._loop.stop(self.runtime.disconnect)
        self._finalizer.detach()
        self.runtime.close()

    async def aclose(self) -> None:
        """Close index, connections and thread without blocking the event loop."""
        if not self._closed:
            await self.runtime.disconnect()
        await asyncio.to_thread(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        """Keep connections and servers of this event loop open between questions, until the end of the block."""
        self._connections = self.runtime.connections()
        await self._connections.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connections, self._connections = self._connections, None
        try:
            await self.aclose()
        finally:
            if connections is not None:
                await connections.__aexit__(kind, error, trace)


def make_graph() -> Compiled:
    """Return an agent's graph for LangGraph's tools; it reads the settings and the index of the working folder."""
    return Agent(settings=load_settings()).graph


async def _keep_connections(runtime: Runtime) -> None:
    """Hold the models' connections, and servers, of a loop open between questions, until it is stopped."""
    async with runtime.connections():
        await asyncio.Event().wait()


class _LoopThread:
    """An event loop in a thread of its own, started when first needed, so that connections outlive one `ask`.

    Args:
        background: Runs on the loop from its start until it is cancelled at its end.
    """

    def __init__(self, background: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._background = background
        self._held: Future[None] | None = None
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine; cancelling the future cancels it."""
        if self._process != os.getpid():  # a fork copies the loop without its thread, and perhaps a held lock
            self._lock, self._process, self._loop = threading.Lock(), os.getpid(), None
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_serve, args=(self._loop,), name="questline-agent", daemon=True)
                self._thread.start()
                # Kept, because a loop does not keep its tasks from the garbage collector.
                self._held = asyncio.run_coroutine_threadsafe(self._background(), self._loop)
            loop, thread = self._loop, self._thread
        if threading.current_thread() is thread:
            work.close()
            raise UsageError("ask and stream cannot be called from inside a running question; use aask", argument="ask")
        return asyncio.run_coroutine_threadsafe(work, loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and wait for it; an interruption of the wait cancels it."""
        future = self.start(work)
        try:
            return _result(future)
        except BaseException:
            future.cancel()
            raise

    def stop(self, last: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        """Cancel what runs, run `last`, and end the thread."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        with suppress(RuntimeError):  # the loop is closed already, at the interpreter's exit
            asyncio.run_coroutine_threadsafe(_finish(last), loop)
        if threading.current_thread() is not thread:
            thread.join(_STOP_S)
            if thread.is_alive():
                raise RunError(f"a step did not end within {_STOP_S:g} s of being cancelled; its thread goes on")


def _result(future: Future[T]) -> T:
    try:
        return future.result()
    except CancelledError as error:
        raise RunError("the agent was closed while the question ran", code="cancelled") from error


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def _finish(last: Callable[[], Coroutine[Any, Any, None]] | None) -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if last is not None:
        await last()
    asyncio.get_running_loop().stop()
