"""The suites over passages that are given: `ranking` and `selection`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from questline.errors import UsageError

from .command_options import BaseUrl, Concurrency, Kept, Limits, Sample, Threads
from .option_groups import spread
from .suite_runs import one_of, run_suite, unless

if TYPE_CHECKING:
    from .suites.ranking import RankerName
    from .suites.selection import SelectorName

__all__ = ["ranking", "selection"]


@spread
def ranking(
    *,
    candidates: Annotated[
        Path | None, typer.Option(help="JSON lines of {qid, query, candidates[{docid, text}]}; with --qrels.")
    ] = None,
    qrels: Annotated[Path | None, typer.Option(help="JSON lines of {qid, docid, grade} or {q, d, s}.")] = None,
    questions: Annotated[
        Path | None, typer.Option(help="JSON lines of {question, candidates[{text, label}]}, in place of both.")
    ] = None,
    ranker: Annotated[
        str | None, typer.Option(help="embedded (by default), first_stage, cosine, llm, or local (with --prompt).")
    ] = None,
    relevant_from: Annotated[int, typer.Option(min=1, help="Least relevant grade for mrr, map and ece.")] = 1,
    model: Annotated[
        str | None,
        typer.Option(
            help="A folder is run here; openai:NAME, anthropic:NAME or NAME is asked; an ID with --ranker local."
        ),
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(help="Run --model here, by transformers, with the prompt ours or reasonrank; or that of llm."),
    ] = None,
    base_url: BaseUrl = None,
    schedule: Annotated[
        str | None, typer.Option(help="For a language model: partition, full or sliding (as reasonrank was published).")
    ] = None,
    window: Annotated[int, typer.Option(help="Passages that one call judges.")] = 20,
    step: Annotated[int | None, typer.Option(help="How far a sliding window moves; half of it by default.")] = None,
    thinking: Annotated[
        str | None, typer.Option(help="For a language model: off, short, full (of reasonrank) or auto.")
    ] = None,
    sample: Sample,
    threads: Threads = None,
    concurrency: Concurrency = 1,
    limits: Limits,
    kept: Kept,
) -> None:
    """Put candidates in order: nDCG, MRR, MAP, calibration error, invalid answers, speed."""
    from questline.settings import load_settings
    from questline.tools.ranking.llm_judge import THINKING
    from questline.tools.ranking.released import FORMS
    from questline.tools.ranking.schedules import SCHEDULES, Windows
    from questline.training.tuning.prompt_files import prompt_beside

    from .asked_model import way_of
    from .suites.ranking import RANKERS, RankingSuite

    published = prompt == "reasonrank"
    schedule = schedule or ("sliding" if published else "partition")
    named, order = one_of("ranker", ranker or "embedded", RANKERS), one_of("schedule", schedule, SCHEDULES)
    if ranker is None:
        judge = way_of("local" if prompt else None, model, "embedded", option="ranker")
    else:
        judge = way_of(named, model, named, option="ranker")
    ranker = judge
    tuned = judge == "local" and prompt_beside(model or "", "rank.md") is not None
    thinking = thinking or ("full" if published else "short" if tuned else "off")
    think, form = one_of("thinking", thinking, THINKING), one_of("prompt", prompt or "ours", FORMS)
    if prompt is not None and judge not in ("llm", "local"):
        raise UsageError(f"--prompt is of a language model, and --ranker {judge} asks none", argument="prompt")
    local = judge == "local"
    settings = load_settings(flags={"model": None if local else model, "base_url": base_url, "threads": threads})
    windows = Windows(size=window, step=max(1, window // 2) if step is None else step)
    given = {"candidates": candidates, "qrels": qrels, "questions": questions, "ranker": ranker}
    given |= {"relevant_from": unless(1, relevant_from), "model": model, "base_url": base_url}
    if judge in ("llm", "local"):
        given |= {"prompt": prompt} if prompt else {}
        given |= {"schedule": schedule, "window": windows.size, "step": windows.step, "thinking": thinking}
    given |= {"limit": sample.limit, "threads": threads, "concurrency": unless(1, concurrency)}
    run_suite(
        "ranking",
        lambda _: RankingSuite(
            candidates=candidates,
            qrels=qrels,
            questions=questions,
            ranker=cast("RankerName", judge),
            relevant_from=relevant_from,
            limit=sample.limit,
            schedule=order,
            windows=windows,
            thinking=think,
            prompt=form,
            model=(model or "") if local else "",
            settings=settings,
        ),
        kept,
        given=given,
        seed=sample.seed,
        concurrency=concurrency,
        limits=limits,
    )


@spread
def selection(
    *,
    questions: Annotated[
        Path,
        typer.Option(
            help="JSON lines of {question, candidates[{text, label}]}, {question, support[]}, or a known set's form."
        ),
    ],
    corpus: Annotated[
        Path | None, typer.Option(help="Documents that support names: JSON lines of {id|_id, title, text}.")
    ] = None,
    selector: Annotated[
        str | None,
        typer.Option(help="embedded (by default), words, first (the best by BM25), llm, or local (--model run here)."),
    ] = None,
    depth: Annotated[int, typer.Option(min=1, help="Candidates a question, the best by BM25; with --corpus.")] = 20,
    first: Annotated[int, typer.Option(min=1, help="For --selector first: how many are kept.")] = 1,
    schedule: Annotated[str, typer.Option(help="For a language model: sliding or parallel windows.")] = "sliding",
    tau: Annotated[
        float | None, typer.Option(min=0, max=1, help="For a language model: least chance of a member to be kept.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="A folder is run here; openai:NAME, anthropic:NAME or NAME is asked; an ID with --selector local."
        ),
    ] = None,
    base_url: BaseUrl = None,
    sample: Sample,
    threads: Threads = None,
    concurrency: Concurrency = 1,
    limits: Limits,
    kept: Kept,
) -> None:
    """Choose the passages that help: F1 of the sets, abstention, calibration, beside the best that was possible."""
    from questline.settings import load_settings
    from questline.tools.selection.sliding import SCHEDULES

    from .asked_model import way_of
    from .suites.selection import SELECTORS, SelectionSuite

    named, order = one_of("selector", selector or "embedded", SELECTORS), one_of("schedule", schedule, SCHEDULES)
    chosen = way_of(None if selector is None else named, model, "embedded", option="selector")
    selector, local = chosen, chosen == "local"
    if tau is not None and chosen not in ("llm", "local"):
        raise UsageError(f"--tau is of a language model, and --selector {chosen} asks none", argument="tau")
    settings = load_settings(flags={"model": None if local else model, "base_url": base_url, "threads": threads})
    given = {"questions": questions, "corpus": corpus, "selector": selector, "tau": tau}
    given |= {"depth": None if corpus is None else unless(20, depth), "first": first if selector == "first" else None}
    given |= {"schedule": unless("sliding", schedule), "model": model, "base_url": base_url}
    given |= {"limit": sample.limit, "threads": threads, "concurrency": unless(1, concurrency)}
    run_suite(
        "selection",
        lambda _: SelectionSuite(
            questions=questions,
            corpus=corpus,
            selector=cast("SelectorName", chosen),
            depth=depth,
            first=first,
            schedule=order,
            model=(model or "") if local else "",
            tau=tau,
            limit=sample.limit,
            seed=sample.seed,
            settings=settings,
        ),
        kept,
        given=given,
        seed=sample.seed,
        concurrency=concurrency,
        limits=limits,
    )
