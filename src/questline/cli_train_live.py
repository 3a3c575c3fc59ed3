"""`agents train planner live`: reinforcement learning on the live graph, from a policy that a table has taught."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from questline.cli_train import show_finished, shown_progress, told_command

__all__ = ["EPILOG", "live"]

EPILOG = (
    "Ctrl-C ends after the step that runs; the same command with --resume goes on from there. DIR/model is for "
    "--planner trained:DIR/model. Needs the extra: pip install 'questline[train]'."
)
_RUN = {"checkpoint_every": 5, "evaluate_every": 20}
"""A step answers a hundred questions, so that more is kept than of other recipes."""


def live(
    table: Annotated[Path, typer.Option(metavar="DIR", help="The filled table that the policy has learnt from.")],
    policy: Annotated[Path, typer.Option(metavar="DIR", help="The model folder of `agents train policy`.")],
    corpus: Annotated[Path, typer.Option(metavar="F", help="The table's documents: JSON lines of {id, title, text}.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the run: checkpoint, curves, plans, model.")],
    processes: Annotated[
        int | None, typer.Option(metavar="N", help="Worker processes; as many as there are cores by default.")
    ] = None,
    models: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="The table's fits: those of fold 1, then of fold 2; shipped ones without."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="embedded, openai:NAME, anthropic:NAME or NAME.")
    ] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="OpenAI-compatible server, with its /v1.")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML with [run] (seed, threads, intervals) and [live].")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    export: Annotated[
        bool, typer.Option("--export", help="With --resume: learn no more, export the best step so far.")
    ] = False,
    cache: Annotated[Path, typer.Option(metavar="DIR", help="Folder of indexes.")] = Path(".questline") / "eval",
) -> None:
    """Learn on the live graph what to do after evidence: answer, retrieve or decompose more, or give up."""
    from questline.errors import UsageError, require
    from questline.settings import load_settings
    from questline.training.driver import Options
    from questline.training.driver import train as drive
    from questline.training.evaluation.corpus_index import open_corpus
    from questline.training.planner.folds import Fits
    from questline.training.recipe import Job, Recipe
    from questline.training.settings import filled, read_tables, told

    require("torch", feature="learning on the live graph")
    from questline.training.planner.live_pool import LivePool
    from questline.training.planner.live_recipe import LiveRecipe, Settings
    from questline.training.planner.live_source import read_source

    count = (os.cpu_count() or 1) if processes is None else processes
    if count < 1:
        raise UsageError(f"processes={count!r} must be at least 1", argument="processes")
    tables = read_tables(config, frozenset({"run", "live"}))
    options = filled(Options, {**_RUN, **tables.get("run", {})}, table="run")
    chosen = filled(Settings, tables.get("live", {}), table="live")
    settings = load_settings(flags={"model": model, "base_url": base_url})
    fits = Fits(tuple(models or ()))
    source = read_source(table, policy, allow_seen=chosen.allow_seen)
    source.check(corpus, settings, fits)
    with shown_progress() as hears:

        def indexing(phase: str, done: int, total: int) -> None:
            hears(f"indexing: {phase}", done, total)

        with open_corpus(corpus, cache, progress=indexing) as index:
            folder = index.folder
        with LivePool(jobs=source.jobs(folder, settings, fits), processes=count) as pool:

            def build(job: Job) -> Recipe:
                return LiveRecipe(job, chosen, source, pool)

            job = Job(data=table, out=out, cache=cache, seed=options.seed, threads=options.threads, hears=hears)
            given = {"table": table, "policy": policy, "corpus": corpus, "out": out, "config": config}
            try:
                finished = drive(
                    "planner live",
                    build,
                    job,
                    options,
                    settings={**told(options, chosen), "policy": source.fingerprint, **source.identity},
                    command=told_command("live", given, models or ()),
                    resume=resume,
                    export=export,
                )
            except KeyboardInterrupt:
                print("Kept; the same command with --resume goes on from there.", file=sys.stderr)
                raise
            deaths, failed = pool.deaths, pool.failed
    show_finished(finished)
    if deaths or failed:
        print(f"{deaths} workers died and their questions were drawn again; {failed} questions failed.")
