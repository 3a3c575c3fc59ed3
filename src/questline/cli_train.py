"""`agents train NAME`: run a recipe of `questline.training`, with progress, and say what came of it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from questline.cli_options import command

if TYPE_CHECKING:
    from rich.progress import TaskID

    from questline.training.driver import Finished
    from questline.training.recipe import Hears

__all__ = ["show_finished", "shown_progress", "told_command", "train", "with_model"]

train = command("train")
NAMES = (
    *("calls", "click-model", "cross-encoder", "executor-sft", "linker", "llm-planner", "policy", "ranker-grpo"),
    *("ranker-sft", "ranking", "reading", "reading-blend", "recommender", "rehearsal", "reward-model"),
    *(
        "reward-transformer",
        "selection",
        "selector-sft",
        "suggester-dpo",
        "suggester-sft",
        "suggestion",
        "summarizer-dpo",
    ),
    *("summarizer-sft", "summary", "temporal-ranking", "tool-planner-grpo", "tool-planner-sft", "tools"),
    *("writer-grpo", "writer-sft"),
)
"""The recipes of `questline.training.recipes`, here so that the help is shown without importing them."""


@train.command(
    epilog="`agents train list` says what each recipe learns and is given. "
    "Ctrl-C ends after the step that runs; the same command with --resume goes on from there. "
    "What learns with torch (the list says which) needs the extra: "
    "pip install 'questline[train]'."
)
def run(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"The recipe: {', '.join(NAMES)}.")],
    data: Annotated[Path, typer.Option(metavar="F", help="File or folder of examples.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the run: checkpoint, curves, log, model.")],
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML with [run] (seed, threads, intervals) and [NAME].")
    ] = None,
    settings_given: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A setting in place of the file's: kind=gru4rec, or run.seed=1. Repeat."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="ID", help="A Hugging Face model or a folder: --set model=ID, for any text."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    export: Annotated[
        bool, typer.Option("--export", help="With --resume: learn no more, export the best step so far.")
    ] = False,
    cache: Annotated[Path, typer.Option(metavar="DIR", help="Folder of indexes and prepared examples.")] = Path(
        ".questline"
    )
    / "train",
) -> None:
    """Train one part, or tune a language model, and export it with curves and a model card."""
    from questline.errors import UsageError
    from questline.training import checkpoints
    from questline.training.driver import Options
    from questline.training.driver import train as drive
    from questline.training.recipe import Job, Recipe
    from questline.training.recipes import find
    from questline.training.settings import filled, overridden, read_tables, told

    if not data.exists():
        raise UsageError(f"there is no file or folder {str(data)!r}", code="file_not_found", path=data)
    found = find(name)
    tables = overridden(read_tables(config, frozenset({"run", name})), settings_given or [], table=name)
    if model is not None:
        tables[name] = with_model(name, found.settings, tables.get(name, {}), model)
    settings = filled(found.settings, tables.get(name, {}), table=name)
    options = filled(Options, {**found.run(settings), **tables.get("run", {})}, table="run")

    def build(job: Job) -> Recipe:
        return found.recipe(job, settings)

    with shown_progress() as hears:
        job = Job(data=data, out=out, cache=cache, seed=options.seed, threads=options.threads, hears=hears)
        try:
            finished = drive(
                name,
                build,
                job,
                options,
                settings=told(options, settings),
                command=_command(name, settings_given or [], data=data, out=out, config=config, model=model),
                torch=found.torch,
                resume=resume,
                export=export,
            )
        except KeyboardInterrupt:
            if checkpoints.there(out):
                print("Kept; the same command with --resume goes on from there.", file=sys.stderr)
            else:
                print("Nothing was learnt yet; the same command begins again.", file=sys.stderr)
            raise
    show_finished(finished)


def show_finished(finished: Finished) -> None:
    """Print the figures of a training, and where its model is."""
    figures = {**finished.figures, **finished.card.figures}
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:.4g}")
    print(
        f"Step {finished.best_step} of {finished.steps} is in {finished.model}, with its card; "
        f"{finished.seconds / 60:.1f} minutes of learning."
    )


def with_model(name: str, settings: type[Any], table: Mapping[str, object], model: str) -> dict[str, object]:
    """Return a table with the model of --model, where the recipe has one and names no other."""
    from questline.errors import UsageError
    from questline.training.recipes import RECIPES

    if all(each.name != "model" for each in fields(settings)):
        taking = ", ".join(sorted(each for each, entry in RECIPES.items() if entry.model))
        raise UsageError(f"{name} takes no --model; these do: {taking}", code="bad_settings", argument="--model")
    if table.get("model", model) != model:
        raise UsageError(
            f"--model {model!r} and the setting {name}.model={table['model']!r} name two models; give one",
            code="bad_settings",
            argument="--model",
        )
    return {**table, "model": model}


def _command(name: str, settings: list[str], **given: Path | str | None) -> str:
    words = ["agents", "train", name]
    for option, value in given.items():
        words += [] if value is None else [f"--{option}", str(value)]
    for each in settings:
        words += ["--set", each]
    return shlex.join(words)


@contextmanager
def shown_progress() -> Generator[Hears]:
    """Show each phase as a bar in a terminal; elsewhere write a line at each tenth of it, for a log."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from questline.training.evaluation.table import terminal

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = terminal(stderr=True)
    if not console.is_terminal:
        yield _lines()
        return
    bars: dict[str, TaskID] = {}
    with Progress(*columns, TimeRemainingColumn(), console=console) as shown:

        def hear(phase: str, done: int, total: int) -> None:
            if phase not in bars:
                bars[phase] = shown.add_task(phase, total=total)
            shown.update(bars[phase], completed=done, total=total)

        yield hear


def _lines() -> Hears:
    """Return what writes a line whenever another tenth of a phase is done."""
    told: dict[str, int] = {}

    def hear(phase: str, done: int, total: int) -> None:
        tenth = done * 10 // max(1, total)
        if tenth > told.get(phase, -1):
            told[phase] = tenth
            print(f"{phase}: {done} of {total}", file=sys.stderr, flush=True)

    return hear


def told_command(name: str, given: Mapping[str, object], models: Sequence[Path] = ()) -> str:
    """Write the command that repeats a training of the planner; files and folders by their last part alone.

    Args:
        name: Of the command behind `agents train planner`.
        given: Its options without dashes; those with None are left out.
        models: An option for each.
    """
    words = ["agents", "train", "planner", name]
    for option, value in given.items():
        words += [] if value is None else [f"--{option}", value.name if isinstance(value, Path) else str(value)]
    return shlex.join([*words, *(word for path in models for word in ("--models", path.name))])
