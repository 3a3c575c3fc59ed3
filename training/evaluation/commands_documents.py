"""The suites over documents and questions: `retrieval`, `qa`, and `suggestion`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from questline.errors import UsageError

from .command_options import (
    CacheFolder,
    Concurrency,
    Corpus,
    Fresh,
    JsonFile,
    Limit,
    MaxTokens,
    MaxUsd,
    NoItems,
    Seed,
    Threads,
    command_line,
    run_suite,
)
from .items import CACHE

if TYPE_CHECKING:
    from questline.tools.retrieval.report import Progress as Hears

    from .suites.qa import QASuite
    from .suites.retrieval import RetrievalSuite
    from .suites.suggestion import SuggestionSuite

__all__ = ["qa", "retrieval", "suggestion"]


def retrieval(
    corpus: Corpus,
    queries: Annotated[Path, typer.Option(help="JSON lines of {_id, text}, or questions.")],
    qrels: Annotated[
        Path, typer.Option(help="JSON lines of {q, d, s} or {qid, docid, grade}, or questions with support.")
    ],
    mode: Annotated[str, typer.Option(help="lexical, dense or hybrid.")] = "hybrid",
    limit: Limit = None,
    seed: Seed = 0,
    threads: Threads = None,
    json_file: JsonFile = None,
    no_items: NoItems = False,
    cache: CacheFolder = CACHE,
    fresh: Fresh = False,
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
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command_line("retrieval", given, seed)}
    run_suite(build, options, json_file=json_file, items=not no_items)


def qa(
    corpus: Corpus,
    questions: Annotated[Path, typer.Option(help="JSON lines of {id, question, answers[], source?}, plain or .gz.")],
    workflow: Annotated[str | None, typer.Option(help="Run this workflow for every question, such as R,AG.")] = None,
    planner: Annotated[str | None, typer.Option(help="rule, llm, constant:WORKFLOW or trained:DIR.")] = None,
    model: Annotated[str | None, typer.Option(help="embedded, openai:NAME, anthropic:NAME or NAME.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Address of an OpenAI-compatible server, with its /v1.")] = None,
    budget: Annotated[str | None, typer.Option(help="For each question: cheap, balanced, best or limits.")] = None,
    limit: Limit = None,
    seed: Seed = 0,
    threads: Threads = None,
    concurrency: Concurrency = 1,
    max_usd: MaxUsd = None,
    max_tokens: MaxTokens = None,
    json_file: JsonFile = None,
    no_items: NoItems = False,
    cache: CacheFolder = CACHE,
    fresh: Fresh = False,
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
        "command": command_line("qa", given, seed),
    }
    run_suite(build, options, json_file=json_file, items=not no_items)


def suggestion(
    panes: Annotated[
        Path, typer.Option(help="JSON lines of {query, options[], clicks[], impressions} or of MIMICS, plain or .gz.")
    ],
    mode: Annotated[str, typer.Option(help="encoder or words: which features the click model has.")] = "encoder",
    position: Annotated[bool, typer.Option(help="Fit a term for each slot beside the text.")] = True,
    folds: Annotated[int, typer.Option(min=2, help="Parts that the queries are put in by their hash.")] = 10,
    limit: Limit = None,
    seed: Seed = 0,
    json_file: JsonFile = None,
    no_items: NoItems = False,
    cache: CacheFolder = CACHE,
    fresh: Fresh = False,
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
    command = command_line("suggestion", {**given, "limit": limit}, seed) + ("" if position else " --no-position")
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command}
    run_suite(build, options, json_file=json_file, items=not no_items)
