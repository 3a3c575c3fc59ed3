"""Our servers by name, and how each is put together from the settings and what the user names.

Everything a server holds is put on the `ExitStack` of the caller, who closes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from questline.settings import Settings
    from questline.tools.models.gateway import Gateway
    from questline.tools.retrieval.contract import Retriever

    from .documents import Answers, Explains, Library
    from .serving import QuestlineServer
    from .tool_search import ToolSearching

__all__ = [
    "SERVERS",
    "clock",
    "documents",
    "files",
    "mathematics",
    "photos",
    "recommender",
    "reranker",
    "suggester",
    "summarizer",
    "tables",
    "temporal",
    "tool_search",
    "utility_selector",
    "writer",
]

SERVERS: Final[dict[str, str]] = {
    "documents": "Search your indexed documents, and answer questions from them with citations.",
    "tool_search": "Find tools of your configured MCP servers, plan calls, run plans, and answer with cited results.",
    "reranker": "Order passages by how well they answer a query.",
    "utility_selector": "Choose the passages that help to answer a question, as a set.",
    "summarizer": "Answer a query with pieces of documents, each with its place.",
    "suggester": "Suggest what to ask next.",
    "recommender": "Recommend what comes next in a session of clicks, and forget on request.",
    "writer": "Write greetings, mostly Chinese, and judge them by principles.",
    "mathematics": "Exact arithmetic, units, algebra and calculus, with a time limit.",
    "photos": "Read photographed pages, and answer simple mathematics on them.",
    "tables": "Read-only SQL and plain questions over your CSV, Parquet, JSON-lines and SQLite files.",
    "clock": "The time, time zones, calendar arithmetic, and time words in English and Chinese.",
    "temporal": "What times a text means, search by time, and which event came first, when, how far apart.",
    "files": "List and read the text files of named folders.",
}
"""Name → one line, for lists and help; each has a function of its name here."""


def documents(library: Library, answers: Answers, explains: Explains | None = None) -> QuestlineServer:
    """Return the server `documents` over an opened index, what answers from it, and what says how it would."""
    from . import documents as module

    return module.server(library, answers, explains=explains)


def tool_search(
    searching: ToolSearching,
    *,
    approve: bool = False,
    lifespan: Callable[[object], AbstractAsyncContextManager[None]] | None = None,
) -> QuestlineServer:
    """Return the server `tool_search` over what searches, plans and answers.

    Args:
        searching: What stands behind it.
        approve: It may call tools that declare that they may destroy something.
        lifespan: Held open as long as the server runs.
    """
    from . import tool_search as module

    return module.server(searching, approve=approve, lifespan=lifespan)


def reranker(settings: Settings) -> QuestlineServer:
    """Return the server `reranker` with the model of the role ``rank``, else the embedded ranker."""
    from questline.tools.models.gateway import Gateway
    from questline.tools.ranking.build import build

    from . import reranker as module

    gateway = Gateway.of(settings)
    ranker = build(gateway, prompt=settings.prompts.get("rank"), strict=settings.strict, threads=settings.threads)
    return module.server(ranker, lifespan=_connections(gateway))


def utility_selector(settings: Settings) -> QuestlineServer:
    """Return the server `utility_selector` with the model of the role ``select``, else the embedded selector."""
    from questline.tools.models.gateway import Gateway
    from questline.tools.selection.build import build

    from . import utility_selector as module

    gateway = Gateway.of(settings)
    selector = build(gateway, prompt=settings.prompts.get("select"), strict=settings.strict, threads=settings.threads)
    return module.server(selector, lifespan=_connections(gateway))


def summarizer(settings: Settings) -> QuestlineServer:
    """Return the server `summarizer` with the model of the role ``summary``, else the embedded summarizer."""
    from questline.tools.models.cross_encoder_cache import RecentPairs, SharedCrossEncoder
    from questline.tools.models.encoder_cache import RecentTexts, SharedEncoder
    from questline.tools.models.gateway import Gateway
    from questline.tools.summarization import QuerySummarizer

    from . import summarizer as module

    gateway = Gateway.of(settings)
    made = QuerySummarizer(
        encoder=RecentTexts(SharedEncoder(threads=settings.threads)),
        cross_encoder=RecentPairs(SharedCrossEncoder(threads=settings.threads)),
        llm=gateway,
        strict=settings.strict,
        prompt=settings.prompts.get("summary"),
    )
    return module.server(made, lifespan=_connections(gateway))


def suggester(
    stack: ExitStack, settings: Settings, *, retriever: Retriever | None = None, store: Path | None = None
) -> QuestlineServer:
    """Return the server `suggester`.

    Args:
        stack: Closes the store.
        settings: For the model of the role ``suggest``.
        retriever: Where a suggestion must be answerable.
        store: A file that keeps impressions and clicks; None keeps nothing.

    Raises:
        RunError: ``read_only`` or ``damaged_index`` for the store.
    """
    from questline.tools.models.encoder import Encoder
    from questline.tools.models.gateway import Gateway
    from questline.tools.suggestion import ImpressionStore, Suggester

    from . import suggester as module

    gateway = Gateway.of(settings)
    kept = stack.enter_context(ImpressionStore(store)) if store is not None else None
    made = Suggester(
        retriever=retriever,
        encoder=Encoder.load(threads=settings.threads),
        llm=gateway,
        prompt=settings.prompts.get("suggest"),
        strict=settings.strict,
        store=kept,
    )
    return module.server(made, store=kept, lifespan=_connections(gateway))


def recommender(
    stack: ExitStack,
    store: Path,
    *,
    model: Path | None = None,
    hybrid: bool = False,
    impressions: Path | None = None,
) -> QuestlineServer:
    """Return the server `recommender` over a store of sessions, which is made where there is none.

    Args:
        stack: Closes the stores.
        store: The file.
        model: Folder of a trained recommender; while nothing was forgotten since it learnt, it recommends.
        hybrid: Fuse its ranks with those of the store.
        impressions: A suggester's store, in which users are forgotten too.

    Raises:
        UsageError: ``file_not_found`` where there is no model.
        RunError: ``read_only``, ``disk_full``, ``store_busy``, ``damaged_index`` or ``damaged_model``.
    """
    from questline.tools.recommendation import SessionRecommender
    from questline.tools.suggestion import ImpressionStore

    from . import recommender as module

    followers = {} if impressions is None else {"impressions": stack.enter_context(ImpressionStore(impressions))}
    opened = stack.enter_context(SessionRecommender.open(store, followers=followers))
    if model is None:
        return module.server(opened)
    from questline.tools.recommendation.neural import TrainedRecommender

    return module.server(opened, trained=TrainedRecommender.load(model, store=opened, hybrid=hybrid))


def writer(
    stack: ExitStack, settings: Settings, *, examples: Path | None = None, seen: Path | None = None
) -> QuestlineServer:
    """Return the server `writer` with the models of the roles ``writer`` and ``judge``, else slot grammar and checks.

    Args:
        stack: Nothing of it is needed; every server with files takes one.
        settings: For the model, and for ``greet_anything``.
        examples: The user's own texts.
        seen: A file that remembers what was issued.

    Raises:
        UsageError: As `questline.tools.writing.read_examples` and `questline.tools.writing.Seen`.
    """
    from questline.tools.models.gateway import Gateway
    from questline.tools.writing.build import build

    from . import writer as module
    from .writer_judge import judge_of

    del stack
    gateway = Gateway.of(settings)
    made = build(
        gateway,
        examples=examples,
        seen=seen,
        prompt=settings.prompts.get("writer"),
        strict=settings.strict,
        best_effort=settings.greet_anything,
        threads=settings.threads,
    )
    return module.server(made, judge_of(gateway, strict=settings.strict), lifespan=_connections(gateway))


def mathematics(stack: ExitStack) -> QuestlineServer:
    """Return the server `mathematics`; the stack ends its child processes."""
    from questline.tools.mathematics import Calculator

    from . import mathematics as module

    return module.server(stack.enter_context(Calculator()))


def photos(stack: ExitStack, folders: Mapping[str, Path], *, threads: int = 1) -> QuestlineServer:
    """Return the server `photos` over named folders, which may be none; the stack ends its child processes.

    Raises:
        UsageError: As `questline.tools.files.Roots`.
    """
    from questline.tools.files import Limits, Roots
    from questline.tools.mathematics import Calculator
    from questline.tools.photos import MAX_BYTES

    from . import photos as module

    roots = Roots(folders, limits=Limits(file_bytes=MAX_BYTES)) if folders else None
    return module.server(stack.enter_context(Calculator()), roots, threads=threads)


def tables(stack: ExitStack, paths: Mapping[str, Path]) -> QuestlineServer:
    """Return the server `tables` over files by name; the stack removes the copy of them.

    Raises:
        UsageError: As `questline.tools.tables.Tables.open`.
        RunError: Likewise.
    """
    from questline.tools.tables import Tables

    from . import tables as module

    return module.server(stack.enter_context(Tables.open(paths)))


def clock() -> QuestlineServer:
    """Return the server `clock`."""
    from . import clock as module

    return module.server()


def temporal(library: Retriever | None = None) -> QuestlineServer:
    """Return the server `temporal`, over the user's documents where there are any."""
    from . import temporal as module

    return module.server(library)


def files(roots: Mapping[str, Path], *, secrets: bool = False) -> QuestlineServer:
    """Return the server `files` over folders by name.

    Args:
        roots: The folders.
        secrets: Whether files that look like secrets are listed and read as well.

    Raises:
        UsageError: As `questline.tools.files.Roots`.
    """
    from questline.tools.files import Roots

    from . import files as module

    return module.server(Roots(roots, secrets=secrets))


def _connections(gateway: Gateway) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """Keep the connections to models open as long as a server runs."""

    def lifespan(server: object) -> AbstractAsyncContextManager[None]:
        del server
        return gateway.session()

    return lifespan
