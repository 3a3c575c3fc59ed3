"""The suites over questions about time: `chronoqa` and `temporal-qa`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from .command_options import BaseUrl, Concurrency, Kept, Limits, Sample
from .option_groups import spread
from .suite_runs import one_of, run_suite, unless

__all__ = ["chronoqa", "temporal_qa"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How the questions are asked, and what decides."""

    corpus: Annotated[
        Path | None,
        typer.Option(help="Search these documents {id, text, title?, date?} and the gold texts they lack."),
    ] = None
    condition: Annotated[
        str, typer.Option(help="none, gold, retrieved or all: what is answered from; none is asked beside any.")
    ] = "retrieved"
    alone: Annotated[bool, typer.Option("--alone", help="Do not ask without passages beside it.")] = False
    k: Annotated[int, typer.Option(min=1, help="Passages that are answered from in the condition retrieved.")] = 5
    words_only: Annotated[bool, typer.Option("--words-only", help="Search without minding times.")] = False
    model: Annotated[str | None, typer.Option(help="embedded, openai:NAME, anthropic:NAME or NAME.")] = None
    base_url: BaseUrl = None
    judge: Annotated[
        str | None, typer.Option(help="A language model that decides what the rules leave open, named as --model.")
    ] = None
    judge_checks: Annotated[
        float, typer.Option(min=0, max=1, help="Share of decided answers that the judge is asked about too.")
    ] = 0.2
    predictions: Annotated[
        Path | None, typer.Option(help="Score these answers {id, prediction} instead of asking.")
    ] = None


@spread
def chronoqa(
    *,
    data: Annotated[Path, typer.Option(help="A file of ChronoQA: JSON lines, plain or .gz.")],
    asked: Asked,
    audit: Annotated[bool, typer.Option("--audit", help="Look for wrong labels too, and count them.")] = False,
    sample: Sample,
    concurrency: Concurrency = 1,
    limits: Limits,
    kept: Kept,
) -> None:
    """Questions about times and events: retrieval, and answers scored by their type, with slices of the taxonomy."""
    _run("chronoqa", data, asked, sample, concurrency, limits, kept, audit=audit)


@spread
def temporal_qa(
    *,
    data: Annotated[Path, typer.Option(help="A file of RealTimeQA, TimeQA, SituatedQA, MenatQA or ChronoQA.")],
    asked: Asked,
    sample: Sample,
    concurrency: Concurrency = 1,
    limits: Limits,
    kept: Kept,
) -> None:
    """The same for other sets of questions about time, told by their columns."""
    _run("temporal-qa", data, asked, sample, concurrency, limits, kept)


def _run(
    name: str,
    data: Path,
    asked: Asked,
    sample: Sample,
    concurrency: int,
    limits: Limits,
    kept: Kept,
    *,
    audit: bool = False,
) -> None:
    from questline.settings import load_settings

    from .suites.timed import CONDITIONS, Condition, TimedSuite

    chosen = one_of("condition", asked.condition, (*CONDITIONS, "all"), code="bad_argument")
    conditions: tuple[Condition, ...]
    if chosen == "all":
        conditions = CONDITIONS
    else:
        only = one_of("condition", chosen, CONDITIONS)
        conditions = (only,) if asked.alone or only == "none" else ("none", only)
    settings = load_settings(flags={"model": asked.model, "base_url": asked.base_url})
    given = {
        "data": data,
        "corpus": asked.corpus,
        "condition": asked.condition,
        "alone": asked.alone,
        "k": unless(5, asked.k),
        "words_only": asked.words_only,
        "model": asked.model,
        "base_url": asked.base_url,
        "judge": asked.judge,
        "judge_checks": unless(0.2, asked.judge_checks),
        "predictions": asked.predictions,
        "audit": audit,
        "limit": sample.limit,
        "concurrency": unless(1, concurrency),
    }
    run_suite(
        name,
        lambda _: TimedSuite(
            name=name,
            data=data,
            kind="chronoqa" if name == "chronoqa" else None,
            corpus=asked.corpus,
            conditions=conditions,
            k=asked.k,
            temporal=not asked.words_only,
            settings=settings,
            judge=asked.judge,
            judge_checks=asked.judge_checks,
            predictions=asked.predictions,
            audit=audit,
            limit=sample.limit,
            seed=sample.seed,
        ),
        kept,
        given=given,
        seed=sample.seed,
        concurrency=concurrency,
        limits=limits,
    )
