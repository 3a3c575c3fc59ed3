"""The suites over greetings: `judge` and `writing`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from .command_options import BaseUrl, Concurrency, Kept, Limits, Sample
from .option_groups import spread
from .suite_runs import one_of, run_suite, unless

__all__ = ["judge", "writing"]


@spread
def judge(
    *,
    pairs: Annotated[
        Path, typer.Option(help="JSON lines of {query, chosen, rejected} or {query, text, good}, plain or .gz.")
    ],
    which: Annotated[
        str, typer.Option("--judge", help="embedded, reward-model, length, naive-bayes or llm.")
    ] = "embedded",
    train: Annotated[
        Path | None,
        typer.Option(help="Pairs that a reward model or naive Bayes learns from; the same file: cross-validated."),
    ] = None,
    reward_model: Annotated[
        Path | None, typer.Option(help="What `agents train reward-model` made; the shipped one by default.")
    ] = None,
    leaks: Annotated[
        list[Path] | None,
        typer.Option(help="Texts or prompts seen in training: figures are told again without them. Repeat."),
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="Principles to judge by, as JSON; the shipped ones.")] = None,
    decorrelate: Annotated[
        str, typer.Option(help="With --train: all, or within the good and the bad texts, see agents train.")
    ] = "all",
    probes: Annotated[int, typer.Option(min=0, help="Pairs on which biases are looked for.")] = 200,
    own: Annotated[
        list[str] | None, typer.Option(help="Sources of rows that are the judge's own model. Repeat.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="For --judge llm: openai:NAME, anthropic:NAME or NAME.")] = None,
    base_url: BaseUrl = None,
    sample: Sample,
    concurrency: Concurrency = 1,
    limits: Limits,
    kept: Kept,
) -> None:
    """Audit a judge of greetings: agreement at equal length and without leaks, beside a length rule; biases."""
    from questline.settings import load_settings
    from questline.training.writer.reward_model import Fit

    from .suites.judge import JUDGES, JudgeSuite

    kind = one_of("judge", which, JUDGES)
    how = one_of("decorrelate", decorrelate, ("all", "within"))
    settings = load_settings(flags={"model": model, "base_url": base_url})
    suite = JudgeSuite(
        pairs=pairs,
        judge=kind,
        model=reward_model,
        train=train,
        leaks=tuple(leaks or ()),
        rules=rules,
        fit=Fit(decorrelate=how),
        probes=probes,
        own=tuple(own or ()),
        limit=sample.limit,
        settings=settings,
    )
    given: dict[str, object] = {"pairs": pairs, "judge": which, "train": train, "reward_model": reward_model}
    given |= {"rules": rules, "decorrelate": unless("all", decorrelate), "probes": unless(200, probes)}
    given |= {"model": model, "base_url": base_url, "limit": sample.limit, "concurrency": unless(1, concurrency)}
    run_suite(
        "judge",
        lambda hears: replace(suite, hears=hears),
        kept,
        given={**given, "leaks": leaks or None, "own": own or None},
        seed=sample.seed,
        concurrency=concurrency,
        limits=limits,
    )


@spread
def writing(
    *,
    queries: Annotated[Path, typer.Option(help="JSON lines of {query}, plain or .gz; each distinct one is used once.")],
    train: Annotated[
        list[Path] | None, typer.Option(help="Texts the writer could have copied: runs in common are measured. Repeat.")
    ] = None,
    reward_model: Annotated[
        Path | None, typer.Option(help="What `agents train reward-model` made; the shipped one by default.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="openai:NAME, anthropic:NAME or NAME; the grammar without.")] = None,
    base_url: BaseUrl = None,
    sample: Sample,
    concurrency: Concurrency = 1,
    limits: Limits,
    kept: Kept,
) -> None:
    """Write for many queries: constraints kept, acceptance by the judge, variety, novelty, coverage of occasions."""
    from questline.settings import load_settings

    from .suites.writing import WritingSuite

    settings = load_settings(flags={"model": model, "base_url": base_url})
    suite = WritingSuite(
        queries=queries,
        train=tuple(train or ()),
        reward=reward_model,
        limit=sample.limit,
        seed=sample.seed,
        settings=settings,
    )
    given: dict[str, object] = {"queries": queries, "reward_model": reward_model, "model": model, "base_url": base_url}
    given |= {"train": train or None, "limit": sample.limit, "concurrency": unless(1, concurrency)}
    run_suite("writing", lambda _: suite, kept, given=given, seed=sample.seed, concurrency=concurrency, limits=limits)
