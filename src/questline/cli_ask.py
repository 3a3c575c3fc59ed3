"""`agents ask QUESTION`: one question, answered on the terminal or as JSON."""

from __future__ import annotations

import json
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from questline.cli_options import BaseUrl, Config, Index, JsonOutput, Model, Servers, command, document_path
from questline.cli_trust import Trusted, servers_to_use
from questline.errors import UsageError
from questline.settings import Settings, load_settings

if TYPE_CHECKING:
    from questline.api import AskOptions
    from questline.cli_live import View
    from questline.mcp_servers.gateway.configuration import Configuration
    from questline.types import Answer

__all__ = ["ask", "print_answer", "read_history"]

_WORTH_TELLING_S = 0.1
ask = command("ask", renamed={"docs": "documents"})


@ask.command(name="ask")
def ask_question(
    question: Annotated[str, typer.Argument(help="What you want to know; - reads it from stdin.")],
    documents: Annotated[
        list[Path] | None,
        typer.Option(
            "--documents",
            metavar="PATH",
            parser=document_path,
            help="Answer from these files and folders instead of the index; they are indexed below --index.",
        ),
    ] = None,
    servers: Servers = None,
    model: Model = None,
    base_url: BaseUrl = None,
    budget: Annotated[
        str | None,
        typer.Option("--budget", metavar="B", help="cheap, balanced, best or seconds=2,tokens=4000,calls=3,usd=0.01."),
    ] = None,
    planner: Annotated[
        str | None,
        typer.Option("--planner", metavar="NAME", help="rule, llm, trained, trained:DIR or constant:WORKFLOW."),
    ] = None,
    workflow: Annotated[
        str | None, typer.Option("--workflow", metavar="TOKENS", help="Always run this workflow, for example R,AG.")
    ] = None,
    k: Annotated[int | None, typer.Option("--k", metavar="N", help="Passages per retrieval.")] = None,
    as_json: JsonOutput = False,
    trace: Annotated[bool, typer.Option("--trace", help="Show the steps with time, calls, tokens and cost.")] = False,
    why: Annotated[
        bool,
        typer.Option(
            "--why", help="Show why each workflow was chosen, what others were expected to give, costs by role."
        ),
    ] = False,
    trace_svg: Annotated[
        Path | None,
        typer.Option("--trace-svg", metavar="FILE", help="Also draw needs, plan, run and answer into FILE."),
    ] = None,
    stream: Annotated[
        bool | None, typer.Option("--stream/--no-stream", help="Show the text while it is written; on in a terminal.")
    ] = None,
    history: Annotated[
        Path | None, typer.Option("--history", metavar="FILE", help="Earlier messages: a JSON list, or JSON lines.")
    ] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict/--no-strict", help="A failing model is an error, not a fallback.")
    ] = None,
    closed_book: Annotated[
        bool | None,
        typer.Option("--closed-book/--no-closed-book", help="A language model may answer from memory."),
    ] = None,
    run_id: Annotated[
        str | None,
        typer.Option("--run-id", metavar="ID", help="Keep finished steps; the same call goes on after a kill."),
    ] = None,
    deadline_s: Annotated[
        float | None, typer.Option("--deadline", metavar="SECONDS", help="For the whole answer; tightens the budget.")
    ] = None,
    approve: Annotated[
        bool,
        typer.Option("--approve", help="Tools that declare they may destroy something may be called, if asked to."),
    ] = False,
    trust: Trusted = False,
    index: Index = None,
    config: Config = None,
) -> None:
    """Answer a question from the index, and from MCP servers, with citations."""
    flags = {
        "model": model,
        "base_url": base_url,
        "budget": budget,
        "planner": planner,
        "workflow": workflow,
        "k": k,
        "strict": strict,
        "closed_book": closed_book,
        "index": index,
        "servers": servers,
    }
    began = time.monotonic()
    settings = load_settings(file=config, flags=flags)
    text = _question(question)
    _check_limits(settings, deadline_s)
    options: AskOptions = {"run_id": run_id, "deadline_s": deadline_s, "approve": approve}
    if history is not None:
        options["history"] = read_history(history)
    if trace_svg is not None and not trace_svg.absolute().parent.is_dir():  # before anything is asked for it
        folder = str(trace_svg.parent)
        raise UsageError(f"there is no folder {folder!r}", code="file_not_found", path=folder, argument="--trace-svg")
    read = servers_to_use(settings.servers, trusted=trust)
    from questline import event_loop  # 30 ms that `--help` need not pay

    answer, shown = event_loop.run(
        _answer(text, settings, documents or [], read, options, stream=not as_json and stream)
    )
    if as_json:
        print(json.dumps(answer.as_dict(), ensure_ascii=False))
    else:
        loading_s = time.monotonic() - began - answer.ledger.wall_s
        print_answer(answer, trace=trace, why=why, text=not shown, loading_s=loading_s)
    if trace_svg is not None:
        _draw(answer, trace_svg)


