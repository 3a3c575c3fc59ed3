"""``agents eval``: the suites and the comparison as commands."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from questline.errors import UsageError

from .items import CACHE

if TYPE_CHECKING:
    from rich.progress import Progress

    from questline.tools.ranking.llm_judge import Think
    from questline.tools.ranking.schedules import ScheduleName
    from questline.tools.retrieval.report import Phase
    from questline.tools.retrieval.report import Progress as Hears

    from .suite import Suite
    from .suites.qa import QASuite
    from .suites.ranking import RankerName, RankingSuite
    from .suites.reading import ReadingSuite
    from .suites.retrieval import RetrievalSuite
    from .suites.schedule import ScheduleSuite
    from .suites.selection import SelectionSuite
    from .suites.suggestion import SuggestionSuite
    from .suites.summary import SummarySuite
    from .suites.tools import ToolsSuite

__all__ = ["eval_app"]

eval_app = typer.Typer(
    help="Measure retrieval, ranking and answers, and compare two measurements.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Corpus = Annotated[Path, typer.Option(help="Documents: JSON lines of {id|_id, title, text}, plain or .gz.")]
_Json = Annotated[
    Path | None, typer.Option("--json", help="Write metrics, intervals, items and run as one JSON object.")
]
_NoItems = Annotated[bool, typer.Option("--no-items", help="Leave the items out of the JSON.")]
_Limit = Annotated[int | None, typer.Option(min=1, help="Run only so many rows.")]
_Seed = Annotated[int, typer.Option(help="Of the bootstrap, and of the rows that --limit draws.")]
_Cache = Annotated[Path, typer.Option(help="Folder of indexes and finished rows.")]
_Fresh = Annotated[bool, typer.Option("--fresh", help="Run every row again instead of taking over finished ones.")]
_Threads = Annotated[
    int | None, typer.Option(min=1, help="Threads of encoder and index; from the settings by default.")
]
_Concurrency = Annotated[int, typer.Option(min=1, help="Rows run side by side.")]
_MaxUsd = Annotated[float | None, typer.Option(help="Start no further row once this much was spent.")]
_MaxTokens = Annotated[int | None, typer.Option(help="Start no further row once so many LLM tokens were used.")]


@eval_app.callback(invoke_without_command=True)
def group(
    context: typer.Context,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="A.json B.json", help="Paired bootstrap of two measurements of one suite: B minus A."),
    ] = None,
    json_file: _Json = None,
    seed: _Seed = 0,
) -> None:
    """Measure retrieval, ranking and answers, and compare two measurements."""
    if context.invoked_subcommand is not None:
        if compare is not None:
            raise UsageError("--compare takes two files and no suite", argument="compare")
        return
    if compare is None:
        raise UsageError(
            "name a suite (retrieval, ranking, selection, reading, qa, summary, suggestion, tools, calls, plans,"
            " routes, scenarios, schedule),"
            " or two files and --compare",
            argument="suite",
        )
    from .compare import compare as compare_reports
    from .reports import write_json
    from .table import comparison_table, terminal

    _check_target(json_file)
    comparison = compare_reports(*compare, seed=seed)
    terminal().print(comparison_table(comparison))
    if json_file is not None:
        write_json(json_file, comparison.as_dict())


@eval_app.command()
def retrieval(
    corpus: _Corpus,
    queries: Annotated[Path, typer.Option(help="JSON lines of {_id, text}, or questions.")],
    qrels: Annotated[
        Path, typer.Option(help="JSON lines of {q, d, s} or {qid, docid, grade}, or questions with support.")
    ],
    mode: Annotated[str, typer.Option(help="lexical, dense or hybrid.")] = "hybrid",
    limit: _Limit = None,
    seed: _Seed = 0,
    threads: _Threads = None,
    json_file: _Json = None,
    no_items: _NoItems = False,
    cache: _Cache = CACHE,
    fresh: _Fresh = False,
) -> None:
    """Search a corpus for every judged query: nDCG, recall, MRR, latency, speed of indexing."""
    from questline.settings import load_settings

    from .suites.retrieval import MODES, RetrievalSuite

    if mode not in MODES:
        raise UsageError(f"mode {mode!r} is not one of {', '.join(MODES)}", argument="mode")
    settings = load_settings(flags={"threads": threads})

    def build(indexing: Hears) -> RetrievalSuite:
        return RetrievalSuite(
            corpus=corpus,
            queries=queries,
            qrels=qrels,
            cache=cache,
            mode=mode,
            threads=settings.threads,
            limit=limit,
            indexing=indexing,
        )

    given = {"corpus": corpus, "queries": queries, "qrels": qrels, "mode": mode, "limit": limit, "threads": threads}
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": _command("retrieval", given, seed)}
    _evaluate(build, options, json_file=json_file, items=not no_items)


@eval_app.command()
def qa(
    corpus: _Corpus,
    questions: Annotated[Path, typer.Option(help="JSON lines of {id, question, answers[], source?}, plain or .gz.")],
    workflow: Annotated[str | None, typer.Option(help="Run this workflow for every question, such as R,AG.")] = None,
    planner: Annotated[str | None, typer.Option(help="rule, llm or constant:WORKFLOW.")] = None,
    model: Annotated[str | None, typer.Option(help="embedded, openai:NAME, anthropic:NAME or NAME.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Address of an OpenAI-compatible server, with its /v1.")] = None,
    budget: Annotated[str | None, typer.Option(help="For each question: cheap, balanced, best or limits.")] = None,
    limit: _Limit = None,
    seed: _Seed = 0,
    threads: _Threads = None,
    concurrency: _Concurrency = 1,
    max_usd: _MaxUsd = None,
    max_tokens: _MaxTokens = None,
    json_file: _Json = None,
    no_items: _NoItems = False,
    cache: _Cache = CACHE,
    fresh: _Fresh = False,
) -> None:
    """Ask questions with known answers: F1, exact match, time, calls, tokens, dollars; nothing falls back."""
    from questline.settings import load_settings

    from .suites.qa import QASuite

    if workflow is not None and planner is not None:
        raise UsageError("give --workflow or --planner, not both", argument="workflow")
    chosen = {"model": model, "base_url": base_url, "budget": budget, "planner": planner, "threads": threads}
    settings = load_settings(flags={**chosen, "workflow": workflow})
    if planner is not None:  # a workflow from the settings would overrule the planner that was asked for
        settings = replace(settings, workflow=None)

    def build(indexing: Hears) -> QASuite:
        return QASuite(
            corpus=corpus,
            questions=questions,
            cache=cache,
            settings=settings,
            limit=limit,
            seed=seed,
            indexing=indexing,
        )

    given = {"corpus": corpus, "questions": questions, "workflow": workflow, **chosen, "limit": limit}
    given["concurrency"] = None if concurrency == 1 else concurrency  # times depend on it
    options = {
        "cache": cache,
        "seed": seed,
        "fresh": fresh,
        "concurrency": concurrency,
        "max_usd": max_usd,
        "max_tokens": max_tokens,
        "command": _command("qa", given, seed),
    }
    _evaluate(build, options, json_file=json_file, items=not no_items)


@eval_app.command()
def suggestion(
    panes: Annotated[
        Path, typer.Option(help="JSON lines of {query, options[], clicks[], impressions} or of MIMICS, plain or .gz.")
    ],
    mode: Annotated[str, typer.Option(help="encoder or words: which features the click model has.")] = "encoder",
    position: Annotated[bool, typer.Option(help="Fit a term for each slot beside the text.")] = True,
    folds: Annotated[int, typer.Option(min=2, help="Parts that the queries are put in by their hash.")] = 10,
    limit: _Limit = None,
    seed: _Seed = 0,
    json_file: _Json = None,
    no_items: _NoItems = False,
    cache: _Cache = CACHE,
    fresh: _Fresh = False,
) -> None:
    """Order suggestions shown together by a click model of other queries: nDCG, tau, AUC, calibration, variety."""
    from questline.training.suggestion.cross_fit import Recipe

    from .suites.suggestion import SuggestionSuite

    if mode not in ("encoder", "words"):
        raise UsageError(f"mode {mode!r} is not one of encoder, words", argument="mode")
    recipe = Recipe(mode=mode, position=position, folds=folds)

    def build(indexing: Hears) -> SuggestionSuite:
        del indexing
        return SuggestionSuite(panes=panes, recipe=recipe, limit=limit)

    given = {"panes": panes, "mode": None if mode == "encoder" else mode, "folds": None if folds == 10 else folds}
    command = _command("suggestion", {**given, "limit": limit}, seed) + ("" if position else " --no-position")
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command}
    _evaluate(build, options, json_file=json_file, items=not no_items)


@eval_app.command()
def ranking(
    candidates: Annotated[
        Path | None, typer.Option(help="JSON lines of {qid, query, candidates[{docid, text}]}; with --qrels.")
    ] = None,
    qrels: Annotated[Path | None, typer.Option(help="JSON lines of {qid, docid, grade} or {q, d, s}.")] = None,
    questions: Annotated[
        Path | None, typer.Option(help="JSON lines of {question, candidates[{text, label}]}, in place of both.")
    ] = None,
    ranker: Annotated[str, typer.Option(help="embedded, first_stage, cosine or llm.")] = "embedded",
    relevant_from: Annotated[int, typer.Option(min=1, help="Least relevant grade for mrr, map and ece.")] = 1,
    model: Annotated[str | None, typer.Option(help="For --ranker llm: openai:NAME, anthropic:NAME or NAME.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Address of an OpenAI-compatible server, with its /v1.")] = None,
    schedule: Annotated[str, typer.Option(help="For --ranker llm: partition, sliding or full.")] = "partition",
    window: Annotated[int, typer.Option(help="Passages that one call judges.")] = 20,
    step: Annotated[int | None, typer.Option(help="How far a sliding window moves; half of it by default.")] = None,
    thinking: Annotated[str, typer.Option(help="For --ranker llm: off, short, full or auto.")] = "off",
    limit: _Limit = None,
    seed: _Seed = 0,
    threads: _Threads = None,
    concurrency: _Concurrency = 1,
    max_usd: _MaxUsd = None,
    max_tokens: _MaxTokens = None,
    json_file: _Json = None,
    no_items: _NoItems = False,
    cache: _Cache = CACHE,
    fresh: _Fresh = False,
) -> None:
    """Put candidates in order: nDCG, MRR, MAP, calibration error, invalid answers, speed."""
    from questline.settings import load_settings
    from questline.tools.ranking.llm_judge import THINKING
    from questline.tools.ranking.schedules import SCHEDULES, Windows

    from .suites.ranking import RANKERS, RankingSuite

    for option, value, known in (
        ("ranker", ranker, RANKERS),
        ("schedule", schedule, SCHEDULES),
        ("thinking", thinking, THINKING),
    ):
        if value not in known:
            raise UsageError(f"{option} {value!r} is not one of {', '.join(known)}", code="bad_param", argument=option)
    settings = load_settings(flags={"model": model, "base_url": base_url, "threads": threads})
    windows = Windows(size=window, step=max(1, window // 2) if step is None else step)

    def build(indexing: Hears) -> RankingSuite:
        del indexing
        return RankingSuite(
            candidates=candidates,
            qrels=qrels,
            questions=questions,
            ranker=cast("RankerName", ranker),
            relevant_from=relevant_from,
            limit=limit,
            schedule=cast("ScheduleName", schedule),
            windows=windows,
            thinking=cast("Think", thinking),
            settings=settings,
        )

    told = {"candidates": candidates, "qrels": qrels, "questions": questions, "ranker": ranker}
    told |= {"relevant_from": None if relevant_from == 1 else relevant_from, "model": model, "base_url": base_url}
    if ranker == "llm":
        told |= {"schedule": schedule, "window": windows.size, "step": windows.step, "thinking": thinking}
    told |= {"limit": limit, "threads": threads, "concurrency": None if concurrency == 1 else concurrency}
    options = {
        "cache": cache,
        "seed": seed,
        "fresh": fresh,
        "concurrency": concurrency,
        "max_usd": max_usd,
        "max_tokens": max_tokens,
        "command": _command("ranking", told, seed),
    }
    _evaluate(build, options, json_file=json_file, items=not no_items)


@eval_app.command()
def selection(
    questions: Annotated[
        Path,
        typer.Option(
            help="JSON lines of {question, candidates[{text, label}]}, {question, support[]}, or a known set's form."
        ),
    ],
    corpus: Annotated[
        Path | None, typer.Option(help="Documents that support names: JSON lines of {id|_id, title, text}.")
    ] = None,
    selector: Annotated[str, typer.Option(help="embedded, words, first (the best by BM25) or llm.")] = "embedded",
    depth: Annotated[int, typer.Option(min=1, help="Candidates a question, the best by BM25; with --corpus.")] = 20,
    first: Annotated[int, typer.Option(min=1, help="For --selector first: how many are kept.")] = 1,
    schedule: Annotated[str, typer.Option(help="For --selector llm: sliding or parallel windows.")] = "sliding",
    model: Annotated[str | None, typer.Option(help="For --selector llm: openai:NAME, anthropic:NAME or NAME.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Address of an OpenAI-compatible server, with its /v1.")] = None,
    limit: _Limit = None,
    seed: _Seed = 0,
    threads: _Threads = None,
    concurrency: _Concurrency = 1,
    max_usd: _MaxUsd = None,
    max_tokens: _MaxTokens = None,
    json_file: _Json = None,
    no_items: _NoItems = False,
    cache: _Cache = CACHE,
    fresh: _Fresh = False,
) -> None:
    """Choose the passages that help: F1 of the sets, abstention, calibration, beside the best that was possible."""
    from questline.settings import load_settings
    from questline.tools.selection.sliding import SCHEDULES, SelectionSchedule

    from .suites.selection import SELECTORS, SelectionSuite

    if selector not in SELECTORS:
        raise UsageError(
            f"selector {selector!r} is not one of {', '.join(SELECTORS)}", code="bad_param", argument="selector"
        )
    order: SelectionSchedule | None = next((each for each in SCHEDULES if each == schedule), None)
    if order is None:
        raise UsageError(
            f"schedule {schedule!r} is not one of {', '.join(SCHEDULES)}", code="bad_param", argument="schedule"
        )
    settings = load_settings(flags={"model": model, "base_url": base_url, "threads": threads})

    def build(indexing: Hears) -> SelectionSuite:
        del indexing
        return SelectionSuite(
            questions=questions,
            corpus=corpus,
            selector=selector,
            depth=depth,
            first=first,
            schedule=order,
            limit=limit,
            seed=seed,
            settings=settings,
        )

    told = {"questions": questions, "corpus": corpus, "selector": selector}
    told |= {"depth": None if depth == 20 or corpus is None else depth, "first": first if selector == "first" else None}
    told |= {"schedule": None if schedule == "sliding" else schedule}
    told |= {"model": model, "base_url": base_url, "limit": limit, "threads": threads}
    told |= {"concurrency": None if concurrency == 1 else concurrency}
    options = {
        "cache": cache,
        "seed": seed,
        "fresh": fresh,
        "concurrency": concurrency,
        "max_usd": max_usd,
        "max_tokens": max_tokens,
        "command": _command("selection", told, seed),
    }
    _evaluate(build, options, json_file=json_file, items=not no_items)


@eval_app.command()
def summary(
    documents: Annotated[
        Path, typer.Option(help="JSON lines of {query, document, answers?, references?}, or a known set's form.")
    ],
    method: Annotated[
        str,
        typer.Option(help="cross-encoder, encoder, words, model (an LLM), or a floor: lead, bm25, query."),
    ] = "cross-encoder",
    max_sentences: Annotated[int | None, typer.Option(min=1, help="Most pieces; 3 when no limit is given.")] = None,
    max_chars: Annotated[int | None, typer.Option(min=1, help="Most characters.")] = None,
    max_words: Annotated[int | None, typer.Option(min=1, help="Most words.")] = None,
    model: Annotated[
        str | None, typer.Option(help="openai:NAME, anthropic:NAME or NAME, for the method model.")
    ] = None,
    base_url: Annotated[str | None, typer.Option(help="Address of an OpenAI-compatible server, with its /v1.")] = None,
    limit: _Limit = None,
    seed: _Seed = 0,
    max_usd: _MaxUsd = None,
    max_tokens: _MaxTokens = None,
    json_file: _Json = None,
    no_items: _NoItems = False,
    cache: _Cache = CACHE,
    fresh: _Fresh = False,
) -> None:
    """Summarize documents for their queries: ROUGE, answering sentence first, valid places, abstentions, time."""
    from questline.settings import load_settings

    from .suites.summary import METHODS, Method, SummarySuite

    chosen: Method | None = next((each for each in METHODS if each == method), None)
    if chosen is None:
        raise UsageError(f"method {method!r} is not one of {', '.join(METHODS)}", argument="method")
    settings = load_settings(flags={"model": model, "base_url": base_url})
    lengths = {"max_sentences": max_sentences, "max_chars": max_chars, "max_words": max_words}

    def build(indexing: Hears) -> SummarySuite:
        del indexing
        return SummarySuite(
            documents=documents,
            method=chosen,
            max_sentences=max_sentences,
            max_chars=max_chars,
            max_words=max_words,
            settings=settings,
            limit=limit,
            seed=seed,
        )

    given = {"documents": documents, "method": method, **lengths, "model": model, "base_url": base_url, "limit": limit}
    options = {
        "cache": cache,
        "seed": seed,
        "fresh": fresh,
        "max_usd": max_usd,
        "max_tokens": max_tokens,
        "command": _command("summary", given, seed),
    }
    _evaluate(build, options, json_file=json_file, items=not no_items)


@eval_app.command()
def reading(
    questions: Annotated[
        Path,
        typer.Option(help="JSON lines of {question, answers[], context | paras | support}, or a known set's form."),
    ],
    corpus: Annotated[Path | None, typer.Option(help="Documents that rows with support name.")] = None,
    method: Annotated[str, typer.Option(help="cross-encoder, encoder or words: what reads.")] = "cross-encoder",
    source: Annotated[str, typer.Option(help="Read only rows of this source.")] = "",
    always: Annotated[bool, typer.Option("--always", help="Answer also where the reader would give up.")] = False,
    unanswerable: Annotated[
        bool,
        typer.Option("--unanswerable", help="Ask each question also over passages of the corpus without its answer."),
    ] = False,
    limit: _Limit = None,
    seed: _Seed = 0,
    json_file: _Json = None,
    no_items: _NoItems = False,
    cache: _Cache = CACHE,
    fresh: _Fresh = False,
) -> None:
    """Read short answers out of given passages: F1, exact match, F1 of finding that there is no answer, time."""
    from .suites.reading import METHODS, Method, ReadingSuite

    chosen: Method | None = next((each for each in METHODS if each == method), None)
    if chosen is None:
        raise UsageError(f"method {method!r} is not one of {', '.join(METHODS)}", argument="method")

    def build(indexing: Hears) -> ReadingSuite:
        del indexing
        return ReadingSuite(
            questions=questions,
            corpus=corpus,
            method=chosen,
            always=always,
            unanswerable=unanswerable,
            source=source,
            limit=limit,
            seed=seed,
        )

    given = {"questions": questions, "corpus": corpus, "method": method, "source": source or None, "limit": limit}
    command = _command("reading", given, seed) + (" --always" if always else "")
    command += " --unanswerable" if unanswerable else ""
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command}
    _evaluate(build, options, json_file=json_file, items=not no_items)


@eval_app.command()
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
    limit: _Limit = None,
    seed: _Seed = 0,
    json_file: _Json = None,
    no_items: _NoItems = False,
    cache: _Cache = CACHE,
    fresh: _Fresh = False,
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
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": _command("tools", given, seed) + flags}
    _evaluate(build, options, json_file=json_file, items=not no_items)


@eval_app.command()
def calls(
    tasks: Annotated[Path, typer.Option(help="JSON lines of {question, function[], ground_truth}, as BFCL has them.")],
    method: Annotated[
        str, typer.Option(help="cross-encoder (with the encoder), or words: neither of both.")
    ] = "cross-encoder",
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only the fifth of the questions that nothing was learnt from.")
    ] = False,
    limit: _Limit = None,
    seed: _Seed = 0,
    json_file: _Json = None,
    no_items: _NoItems = False,
    cache: _Cache = CACHE,
    fresh: _Fresh = False,
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
    command = _command("calls", given, seed) + (" --held-out" if held_out else "")
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command}
    _evaluate(build, options, json_file=json_file, items=not no_items)


@eval_app.command()
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
    limit: _Limit = None,
    seed: _Seed = 0,
    json_file: _Json = None,
    no_items: _NoItems = False,
    cache: _Cache = CACHE,
    fresh: _Fresh = False,
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
    command = _command("plans", given, seed) + (" --held-out" if held_out else "")
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command}
    _evaluate(build, options, json_file=json_file, items=not no_items)


@eval_app.command()
def routes(
    tasks: Annotated[Path, typer.Option(help="Scenarios: JSON lines as tests/scenarios/README.md tells.")],
    servers: Annotated[Path, typer.Option(help="File of MCP servers; each is started once, for what it offers.")],
    documents: Annotated[Path | None, typer.Option(help="The user's documents, a server beside the others.")] = None,
    limit: _Limit = None,
    seed: _Seed = 0,
    json_file: _Json = None,
    no_items: _NoItems = False,
    cache: _Cache = CACHE,
    fresh: _Fresh = False,
) -> None:
    """Plan questions without a language model, and compare the tools with the usual ones; nothing is called."""
    from .suites.routes import RoutesSuite

    def build(indexing: Hears) -> RoutesSuite:
        del indexing
        return RoutesSuite(tasks=tasks, servers=servers, documents=documents, limit=limit)

    given = {"tasks": tasks, "servers": servers, "documents": documents, "limit": limit}
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": _command("routes", given, seed)}
    _evaluate(build, options, json_file=json_file, items=not no_items)


@eval_app.command()
def scenarios(
    tasks: Annotated[Path, typer.Option(help="Scenarios: JSON lines as tests/scenarios/README.md tells.")],
    servers: Annotated[Path, typer.Option(help="File of MCP servers that may be asked.")],
    documents: Annotated[Path, typer.Option(help="The user's documents.")],
    limit: _Limit = None,
    seed: _Seed = 0,
    json_file: _Json = None,
    no_items: _NoItems = False,
    cache: _Cache = CACHE,
    fresh: _Fresh = False,
) -> None:
    """Answer questions over servers and documents, and judge what the asker sees."""
    from .suites.scenarios import ScenariosSuite

    def build(indexing: Hears) -> ScenariosSuite:
        del indexing
        return ScenariosSuite(tasks=tasks, servers=servers, documents=documents, limit=limit)

    given = {"tasks": tasks, "servers": servers, "documents": documents, "limit": limit}
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": _command("scenarios", given, seed)}
    _evaluate(build, options, json_file=json_file, items=not no_items)


@eval_app.command()
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
    limit: _Limit = None,
    seed: Annotated[int, typer.Option(help="Of plans, times, failures and the bootstrap.")] = 0,
    json_file: _Json = None,
    no_items: _NoItems = False,
    cache: _Cache = CACHE,
    fresh: _Fresh = False,
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
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": _command("schedule", given, seed)}
    _evaluate(build, options, json_file=json_file, items=not no_items)


def _evaluate(
    build: Callable[[Hears], Suite[Any]], options: Mapping[str, object], *, json_file: Path | None, items: bool
) -> None:
    from .reports import write_json
    from .runner import Options, evaluate
    from .table import report_tables, terminal

    _check_target(json_file)
    with _progress() as bar:
        suite = build(_phases(bar))
        rows = bar.add_task(suite.name, total=None, visible=False)

        def ran(done: int, total: int) -> None:
            bar.update(rows, completed=done, total=total, visible=True)

        chosen = Options(**{**options, "progress": ran})  # pyright: ignore[reportArgumentType]  # because the commands gave each option its type
        try:
            report = asyncio.run(evaluate(suite, chosen))
        except KeyboardInterrupt:
            terminal(stderr=True).print("Finished rows are kept; the same command goes on from there.")
            raise
    terminal().print(report_tables(report))
    if json_file is not None:
        values = report.as_dict()
        write_json(json_file, values if items else {name: value for name, value in values.items() if name != "items"})


def _progress() -> AbstractContextManager[Progress]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from .table import terminal

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = terminal(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _phases(bar: Progress) -> Hears:
    """Return what shows each phase of indexing as a bar of its own."""
    tasks: dict[str, Any] = {}

    def show(phase: Phase, done: int, total: int) -> None:
        if phase not in tasks:
            tasks[phase] = bar.add_task(f"indexing: {phase}", total=total)
        bar.update(tasks[phase], completed=done, total=total)

    return show


def _check_target(json_file: Path | None) -> None:
    if json_file is not None and not json_file.parent.is_dir():
        raise UsageError(f"there is no folder {str(json_file.parent)!r}", code="file_not_found", path=json_file.parent)


def _command(suite: str, given: Mapping[str, object], seed: int) -> str:
    """Write the command that repeats a run, without what does not change its figures."""
    words = ["agents", "eval", suite]
    for name, value in {**given, "seed": seed or None}.items():
        if value is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(words)
