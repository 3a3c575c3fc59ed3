"""`agents plan QUESTION`: what would be called for a question, shown before anything is; and a plan file, checked."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from questline.cli_options import BaseUrl, Config, Index, JsonOutput, Model, Servers, command, document_path
from questline.cli_trust import Trusted, servers_to_use
from questline.errors import UsageError

if TYPE_CHECKING:
    from questline.agents.tool_planner.repair import Repaired
    from questline.graphs.tool_search.staged import Preview
    from questline.mcp_servers.gateway.configuration import Configuration
    from questline.mcp_servers.gateway.pool import ServerPool
    from questline.runtime import Runtime
    from questline.settings import Settings
    from questline.types import Answer, Plan

__all__ = ["plan"]

plan = command(
    "plan",
    epilog="`agents ask` may choose otherwise: it also asks sources that only read what they know before it plans. "
    "`agents servers check` asks the servers beforehand.",
)
Picture: TypeAlias = Annotated[
    Path | None, typer.Option("--svg", metavar="FILE", help="Also draw the plan into this file.")
]
_DEADLINE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setup:
    """What a plan may use."""

    settings: Settings
    documents: Sequence[Path]
    servers: Configuration | None


@plan.command(name="plan")
def plan_question(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What is asked; not with --edit.")] = "",
    servers: Servers = None,
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
        Path | None,
        typer.Option("--edit", metavar="FILE", help="Check this plan, which may have been edited, and run it at once."),
    ] = None,
    approve: Annotated[
        bool, typer.Option("--approve", help="Allow tools that declare they may destroy something, if asked to.")
    ] = False,
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

    Nothing is called, unless --edit runs a plan that was saved. What the servers offer is what they said when they
    were last asked; those that never were, or more than a day ago, are asked now.
    """
    from questline import event_loop
    from questline.deadline import Deadline
    from questline.settings import load_settings

    if bool(question.strip()) == (edit is not None):
        what = "a question or --edit FILE" if edit is None else "either a question or --edit FILE, not both"
        raise UsageError(f"give {what}", code="empty_question" if edit is None else "bad_argument", argument="QUESTION")
    flags = {"model": model, "base_url": base_url, "index": index, "servers": servers}
    settings = load_settings(file=config, flags=flags)
    Deadline(deadline_s)  # for what it refuses
    read = servers_to_use(settings.servers, trusted=trust)
    setup = _Setup(settings=settings, documents=documents or [], servers=read)

    def show(plan: Plan) -> bool:
        _pictures(plan, svg, save)
        if mermaid:
            print(_mermaid(plan), end="")
        return mermaid

    if edit is not None:
        _run_edited(edit, setup, show=show, as_json=as_json, approve=approve)
        return
    found = event_loop.run(_planned(question, setup, deadline_s, approve=approve))
    if as_json:
        _pictures(found.planned.plan, svg, save)
        print(json.dumps(_told(question, found), ensure_ascii=False))
    elif show(found.planned.plan):
        _say(_notes(found))
    else:
        _print(found.planned.plan, _notes(found))


async def _planned(question: str, setup: _Setup, deadline_s: float, *, approve: bool) -> Preview:
    """Plan as `agents ask` does, and stop before anything is called."""
    async with _runtime(setup) as (runtime, pool):
        request = runtime.request(question, deadline_s=deadline_s, approve=approve)
        async with runtime.connections():
            found = await runtime.question(request, pool).plan(request.question)
    if not any(found.found.candidates) and not found.found.failed:
        told = "".join(f"; {text}" for text in dict.fromkeys(warning.message for warning in found.warnings))
        raise UsageError(
            f"there is no tool to plan with{told}. `agents servers check` says what is wrong with a server",
            code="no_tools",
            path=pool.configuration.source,
        )
    return found


def _run_edited(
    file: Path,
    setup: _Setup,
    *,
    show: Callable[[Plan], bool],
    as_json: bool,
    approve: bool,
) -> None:
    """Run a plan that a user edited, if it can run and `show` does not say that this is all, and show the outcome."""
    from questline import event_loop
    from questline.agents.tool_planner.wire import load
    from questline.cli_ask import print_answer

    found = event_loop.run(_edited(load(file), setup, show=show, approve=approve))
    if found is None:
        return
    mended, answer = found
    changes = [f"mended: {change}" for change in mended.changes]
    if as_json:
        print(json.dumps({**answer.as_dict(), "changes": changes}, ensure_ascii=False))
        return
    _print(answer.plan, [*changes, *(f"note: {note}" for note in mended.notes if note.kind != "isolated_task")])
    print()
    print_answer(answer, trace=False, text=True)


async def _edited(
    given: Plan, setup: _Setup, *, show: Callable[[Plan], bool], approve: bool
) -> tuple[Repaired, Answer] | None:
    async with _runtime(setup) as (runtime, pool):
        asked = " ".join(dict.fromkeys(task.intent for task in given.tasks)).strip()
        request = runtime.request(asked or "Run the plan.", approve=approve)
        async with runtime.connections():
            mended = await runtime.question(request, pool).check(given)
            if show(mended.plan):
                return None
            return mended, await runtime.question(request, pool).run(mended.plan)


@asynccontextmanager
async def _runtime(setup: _Setup) -> AsyncGenerator[tuple[Runtime, ServerPool]]:
    """Open the configured servers, and the documents beside them."""
    from questline.mcp_servers.gateway.configuration import Configuration
    from questline.mcp_servers.gateway.pool import ServerPool
    from questline.runtime import Runtime

    documents = list(setup.documents) or None
    async with Runtime.build(setup.settings, documents=documents, servers=setup.servers) as runtime:
        if runtime.servers is None and runtime.retriever is None:
            text = "there is nothing to plan with: name a file of servers, or documents"
            raise UsageError(text, code="no_tools", argument="--servers")
        pool = runtime.servers or ServerPool(Configuration.of())
        try:
            yield runtime, pool
        finally:
            pool.close()


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


def _notes(found: Preview) -> list[str]:
    rows: list[str] = []
    for one in found.planned.unserved:
        what = " ".join(found.intents.items[one.intent].text.split())[:120]
        fields = f" ({', '.join(one.fields)})" if one.fields else ""
        rows.append(f"missing: {what}: {one.code}{fields}: {one.message}")
    return [*rows, *(f"{warning.code}: {warning.message}" for warning in found.warnings)]


def _told(question: str, found: Preview) -> dict[str, Any]:
    from dataclasses import asdict

    from questline.agents.tool_planner.wire import as_json

    planned = found.planned
    return {
        "question": question,
        "intents": [{"text": item.text, "after": list(item.after)} for item in found.intents.items],
        "plan": json.loads(as_json(planned.plan)),
        "serves": {name: list(numbers) for name, numbers in planned.serves.items()},
        "missing": [asdict(one) for one in planned.unserved],
        "warnings": [asdict(warning) for warning in found.warnings],
        "backend": planned.backend,
        "model": planned.model,
        "degraded": planned.degraded,
    }
