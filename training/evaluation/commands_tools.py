"""The suites over tools: `tools`, `calls`, `plans`, `routes`, `scenarios` and `schedule`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from questline.errors import UsageError

from .command_options import CacheFolder, Fresh, JsonFile, Limit, NoItems, Seed, command_line, run_suite
from .items import CACHE

if TYPE_CHECKING:
    from questline.tools.retrieval.report import Progress as Hears

    from .suites.calls import CallsSuite
    from .suites.plans import PlansSuite
    from .suites.routes import RoutesSuite
    from .suites.scenarios import ScenariosSuite
    from .suites.schedule import ScheduleSuite
    from .suites.tools import ToolsSuite

__all__ = ["calls", "plans", "routes", "scenarios", "schedule", "tools"]


def tools(
    catalogue: Annotated[
        Path, typer.Option(help="JSON lines of {server, tool, description, inputSchema}, or a known set's form.")
    ],
    tasks: Annotated[
        Path, typer.Option(help="JSON lines of {query, tools[], steps[]?, servers[]?}, or a known set's form.")
    ],
    by: Annotated[str, typer.Option(help="whole: the query, split by rule; steps: the steps of each row.")] = "whole",
    mode: Annotated[str, typer.Option(help="lexical, dense (plain cosine) or hybrid.")] = "hybrid",
    aggregate: Annotated[
        str, typer.Option(help="coverage (a slot for every intent), max (best score over intents) or whole.")
    ] = "coverage",
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only the fifth of the queries that nothing was learnt from.")
    ] = False,
    several: Annotated[bool, typer.Option("--several", help="Only tasks that need two tools or more.")] = False,
    limit: Limit = None,
    seed: Seed = 0,
    json_file: JsonFile = None,
    no_items: NoItems = False,
    cache: CacheFolder = CACHE,
    fresh: Fresh = False,
) -> None:
    """Find the tools and servers that serve a question: recall, nDCG, all of them found, time."""
    from questline.tools.tool_retrieval.aggregate import AGGREGATES, Aggregate
    from questline.tools.tool_retrieval.index import MODES, Mode

    from .suites.tools import BY, By, ToolsSuite

    for option, value, known in (("by", by, BY), ("mode", mode, MODES), ("aggregate", aggregate, AGGREGATES)):
        if value not in known:
            raise UsageError(f"{option} {value!r} is not one of {', '.join(known)}", code="bad_param", argument=option)

    def build(indexing: Hears) -> ToolsSuite:
        del indexing
        return ToolsSuite(
            catalogue=catalogue,
            tasks=tasks,
            by=cast("By", by),
            mode=cast("Mode", mode),
            aggregate=cast("Aggregate", aggregate),
            cache=cache,
            held=held_out,
            several=several,
            limit=limit,
        )

    given = {"catalogue": catalogue, "tasks": tasks, "by": None if by == "whole" else by, "mode": mode}
    given |= {"aggregate": None if aggregate == "coverage" else aggregate, "limit": limit}
    flags = (" --held-out" if held_out else "") + (" --several" if several else "")
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command_line("tools", given, seed) + flags}
    run_suite(build, options, json_file=json_file, items=not no_items)


def calls(
    tasks: Annotated[Path, typer.Option(help="JSON lines of {question, function[], ground_truth}, as BFCL has them.")],
    method: Annotated[
        str, typer.Option(help="cross-encoder (with the encoder), or words: neither of both.")
    ] = "cross-encoder",
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only the fifth of the questions that nothing was learnt from.")
    ] = False,
    limit: Limit = None,
    seed: Seed = 0,
    json_file: JsonFile = None,
    no_items: NoItems = False,
    cache: CacheFolder = CACHE,
    fresh: Fresh = False,
) -> None:
    """Turn questions into calls without a language model: whole calls, functions, arguments, refusals, time."""
    from .suites.calls import METHODS, CallsSuite, Method

    chosen: Method | None = next((each for each in METHODS if each == method), None)
    if chosen is None:
        raise UsageError(f"method {method!r} is not one of {', '.join(METHODS)}", argument="method")

    def build(indexing: Hears) -> CallsSuite:
        del indexing
        return CallsSuite(tasks=tasks, method=chosen, held=held_out, limit=limit)

    given = {"tasks": tasks, "method": method, "limit": limit}
    command = command_line("calls", given, seed) + (" --held-out" if held_out else "")
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command}
    run_suite(build, options, json_file=json_file, items=not no_items)


def plans(
    tasks: Annotated[Path, typer.Option(help="JSON lines of ComplexTool-Plan (edges) or NESTFUL (references).")],
    method: Annotated[
        str, typer.Option(help="embedded, words (without the encoder) or outputs (what another planner wrote).")
    ] = "embedded",
    outputs: Annotated[
        Path | None, typer.Option(help="For --method outputs: JSON lines of {output}, one for each row.")
    ] = None,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only the fifth of the queries that no rule was chosen on.")
    ] = False,
    limit: Limit = None,
    seed: Seed = 0,
    json_file: JsonFile = None,
    no_items: NoItems = False,
    cache: CacheFolder = CACHE,
    fresh: Fresh = False,
) -> None:
    """Find the dependencies of given tools: F1 of edges and tasks, exact plans; or the fields that arguments mean."""
    from .suites.plans import METHODS, Method, PlansSuite

    chosen: Method | None = next((each for each in METHODS if each == method), None)
    if chosen is None:
        raise UsageError(f"method {method!r} is not one of {', '.join(METHODS)}", code="bad_param", argument="method")
    if (chosen == "outputs") != (outputs is not None):
        raise UsageError("--method outputs and --outputs FILE go together", code="bad_param", argument="outputs")

    def build(indexing: Hears) -> PlansSuite:
        del indexing
        return PlansSuite(tasks=tasks, method=chosen, outputs=outputs, held=held_out, limit=limit)

    given = {"tasks": tasks, "method": None if method == "embedded" else method, "outputs": outputs, "limit": limit}
    command = command_line("plans", given, seed) + (" --held-out" if held_out else "")
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command}
    run_suite(build, options, json_file=json_file, items=not no_items)


def routes(
    tasks: Annotated[Path, typer.Option(help="Scenarios: JSON lines as tests/scenarios/README.md tells.")],
    servers: Annotated[Path, typer.Option(help="File of MCP servers; each is started once, for what it offers.")],
    documents: Annotated[Path | None, typer.Option(help="The user's documents, a server beside the others.")] = None,
    limit: Limit = None,
    seed: Seed = 0,
    json_file: JsonFile = None,
    no_items: NoItems = False,
    cache: CacheFolder = CACHE,
    fresh: Fresh = False,
) -> None:
    """Plan questions without a language model, and compare the tools with the usual ones; nothing is called."""
    from .suites.routes import RoutesSuite

    def build(indexing: Hears) -> RoutesSuite:
        del indexing
        return RoutesSuite(tasks=tasks, servers=servers, documents=documents, limit=limit)

    given = {"tasks": tasks, "servers": servers, "documents": documents, "limit": limit}
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command_line("routes", given, seed)}
    run_suite(build, options, json_file=json_file, items=not no_items)


def scenarios(
    tasks: Annotated[Path, typer.Option(help="Scenarios: JSON lines as tests/scenarios/README.md tells.")],
    servers: Annotated[Path, typer.Option(help="File of MCP servers that may be asked.")],
    documents: Annotated[Path | None, typer.Option(help="The user's documents.")] = None,
    limit: Limit = None,
    seed: Seed = 0,
    json_file: JsonFile = None,
    no_items: NoItems = False,
    cache: CacheFolder = CACHE,
    fresh: Fresh = False,
) -> None:
    """Answer questions over servers and documents, and judge what the asker sees."""
    from questline.settings import load_settings

    from .suites.scenarios import ScenariosSuite

    def build(indexing: Hears) -> ScenariosSuite:
        del indexing
        return ScenariosSuite(tasks=tasks, servers=servers, documents=documents, settings=load_settings(), limit=limit)

    given = {"tasks": tasks, "servers": servers, "documents": documents, "limit": limit}
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command_line("scenarios", given, seed)}
    run_suite(build, options, json_file=json_file, items=not no_items)


def schedule(
    tasks: Annotated[
        Path | None, typer.Option(help="Plans: JSON lines of {tasks[{id, server?, depends_on?[]}]}, or a known set's.")
    ] = None,
    generated: Annotated[
        int, typer.Option(min=1, help="Without --tasks: plans that are made, of 5 to 200 tasks.")
    ] = 40,
    faults: Annotated[float, typer.Option(help="Share of calls that fail.")] = 0.0,
    broken: Annotated[
        str, typer.Option(help="What ails one server of each plan: none, dead or hanging (it ignores cancelling).")
    ] = "none",
    deadline: Annotated[
        float | None,
        typer.Option(
            help="Seconds of a run; with failures twice its critical path by default, half a second at least."
        ),
    ] = None,
    slots: Annotated[int | None, typer.Option(min=1, help="Tasks that a server may have at once; no limit.")] = None,
    latency_ms: Annotated[float, typer.Option(help="Median time of a task; log-normal with a sigma of 0.5.")] = 100.0,
    limit: Limit = None,
    seed: Annotated[int, typer.Option(help="Of plans, times, failures and the bootstrap.")] = 0,
    json_file: JsonFile = None,
    no_items: NoItems = False,
    cache: CacheFolder = CACHE,
    fresh: Fresh = False,
) -> None:
    """Run plans: makespan and overhead, beside sequential runs, levels and LangGraph; or what failures do to them."""
    from .schedule_ways import BROKEN, Broken
    from .suites.schedule import ScheduleSuite

    ails: Broken | None = next((each for each in BROKEN if each == broken), None)
    if ails is None:
        raise UsageError(f"broken {broken!r} is not one of {', '.join(BROKEN)}", code="bad_param", argument="broken")

    def build(indexing: Hears) -> ScheduleSuite:
        del indexing
        return ScheduleSuite(
            tasks=tasks,
            generated=generated,
            seed=seed,
            faults=faults,
            broken=ails,
            deadline_s=deadline,
            slots=slots,
            latency_ms=latency_ms,
            limit=limit,
        )

    given = {"tasks": tasks, "generated": generated if tasks is None else None, "faults": faults or None}
    given |= {"broken": None if ails == "none" else ails, "deadline": deadline, "slots": slots}
    given |= {"latency_ms": None if latency_ms == 100 else latency_ms, "limit": limit}
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command_line("schedule", given, seed)}
    run_suite(build, options, json_file=json_file, items=not no_items)
