"""The suite over photos of mathematics: `mathreal`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from .command_options import BaseUrl, Concurrency, Kept, Limits, Sample
from .option_groups import spread
from .suite_runs import one_of, run_suite, unless

__all__ = ["mathreal"]


@spread
def mathreal(
    *,
    data: Annotated[Path, typer.Option(help="MathReal rows as JSON lines, plain or .gz, with the published columns.")],
    images: Annotated[
        Path | None, typer.Option(help="Folder that the rows' ImgReal and ImgClean begin in.", show_default=False)
    ] = None,
    setting: Annotated[
        str, typer.Option(help="I, IUER, I+QM, I+QM+DM, I+QG, I+QG+DG; QG+DG is the text alone, not one of the six.")
    ] = "I",
    model: Annotated[
        str | None, typer.Option(help="openai:NAME, anthropic:NAME, or NAME with --base-url; embedded by default.")
    ] = None,
    base_url: BaseUrl = None,
    judge: Annotated[
        str | None,
        typer.Option(help="Model that decides the parts which the rules leave open; else they stay open."),
    ] = None,
    judge_url: Annotated[
        str | None, typer.Option(help="Address of the judge's server; that of --base-url by default.")
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(help="Score these instead of asking: JSON lines of {idx, prediction, transcript?, confidence?}."),
    ] = None,
    clean: Annotated[
        bool, typer.Option("--clean", help="Ask with the clean picture too, where there is one, and compare in pairs.")
    ] = False,
    upright: Annotated[
        bool, typer.Option("--upright", help="Ask turned photos again turned upright, and compare in pairs.")
    ] = False,
    language: Annotated[str, typer.Option(help="Of the texts that are given: zh or en.")] = "zh",
    thinking: Annotated[
        str, typer.Option(help="off, short or full: how long a model may think, where it has a switch for that.")
    ] = "off",
    answer_tokens: Annotated[int, typer.Option(min=1, help="Longest answer of the model.")] = 4096,
    sample: Sample,
    concurrency: Concurrency = 1,
    limits: Limits,
    lines: Annotated[Path | None, typer.Option(help="Write one JSON line an item, failed ones included.")] = None,
    kept: Kept,
) -> None:
    """Answer questions from photos: Acc and strict Acc with bounds, OCR, slices, clean pairs, effects of noise."""
    from questline.settings import load_settings

    from .mathreal.rows import SETTINGS
    from .suites.mathreal import MathRealSuite

    how = one_of("setting", setting, SETTINGS)
    told = one_of("language", language, ("zh", "en"))
    settings = load_settings(flags={"model": model, "base_url": base_url})
    judges = None if judge is None else replace(settings, model=judge, base_url=judge_url or settings.base_url)
    suite = MathRealSuite(
        data=data,
        setting=how,
        images=images,
        settings=settings,
        judge=judges,
        predictions=predictions,
        clean=clean,
        upright=upright,
        language=told,
        thinking=one_of("thinking", thinking, ("off", "short", "full")),
        answer_tokens=answer_tokens,
        limit=sample.limit,
        seed=sample.seed,
        cache=kept.cache,
        fresh=kept.fresh,
    )
    given: dict[str, object] = {"data": data, "images": images, "setting": setting, "model": model}
    given |= {"base_url": base_url, "judge": judge, "judge_url": judge_url, "predictions": predictions}
    given |= {"clean": clean, "upright": upright, "language": unless("zh", language)}
    given |= {"thinking": unless("off", thinking)}
    given |= {"answer_tokens": unless(4096, answer_tokens), "limit": sample.limit}
    given |= {"concurrency": unless(1, concurrency)}
    run_suite(
        "mathreal",
        lambda _: suite,
        kept,
        given=given,
        seed=sample.seed,
        concurrency=concurrency,
        limits=limits,
        lines=lines,
    )
