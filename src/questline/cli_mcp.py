"""`agents mcp NAME`: one of our MCP servers, over standard input and output, or over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from questline.cli_mcp_serving import Host, Http, Port, serve
from questline.cli_options import BaseUrl, Config, Index, Model, Servers, command
from questline.cli_recommend import Hybrid, Impressions, SessionStoreFile, TrainedModel, told_setting
from questline.cli_trust import FOUND, Trusted, read_trusted
from questline.cli_write import Examples, SeenFile
from questline.errors import UsageError
from questline.settings import Settings, load_settings

if TYPE_CHECKING:
    from questline.mcp_servers.documents import Library
    from questline.mcp_servers.serving import QuestlineServer
    from questline.tools.retrieval import DocumentIndex
    from questline.types import Answer, Event, Usage, Why

__all__ = ["mcp", "named_paths"]

mcp = command(
    "mcp",
    invoke_without_command=True,
    subcommand_metavar="NAME [OPTIONS]",
    epilog="`agents mcp install NAME --client claude` prints what a client needs to start a server.",
)


@mcp.callback()
def list_servers(context: typer.Context) -> None:
    """Serve one of Questline's tools to an MCP client; without a name, list them."""
    if context.invoked_subcommand is None:
        from questline.mcp_servers.assembly import SERVERS

        width = max(map(len, SERVERS))
        for name, summary in SERVERS.items():
            print(f"{name:<{width}}  {summary}")


