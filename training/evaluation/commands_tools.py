"""The suites over tools: `tools`, `calls`, `plans`, `routes`, `scenarios` and `schedule`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from questline.errors import UsageError

from .command_options import BaseUrl, Kept, Limit, Sample
from .option_groups import spread
from .suite_runs import one_of, run_suite, unless

__all__ = ["calls", "plans", "routes", "scenarios", "schedule", "tools"]

if TYPE_CHECKING:
    from questline.tools.models.llm_contract import Role

    from .asked_model import AskedModel

Model: TypeAlias = Annotated[
    str | None,
    typer.Option(help="A language model: a folder is run here, as an ID is by --method local; a name is asked for."),
]
Scenarios: TypeAlias = Annotated[Path, typer.Option(help="Scenarios: JSON lines as tests/scenarios/README.md tells.")]


@spread
def tools(
    *,
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
    sample: Sample,
    kept: Kept,
) -> None:
    """Find the tools and servers that serve a question: recall, nDCG, all of them found, time."""
    from questline.tools.tool_retrieval.aggregate import AGGREGATES
    from questline.tools.tool_retrieval.index import MODES

    from .suites.tools import BY, ToolsSuite

    read_by, searched = one_of("by", by, BY), one_of("mode", mode, MODES)
    joined = one_of("aggregate", aggregate, AGGREGATES)
    given = {"catalogue": catalogue, "tasks": tasks, "by": unless("whole", by), "mode": mode}
    given |= {"aggregate": unless("coverage", aggregate), "limit": sample.limit}
    run_suite(
        "tools",
        lambda _: ToolsSuite(
            catalogue=catalogue,
            tasks=tasks,
            by=read_by,
            mode=searched,
            aggregate=joined,
            cache=kept.cache,
            held=held_out,
            several=several,
            limit=sample.limit,
        ),
        kept,
        given={**given, "held_out": held_out, "several": several},
        seed=sample.seed,
    )


@spread
def calls(
    *,
    tasks: Annotated[Path, typer.Option(help="JSON lines of {question, function[], ground_truth}, as BFCL has them.")],
    method: Annotated[
        str | None,
        typer.Option(help="cross-encoder (with the encoder, by default), words: neither of both; llm or local."),
    ] = None,
    model: Model = None,
    base_url: BaseUrl = None,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only the fifth of the questions that nothing was learnt from.")
    ] = False,
    sample: Sample,
    kept: Kept,
) -> None:
    """Turn questions into calls: whole calls, functions, arguments, refusals, time."""
    from .asked_model import way_of
    from .suites.calls import METHODS, CallsSuite

    chosen = one_of("method", way_of(method, model, "cross-encoder"), METHODS, code="bad_argument")
    asks = _asks("tool_executor", chosen, model, base_url)
    given = {"tasks": tasks, "method": chosen, "model": model, "base_url": base_url, "limit": sample.limit}
    run_suite(
        "calls",
        lambda _: CallsSuite(tasks=tasks, method=chosen, held=held_out, limit=sample.limit, asks=asks),
        kept,
        given={**given, "held_out": held_out},
        seed=sample.seed,
    )


def _asks(role: Role, method: str, model: str | None, base_url: str | None) -> AskedModel | None:
    """Return the language model that a method asks."""
    from questline.settings import load_settings

    from .asked_model import AskedModel

    if method == "local":
        return AskedModel(role=role, way="local", model=model or "", settings=load_settings(flags={"model": None}))
    if method != "llm":
        return None
    return AskedModel(role=role, way="llm", settings=load_settings(flags={"model": model, "base_url": base_url}))


@spread
def plans(
    *,
    tasks: Annotated[
        Path,
        typer.Option(help="JSON lines of ComplexTool-Plan (edges) or NESTFUL (references); or a folder of traces."),
    ],
    method: Annotated[
        str | None,
        typer.Option(
            help="embedded (by default), words (no encoder), outputs (what another planner wrote); llm or local."
        ),
    ] = None,
    model: Model = None,
    base_url: BaseUrl = None,
    outputs: Annotated[
        Path | None, typer.Option(help="For --method outputs: JSON lines of {output}, one for each row.")
    ] = None,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only the fifth of the queries that no rule was chosen on.")
    ] = False,
    sample: Sample,
    kept: Kept,
) -> None:
    """Find the dependencies of given tools: F1 of edges and tasks, exact plans; or the fields that arguments mean."""
    from .asked_model import way_of
    from .suites.plans import METHODS, PlansSuite
    from .suites.trace_plans import TracePlansSuite

    chosen = one_of("method", way_of(method, model, "embedded"), METHODS)
    if (chosen == "outputs") != (outputs is not None):
        raise UsageError("--method outputs and --outputs FILE go together", code="bad_param", argument="outputs")
    asks = _asks("tool_planner", chosen, model, base_url)
    if tasks.is_dir() and asks is None:
        raise UsageError("a folder of traces asks a language model: give --model", code="bad_param", argument="model")
    given = {"tasks": tasks, "method": unless("embedded", chosen), "model": model, "base_url": base_url}
    given |= {"outputs": outputs, "limit": sample.limit}

    def build() -> PlansSuite | TracePlansSuite:
        if asks is not None and tasks.is_dir():
            return TracePlansSuite(folder=tasks, asks=asks, held=held_out, limit=sample.limit)
        return PlansSuite(tasks=tasks, method=chosen, outputs=outputs, held=held_out, limit=sample.limit, asks=asks)

    run_suite(
        "plans",
        lambda _: build(),
        kept,
        given={**given, "held_out": held_out},
        seed=sample.seed,
    )


@spread
def routes(
    *,
    tasks: Scenarios,
    servers: Annotated[Path, typer.Option(help="File of MCP servers; each is started once, for what it offers.")],
    documents: Annotated[Path | None, typer.Option(help="The user's documents, a server beside the others.")] = None,
    sample: Sample,
    kept: Kept,
) -> None:
    """Plan questions without a language model, and compare the tools with the usual ones; nothing is called."""
    from .suites.routes import RoutesSuite

    run_suite(
        "routes",
        lambda _: RoutesSuite(tasks=tasks, servers=servers, documents=documents, limit=sample.limit),
        kept,
        given={"tasks": tasks, "servers": servers, "documents": documents, "limit": sample.limit},
        seed=sample.seed,
    )


@spread
def scenarios(
    *,
    tasks: Scenarios,
    servers: Annotated[Path, typer.Option(help="File of MCP servers that may be asked.")],
    documents: Annotated[Path | None, typer.Option(help="The user's documents.")] = None,
    sample: Sample,
    kept: Kept,
) -> None:
    """Answer questions over servers and documents, and judge what the asker sees."""
    from questline.settings import load_settings

    from .suites.scenarios import ScenariosSuite

    run_suite(
        "scenarios",
        lambda _: ScenariosSuite(
            tasks=tasks, servers=servers, documents=documents, settings=load_settings(), limit=sample.limit
        ),
        kept,
        given={"tasks": tasks, "servers": servers, "documents": documents, "limit": sample.limit},
        seed=sample.seed,
    )


@spread
def schedule(
    *,
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
    kept: Kept,
) -> None:
    """Run plans: makespan and overhead, beside sequential runs, levels and LangGraph; or what failures do to them."""
    from .schedule_ways import BROKEN
    from .suites.schedule import ScheduleSuite

    ails = one_of("broken", broken, BROKEN)
    given = {"tasks": tasks, "generated": generated if tasks is None else None, "faults": faults or None}
    given |= {"broken": unless("none", broken), "deadline": deadline, "slots": slots}
    run_suite(
        "schedule",
        lambda _: ScheduleSuite(
            tasks=tasks,
            generated=generated,
            seed=seed,
            faults=faults,
            broken=ails,
            deadline_s=deadline,
            slots=slots,
            latency_ms=latency_ms,
            limit=limit,
        ),
        kept,
        given={**given, "latency_ms": unless(100, latency_ms), "limit": limit},
        seed=seed,
    )
