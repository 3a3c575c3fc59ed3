"""The suites over documents and questions: `retrieval`, `qa`, and `suggestion`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from questline.errors import UsageError

from .command_options import BaseUrl, Concurrency, Corpus, Kept, Limits, Sample, Threads
from .option_groups import spread
from .suite_runs import one_of, run_suite, unless

if TYPE_CHECKING:
    from questline.tools.retrieval.report import Progress as Hears

    from .suites.qa import QASuite
    from .suites.retrieval import RetrievalSuite

__all__ = ["qa", "retrieval", "suggestion"]


@spread
def retrieval(
    *,
    corpus: Corpus,
    queries: Annotated[Path, typer.Option(help="JSON lines of {_id, text}, or questions.")],
    qrels: Annotated[
        Path, typer.Option(help="JSON lines of {q, d, s} or {qid, docid, grade}, or questions with support.")
    ],
    mode: Annotated[str, typer.Option(help="lexical, dense or hybrid.")] = "hybrid",
    sample: Sample,
    threads: Threads = None,
    kept: Kept,
) -> None:
    """Search a corpus for every judged query: nDCG, recall, MRR, latency, speed of indexing."""
    from questline.settings import load_settings

    from .suites.retrieval import MODES, RetrievalSuite

    chosen = one_of("mode", mode, MODES, code="bad_argument")
    settings = load_settings(flags={"threads": threads})

    def build(indexing: Hears) -> RetrievalSuite:
        return RetrievalSuite(
            corpus=corpus,
            queries=queries,
            qrels=qrels,
            cache=kept.cache,
            mode=chosen,
            threads=settings.threads,
            limit=sample.limit,
            indexing=indexing,
        )

    given = {"corpus": corpus, "queries": queries, "qrels": qrels, "mode": mode}
    given |= {"limit": sample.limit, "threads": threads}
    run_suite("retrieval", build, kept, given=given, seed=sample.seed)


@spread
def qa(
    *,
    corpus: Corpus,
    questions: Annotated[Path, typer.Option(help="JSON lines of {id, question, answers[], source?}, plain or .gz.")],
    workflow: Annotated[str | None, typer.Option(help="Run this workflow for every question, such as R,AG.")] = None,
    planner: Annotated[str | None, typer.Option(help="rule, llm, constant:WORKFLOW or trained:DIR.")] = None,
    model: Annotated[str | None, typer.Option(help="embedded, openai:NAME, anthropic:NAME or NAME.")] = None,
    base_url: BaseUrl = None,
    budget: Annotated[str | None, typer.Option(help="For each question: cheap, balanced, best or limits.")] = None,
    sample: Sample,
    threads: Threads = None,
    concurrency: Concurrency = 1,
    limits: Limits,
    kept: Kept,
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
            cache=kept.cache,
            settings=settings,
            limit=sample.limit,
            seed=sample.seed,
            indexing=indexing,
        )

    given = {"corpus": corpus, "questions": questions, "workflow": workflow, **chosen, "limit": sample.limit}
    given["concurrency"] = unless(1, concurrency)  # times depend on it
    run_suite("qa", build, kept, given=given, seed=sample.seed, concurrency=concurrency, limits=limits)


@spread
def suggestion(
    *,
    panes: Annotated[
        Path, typer.Option(help="JSON lines of {query, options[], clicks[], impressions} or of MIMICS, plain or .gz.")
    ],
    mode: Annotated[str, typer.Option(help="encoder or words: which features the click model has.")] = "encoder",
    position: Annotated[bool, typer.Option(help="Fit a term for each slot beside the text.")] = True,
    folds: Annotated[int, typer.Option(min=2, help="Parts that the queries are put in by their hash.")] = 10,
    sample: Sample,
    kept: Kept,
) -> None:
    """Order suggestions shown together by a click model of other queries: nDCG, tau, AUC, calibration, variety."""
    from questline.training.suggestion.cross_fit import Recipe

    from .suites.suggestion import SuggestionSuite

    recipe = Recipe(
        mode=one_of("mode", mode, ("encoder", "words"), code="bad_argument"), position=position, folds=folds
    )

    given = {"panes": panes, "mode": unless("encoder", mode), "folds": unless(10, folds), "limit": sample.limit}
    run_suite(
        "suggestion",
        lambda _: SuggestionSuite(panes=panes, recipe=recipe, limit=sample.limit),
        kept,
        given={**given, "no_position": not position},
        seed=sample.seed,
    )