@mcp.command(name="documents")
def serve_documents(
    index: Index = None,
    model: Model = None,
    base_url: BaseUrl = None,
    config: Config = None,
    http: Http = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """Search, fetch and answer from your index."""
    settings = _settings(config, model=model, base_url=base_url, index=index)

    def build(stack: ExitStack) -> QuestlineServer:
        from questline.mcp_servers.assembly import documents
        from questline.runtime import Runtime

        runtime = stack.enter_context(Runtime.build(settings))
        if runtime.retriever is None:
            raise _no_index(settings)

        async def answers(question: str, *, budget: str | None, emit: Callable[[Event], None]) -> Answer:
            return await runtime.answer(runtime.request(question, budget=budget, emit=emit))

        async def explains(question: str, *, budget: str | None) -> tuple[Why, Usage]:
            return await runtime.explain(runtime.request(question, budget=budget))

        return documents(cast("Library", runtime.retriever), answers, explains)

    serve(build, settings, http=http, host=host, port=port)


def _over_a_model(name: str, summary: str) -> None:
    """Add the command of a server that is told at most which model it may ask."""

    @mcp.command(name=name, help=summary)
    def serve_it(
        model: Model = None,
        base_url: BaseUrl = None,
        config: Config = None,
        http: Http = False,
        host: Host = None,
        port: Port = None,
    ) -> None:
        settings = _settings(config, model=model, base_url=base_url)

        def build(stack: ExitStack) -> QuestlineServer:
            from questline.mcp_servers import assembly

            del stack
            made: Callable[[Settings], QuestlineServer] = getattr(assembly, name)
            return made(settings)

        serve(build, settings, http=http, host=host, port=port)


_over_a_model("reranker", "Order passages for a query.")
_over_a_model("utility_selector", "Select the passages that help, as a set.")
_over_a_model("summarizer", "Answer a query with pieces of documents.")


@mcp.command(name="suggester")
def serve_suggester(
    index: Index = None,
    store: Annotated[
        Path | None,
        typer.Option(
            "--store", metavar="FILE", help="Keep what was suggested and clicked; without it nothing is kept."
        ),
    ] = None,
    model: Model = None,
    base_url: BaseUrl = None,
    config: Config = None,
    http: Http = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """Suggest what to ask next."""
    settings = _settings(config, model=model, base_url=base_url, index=index)

    def build(stack: ExitStack) -> QuestlineServer:
        from questline.mcp_servers.assembly import suggester

        return suggester(stack, settings, retriever=stack.enter_context(_index(settings)), store=store)

    serve(build, settings, http=http, host=host, port=port)


@mcp.command(name="writer")
def serve_writer(
    examples: Examples = None,
    seen: SeenFile = None,
    model: Model = None,
    base_url: BaseUrl = None,
    config: Config = None,
    http: Http = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """Write greetings, and judge them."""
    settings = _settings(config, model=model, base_url=base_url)

    def build(stack: ExitStack) -> QuestlineServer:
        from questline.mcp_servers.assembly import writer

        return writer(stack, settings, examples=examples, seen=seen)

    serve(build, settings, http=http, host=host, port=port)


@mcp.command(name="tool_search")
def serve_tool_search(
    servers: Servers = None,
    approve: Annotated[
        bool,
        typer.Option("--approve", help="Tools that declare they may destroy something may be called, if asked to."),
    ] = False,
    trust: Trusted = False,
    index: Index = None,
    model: Model = None,
    base_url: BaseUrl = None,
    config: Config = None,
    http: Http = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """Find tools of your MCP servers, plan, run, answer.

    Your index, where there is one, is one more server.
    """
    settings = _settings(config, model=model, base_url=base_url, index=index, servers=servers)
    file = settings.servers or (FOUND if FOUND.is_file() else None)
    if file is None:
        raise UsageError("name the file of your servers with --servers", argument="--servers")
    read = read_trusted(file, trusted=trust)

    def build(stack: ExitStack) -> QuestlineServer:
        from questline.cli_mcp_tools import RuntimeTools
        from questline.mcp_servers.assembly import tool_search
        from questline.runtime import Runtime

        runtime = stack.enter_context(Runtime.build(settings, servers=read))
        tools = RuntimeTools(runtime, approve=approve)
        return tool_search(tools, approve=approve, lifespan=tools.lifespan)

    serve(build, settings, http=http, host=host, port=port)


@mcp.command(name="recommender")
def serve_recommender(
    store: SessionStoreFile = None,
    model: TrainedModel = None,
    hybrid: Hybrid = None,
    impressions: Impressions = None,
    config: Config = None,
    http: Http = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """Recommend what comes next in a session, and forget."""

    settings = _settings(config)
    file, network = store or settings.sessions, model or settings.recommender
    fused = settings.hybrid if hybrid is None else hybrid

    def build(stack: ExitStack) -> QuestlineServer:
        from questline.mcp_servers.assembly import recommender

        if store is not None and not store.is_file():
            message = f"there is no store {str(store)!r}; fill one with `agents learn FILE --store {store}`"
            raise UsageError(message, code="file_not_found", argument="--store", path=store)
        file.parent.mkdir(parents=True, exist_ok=True)
        with told_setting("recommender", named=model is not None):
            return recommender(stack, file, model=network, hybrid=fused, impressions=impressions)

    serve(build, settings, http=http, host=host, port=port)


@mcp.command(name="mathematics")
def serve_mathematics(config: Config = None, http: Http = False, host: Host = None, port: Port = None) -> None:
    """Calculate, solve and check, exactly."""

    def build(stack: ExitStack) -> QuestlineServer:
        from questline.mcp_servers.assembly import mathematics

        return mathematics(stack)

    serve(build, _settings(config), http=http, host=host, port=port)


@mcp.command(name="photos")
def serve_photos(
    root: Annotated[
        list[str] | None,
        typer.Option(
            "--root", metavar="[NAME=]DIR", help="A folder whose pictures may be named; may be given several times."
        ),
    ] = None,
    config: Config = None,
    http: Http = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """Read photographed pages, and solve what they ask.

    Needs the extra: pip install 'questline[vision]'. Without a folder, pictures come in the call alone.
    """
    settings = _settings(config)
    folders = named_paths(root or [], "--root")

    def build(stack: ExitStack) -> QuestlineServer:
        from questline.mcp_servers.assembly import photos

        return photos(stack, folders, threads=settings.threads)

    serve(build, settings, http=http, host=host, port=port)


@mcp.command(name="tables")
def serve_tables(
    tables: Annotated[
        list[str],
        typer.Option(
            "--tables",
            metavar="[NAME=]FILE",
            help="A CSV, TSV, Parquet, JSON-lines or SQLite file; may be given several times.",
        ),
    ],
    config: Config = None,
    http: Http = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """Query your tables: SQL or plain words.

    The files are copied at the start, and never changed.
    """
    paths = named_paths(tables, "--tables")

    def build(stack: ExitStack) -> QuestlineServer:
        from questline.mcp_servers.assembly import tables

        return tables(stack, paths)

    serve(build, _settings(config), http=http, host=host, port=port)


@mcp.command(name="clock")
def serve_clock(config: Config = None, http: Http = False, host: Host = None, port: Port = None) -> None:
    """Tell the time, convert zones, use a calendar."""

    def build(stack: ExitStack) -> QuestlineServer:
        from questline.mcp_servers.assembly import clock

        del stack
        return clock()

    serve(build, _settings(config), http=http, host=host, port=port)


@mcp.command(name="temporal")
def serve_temporal(
    index: Index = None, config: Config = None, http: Http = False, host: Host = None, port: Port = None
) -> None:
    """Resolve times, search and answer by them.

    With an index, calls that bring no passages look in it.
    """
    settings = _settings(config, index=index)

    def build(stack: ExitStack) -> QuestlineServer:
        from questline.mcp_servers.assembly import temporal
        from questline.tools.retrieval.schema import DATABASE

        held = index is not None or (settings.index / DATABASE).exists()
        return temporal(stack.enter_context(_index(settings)) if held else None)

    serve(build, settings, http=http, host=host, port=port)


@mcp.command(name="files")
def serve_files(
    root: Annotated[
        list[str],
        typer.Option(
            "--root", metavar="[NAME=]DIR", help="A folder whose text files may be read; may be given several times."
        ),
    ],
    secrets: Annotated[
        bool,
        typer.Option(
            "--secrets", help="List and read files that may hold keys or passwords, too: .env, *.pem, id_rsa."
        ),
    ] = False,
    config: Config = None,
    http: Http = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """List and read the files of named folders.

    Nothing outside of them can be read, and nothing is changed. What a client reads, its model sees: --secrets is for
    folders whose keys may be seen.
    """
    roots = named_paths(root, "--root")

    def build(stack: ExitStack) -> QuestlineServer:
        from questline.mcp_servers.assembly import files

        del stack
        return files(roots, secrets=secrets)

    serve(build, _settings(config), http=http, host=host, port=port)


def named_paths(texts: Sequence[str], option: str) -> Mapping[str, Path]:
    """Read ``NAME=PATH``; without a name it is the file's or folder's own. ``./a=b`` is a path with a sign in it.

    Raises:
        UsageError: ``bad_argument`` for an empty path, or a name that is there twice.
    """
    found: dict[str, Path] = {}
    for text in texts:
        name, sign, path = text.partition("=")
        if not sign or "/" in name:
            name, path = "", text
        if not path.strip():
            raise UsageError(f"{option} {text!r} names no path", argument=option)
        name = name or Path(path).resolve().stem
        if name in found:
            raise UsageError(f"{option}: two are named {name!r}; write NAME={path}", argument=option)
        found[name] = Path(path)
    return found


def _settings(config: Path | None, **flags: object) -> Settings:
    return load_settings(file=config, flags=flags)


def _no_index(settings: Settings) -> UsageError:
    return UsageError(
        f"there is no index in {str(settings.index)!r}; make one with `agents index PATH`, or name one with --index",
        code="no_index",
        index=settings.index,
    )


def _index(settings: Settings) -> DocumentIndex:
    from questline.tools.retrieval import DocumentIndex

    return DocumentIndex.open(settings.index, threads=settings.threads, read_only=True)
