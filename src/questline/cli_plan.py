"""`agents plan QUESTION`: what would be called for a question, shown before anything is; and a plan file, checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from questline.cli_options import BaseUrl, Config, Index, JsonOutput, Model, command, document_path
from questline.cli_trust import Trusted, check_trust
from questline.errors import UsageError

if TYPE_CHECKING:
    from questline.agents.intents.values import Intents
    from questline.agents.tool_planner.contract import Planned
    from questline.agents.tool_planner.repair import Repaired
    from questline.mcp_servers.gateway.catalogue import Catalogue
    from questline.mcp_servers.gateway.definitions import ServerManifest, ToolDefinition
    from questline.settings import Settings
    from questline.types import Answer, Plan

__all__ = ["plan", "run_edited"]

plan = command("plan", epilog="`agents servers check` asks the servers once; planning itself starts none of them.")
Picture: TypeAlias = Annotated[
    Path | None, typer.Option("--svg", metavar="FILE", help="Also draw the plan into this file.")
]
SERVERS_FILE = Path("mcp.json")
_DEADLINE_S = 20.0


@plan.command(name="plan")
def plan_question(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What is asked; not with --edit.")] = "",
    servers: Annotated[
        Path | None, typer.Option("--servers", metavar="FILE", help="File of MCP servers; ./mcp.json if there is one.")
    ] = None,
    documents: Annotated[
        list[Path] | None,
        typer.Option(
            "--documents",
            metavar="PATH",
            parser=document_path,
            help="Plan with these documents beside the servers instead of the index; they are indexed below --index.",
        ),
    ] = None,
    as_json: JsonOutput = False,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print a Mermaid flow chart.")] = False,
    svg: Picture = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Also write the plan into this file, to be edited.")
    ] = None,
    edit: Annotated[
        Path | None, typer.Option("--edit", metavar="FILE", help="Run this plan, which may have been edited.")
    ] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Allow tools that change or destroy something.")] = False,
    trust: Trusted = False,
    deadline_s: Annotated[
        float, typer.Option("--deadline", metavar="SECONDS", help="Longest time for planning.")
    ] = _DEADLINE_S,
    model: Model = None,
    base_url: BaseUrl = None,
    index: Index = None,
    config: Config = None,
) -> None:
    """Show which tools would be called for a question, with which arguments, and what is missing.

    Nothing is called and no server is started: what the servers offer is what `agents servers check` has seen.
    """
    import asyncio

    from questline.settings import load_settings

    if bool(question.strip()) == (edit is not None):
        what = "a question or --edit FILE" if edit is None else "either a question or --edit FILE, not both"
        raise UsageError(f"give {what}", code="empty_question" if edit is None else "bad_argument", argument="QUESTION")
    settings = load_settings(file=config, flags={"model": model, "base_url": base_url, "index": index})
    if edit is not None:
        chosen = servers or settings.servers or (SERVERS_FILE if SERVERS_FILE.exists() else None)
        if not mermaid:  # a picture starts nothing
            check_trust(chosen, trusted=trust)
        mended = _edited(edit, servers, documents or [], settings, approve=approve)
        _pictures(mended.plan, svg, save)
        if mermaid:
            print(_mermaid(mended.plan), end="")
            return
        run_edited(mended, settings, chosen, documents or [], as_json=as_json, approve=approve)
        return
    work = _planned(question, servers, documents or [], settings, deadline_s, approve=approve)
    intents, planned = asyncio.run(work)
    _pictures(planned.plan, svg, save)
    if as_json:
        print(json.dumps(_told(question, intents, planned), ensure_ascii=False))
    elif mermaid:
        print(_mermaid(planned.plan), end="")
        _say(_notes(intents, planned))
    else:
        _print(planned.plan, _notes(intents, planned))


def run_edited(
    mended: Repaired,
    settings: Settings,
    servers: Path | None,
    documents: Sequence[Path],
    *,
    as_json: bool,
    approve: bool,
) -> None:
    """Run a plan that a user edited, which has been found to be one that can run, and show what came of it."""
    import asyncio

    from questline.cli_ask import print_answer
    from questline.settings import checked

    if servers is None:
        raise UsageError("name the file of the servers that the plan calls", code="no_tools", argument="--servers")
    changes = [f"mended: {change}" for change in mended.changes]
    settings = checked(settings, {"servers": servers}, where="--servers")
    answer = asyncio.run(_run(mended.plan, settings, documents, approve=approve))
    if as_json:
        print(json.dumps({**answer.as_dict(), "changes": changes}, ensure_ascii=False))
        return
    _print(answer.plan, [*changes, *(f"note: {note}" for note in mended.notes)])
    print()
    print_answer(answer, trace=False, text=True)


async def _run(plan: Plan, settings: Settings, documents: Sequence[Path], *, approve: bool) -> Answer:
    from questline.runtime import Runtime

    async with Runtime.build(settings, documents=list(documents) or None) as runtime:
        assert runtime.servers is not None
        asked = " ".join(dict.fromkeys(task.intent for task in plan.tasks)).strip()
        request = runtime.request(asked or "Run the plan.", approve=approve)
        async with runtime.connections():
            return await runtime.question(request, runtime.servers).run(plan)


async def _planned(
    question: str,
    servers: Path | None,
    documents: Sequence[Path],
    settings: Settings,
    deadline_s: float,
    *,
    approve: bool,
) -> tuple[Intents, Planned]:
    from questline.agents.contract import Context
    from questline.agents.intents import find_intents
    from questline.agents.tool_planner.finding import find_candidates
    from questline.agents.tool_planner.llm import tool_planner
    from questline.budget import Budget, Meter
    from questline.tools.models.gateway import Gateway

    with _Opened(servers) as (catalogue, usable):
        also = await _documents(documents, settings)
        gateway = Gateway.of(settings)
        prompts: Any = settings.prompts
        meter = Meter(budget=Budget.parse(settings.budget))
        context = Context(meter=meter, llm=gateway, prompts=prompts, strict=settings.strict)
        async with gateway.session():
            intents = await find_intents(question, context)
            candidates = find_candidates(catalogue, intents.texts, also=also, permits=usable)
            planner = tool_planner(context)
            return intents, await planner.plan(question, intents, candidates, deadline_s=deadline_s, approve=approve)


def _edited(
    file: Path, servers: Path | None, documents: Sequence[Path], settings: Settings, *, approve: bool
) -> Repaired:
    import asyncio

    from questline.agents.tool_planner.repair import repair
    from questline.agents.tool_planner.serving import destroys
    from questline.agents.tool_planner.toolbox import Toolbox
    from questline.agents.tool_planner.wire import load

    given = load(file)
    with _Opened(servers) as (catalogue, usable):
        manifests = [*catalogue.manifests(), *asyncio.run(_documents(documents, settings))]
        toolbox = Toolbox([tool for each in manifests for tool in each.tools if usable(tool)])
    mended = repair(given, toolbox, given=True)
    for task in mended.plan.tasks:
        tool = toolbox.get(task.server, task.tool)
        if tool is not None and destroys(tool) and not approve:
            raise UsageError(
                f"task {task.id!r} calls {tool.qualified}, which changes something; --approve allows it",
                code="not_allowed",
                task=task.id,
                tool=tool.qualified,
            )
    return mended


class _Opened:
    """Open the catalogue beside a file of servers, with what says whether a tool may be used."""

    def __init__(self, servers: Path | None) -> None:
        from questline.mcp_servers.gateway.catalogue import Catalogue, catalogue_beside
        from questline.mcp_servers.gateway.configuration import Configuration
        from questline.tools.models.encoder import Encoder

        file = servers or (SERVERS_FILE if SERVERS_FILE.exists() else None)
        self._configuration = Configuration.read(file) if file is not None else None
        path = catalogue_beside(file) if file is not None else None
        if path is not None and not path.exists():
            raise UsageError(
                f"the servers in {str(file)!r} were not asked yet; `agents servers check --config {file}` does it",
                code="no_tools",
                path=file,
            )
        self._catalogue = Catalogue(path, encoder=Encoder.load())

    def __enter__(self) -> tuple[Catalogue, Any]:
        return self._catalogue, self._permits

    def __exit__(self, *_: object) -> None:
        self._catalogue.close()

    def _permits(self, tool: ToolDefinition) -> bool:
        server = None if self._configuration is None else self._configuration.servers.get(tool.server)
        if server is None:
            return tool.server == "documents"
        return server.enabled and server.problem is None and server.options.permits(tool.name)


async def _documents(paths: Sequence[Path], settings: Settings) -> list[ServerManifest]:
    """Return what the documents offer as a server, where there are any."""
    from typing import cast

    from questline.mcp_servers.documents import Library, manifest_of
    from questline.runtime import Runtime

    with Runtime.build(settings, documents=list(paths) or None) as runtime:
        if runtime.retriever is None:
            return []
        return [await manifest_of(cast("Library", runtime.retriever))]


def _pictures(shown: Plan, svg: Path | None, save: Path | None) -> None:
    if svg is not None:
        from questline.agents.tool_planner.picture import as_svg

        try:
            svg.write_text(as_svg(shown), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{str(svg)!r} cannot be written ({error})", code="unreadable_file", path=svg) from error
    if save is not None:
        from questline.agents.tool_planner.wire import save as write

        write(shown, save)


def _mermaid(shown: Plan) -> str:
    from questline.agents.tool_planner.picture import as_mermaid

    return as_mermaid(shown)


def _print(shown: Plan, notes: Sequence[str]) -> None:
    from questline.agents.tool_planner.picture import as_tree
    from questline.cli_console import output, plain

    console = output()
    lines = as_tree(shown) or ["Nothing would be called."]
    for line in [*lines, *notes]:
        console.print(plain(line), soft_wrap=True)


def _say(notes: Sequence[str]) -> None:
    """Tell what does not belong into a picture."""
    from questline.cli_console import messages, plain

    for note in notes:
        messages().print(plain(note), soft_wrap=True)


def _notes(intents: Intents, planned: Planned) -> list[str]:
    rows: list[str] = []
    for one in planned.unserved:
        what = " ".join(intents.items[one.intent].text.split())[:120]
        fields = f" ({', '.join(one.fields)})" if one.fields else ""
        rows.append(f"missing: {what}: {one.code}{fields}: {one.message}")
    return [*rows, *(f"{warning.code}: {warning.message}" for warning in (*intents.warnings, *planned.warnings))]


def _told(question: str, intents: Intents, planned: Planned) -> dict[str, Any]:
    from dataclasses import asdict

    from questline.agents.tool_planner.wire import as_json

    return {
        "question": question,
        "intents": [{"text": item.text, "after": list(item.after)} for item in intents.items],
        "plan": json.loads(as_json(planned.plan)),
        "serves": {name: list(numbers) for name, numbers in planned.serves.items()},
        "missing": [asdict(one) for one in planned.unserved],
        "warnings": [asdict(warning) for warning in (*intents.warnings, *planned.warnings)],
        "backend": planned.backend,
        "model": planned.model,
        "degraded": planned.degraded,
    }
