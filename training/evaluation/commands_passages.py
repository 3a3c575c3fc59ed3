"""The suites over passages that are given: `ranking` and `selection`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from questline.errors import UsageError

from .command_options import (
    CacheFolder,
    Concurrency,
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
    from questline.tools.ranking.llm_judge import Think
    from questline.tools.ranking.schedules import ScheduleName
    from questline.tools.retrieval.report import Progress as Hears

    from .suites.ranking import RankerName, RankingSuite
    from .suites.selection import SelectionSuite

__all__ = ["ranking", "selection"]


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
        "command": command_line("ranking", told, seed),
    }
    run_suite(build, options, json_file=json_file, items=not no_items)


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
        "command": command_line("selection", told, seed),
    }
    run_suite(build, options, json_file=json_file, items=not no_items)