def _check_limits(settings: Settings, deadline_s: float | None) -> None:
    """Refuse what cannot be read of budget, deadline, workflow and planner before anything is loaded or indexed."""
    from questline.budget import Budget
    from questline.deadline import Deadline

    Budget.parse(settings.budget)
    if deadline_s is not None:
        Deadline(deadline_s)
    from questline.agents.workflow_planner.build import build

    build(settings.planner, workflow=settings.workflow)


def _draw(answer: Answer, file: Path) -> None:
    from questline.cli_trace_svg import trace_svg

    try:
        file.write_text(trace_svg(answer), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{str(file)!r} cannot be written ({error})", code="unreadable_file", path=file) from error


def _question(given: str) -> str:
    text = _stdin() if given == "-" else given
    if not text.strip():  # before anything is indexed for it
        raise UsageError("the question is empty; write one", code="empty_question", argument="QUESTION")
    return text


def _stdin() -> str:
    try:
        text = sys.stdin.read()
        text.encode()  # in some locales Python lets bytes that are not UTF-8 through, as lone surrogates
    except UnicodeError as error:
        raise UsageError("the question on stdin is not UTF-8", code="bad_encoding", argument="QUESTION") from error
    return text


async def _answer(
    question: str,
    settings: Settings,
    documents: list[Path],
    servers: Configuration | None,
    options: AskOptions,
    *,
    stream: bool | None,
) -> tuple[Answer, bool]:
    """Return the answer, and whether its text stands on stdout already."""
    from questline.api import Agent
    from questline.cli_live import view_for
    from questline.telemetry import configure, flush

    configure(settings)
    try:
        with _waiting("Indexing" if documents else ""):
            agent = Agent(documents or None, settings=settings, servers=servers)
        async with agent:
            with view_for(stream) as view:
                return await _follow(agent.astream(question, **options), view)
    finally:
        flush()


async def _follow(events: Any, view: View) -> tuple[Answer, bool]:
    answer: Answer | None = None
    async for event in events:
        view.show(event)
        answer = event.answer or answer
    assert answer is not None  # the last event of every run carries it
    return answer, view.finish(answer)


def _waiting(what: str) -> AbstractContextManager[object]:
    from questline.cli_console import messages

    return messages().status(f"{what}…") if what and sys.stderr.isatty() else nullcontext()


def print_answer(answer: Answer, *, trace: bool, text: bool, why: bool = False, loading_s: float = 0.0) -> None:
    """Print an answer, with its trace if asked, and its text where that does not stand there already.

    Args:
        answer: To be shown.
        trace: Whether its steps are.
        why: Whether its planner's decisions and the costs by role are.
        text: Whether its text is.
        loading_s: What the command took beside the question: loading, indexing, and closing at the end.
    """
    from questline.cli_console import messages, output, print_table
    from questline.cli_render import NOTES, render_answer, render_trace
    from questline.cli_why import render_why, why_line

    console = output()
    console.print(render_answer(answer, text=text), soft_wrap=not console.is_terminal)
    line = why_line(answer)
    if line is not None:
        console.print(line, soft_wrap=not console.is_terminal)
    if why:
        console.print()
        print_table(render_why(answer))
    if trace:
        console.print()
        console.print(render_trace(answer))
        if loading_s > _WORTH_TELLING_S:
            console.print(f"Loading and closing took {loading_s:.1f} s more, which is not of the question's time.")
    for note in (warning for warning in answer.warnings if warning.code in NOTES):
        messages().print(f"Note: {note.message}", style="dim", soft_wrap=not messages().is_terminal)


def read_history(file: Path) -> list[dict[str, str]]:
    """Read earlier messages, ``{"role": …, "content": …}`` each: a JSON list, an object with ``messages``, or lines.

    Raises:
        UsageError: ``file_not_found``, ``unreadable_file``, ``bad_encoding`` or ``bad_history``.
    """
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError as error:
        raise UsageError(f"the history file {str(file)!r} does not exist", code="file_not_found", path=file) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the history file {str(file)!r} is not UTF-8", code="bad_encoding", path=file) from error
    except OSError as error:
        raise UsageError(
            f"the history file {str(file)!r} cannot be read: {error.strerror}", code="unreadable_file", path=file
        ) from error
    try:
        messages: object = _parsed(text)
    except (ValueError, RecursionError) as error:  # brackets can nest deeper than Python reads
        raise UsageError(
            f"the history file {str(file)!r} is not JSON: {error}", code="bad_history", path=file
        ) from error
    if not isinstance(messages, list):
        raise UsageError(
            f"the history file {str(file)!r} does not hold a list of messages", code="bad_history", path=file
        )
    return cast("list[dict[str, str]]", messages)


def _parsed(text: str) -> object:
    """Read a whole JSON document, or else one message a line."""
    try:
        whole = json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        return [json.loads(line) for line in lines]
    if isinstance(whole, dict):
        found = cast("dict[str, object]", whole)
        return found.get("messages", [found])
    return whole
