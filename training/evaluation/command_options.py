"""Options that the suites' commands share, and the run that stands behind each."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from questline.errors import UsageError

if TYPE_CHECKING:
    from rich.progress import Progress

    from questline.tools.retrieval.report import Phase
    from questline.tools.retrieval.report import Progress as Hears

    from .suite import Suite

__all__ = [
    "CacheFolder",
    "Concurrency",
    "Corpus",
    "Fresh",
    "JsonFile",
    "Limit",
    "MaxTokens",
    "MaxUsd",
    "NoItems",
    "Seed",
    "Threads",
    "check_target",
    "command_line",
    "run_suite",
    "shown_phases",
]

Corpus: TypeAlias = Annotated[Path, typer.Option(help="Documents: JSON lines of {id|_id, title, text}, plain or .gz.")]
JsonFile: TypeAlias = Annotated[
    Path | None, typer.Option("--json", help="Write metrics, intervals, items and run as one JSON object.")
]
NoItems: TypeAlias = Annotated[bool, typer.Option("--no-items", help="Leave the items out of the JSON.")]
Limit: TypeAlias = Annotated[int | None, typer.Option(min=1, help="Run only so many rows.")]
Seed: TypeAlias = Annotated[int, typer.Option(min=0, help="Of the bootstrap, and of the rows that --limit draws.")]
CacheFolder: TypeAlias = Annotated[Path, typer.Option(help="Folder of indexes and finished rows.")]
Fresh: TypeAlias = Annotated[
    bool, typer.Option("--fresh", help="Run every row again instead of taking over finished ones.")
]
Threads: TypeAlias = Annotated[
    int | None, typer.Option(min=1, help="Threads of encoder and index; from the settings by default.")
]
Concurrency: TypeAlias = Annotated[int, typer.Option(min=1, help="Rows run side by side.")]
MaxUsd: TypeAlias = Annotated[float | None, typer.Option(help="Start no further row once this much was spent.")]
MaxTokens: TypeAlias = Annotated[
    int | None, typer.Option(help="Start no further row once so many LLM tokens were used.")
]


def run_suite(
    build: Callable[[Hears], Suite[Any]], options: Mapping[str, object], *, json_file: Path | None, items: bool
) -> None:
    """Run a suite, print its table, and write its report where one is wanted.

    Args:
        build: Makes the suite; what it indexes is shown as it goes.
        options: Of `questline.training.evaluation.runner.Options`.
        json_file: Where the report is written.
        items: Whether its rows stand in the report.
    """
    from .reports import write_json
    from .runner import Options, evaluate
    from .table import report_tables, terminal

    check_target(json_file)
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


@contextmanager
def shown_phases() -> Generator[Callable[[str, int, int], None]]:
    """Show each phase of what comes before a suite's rows as a bar: called with phase, done, total."""
    with _progress() as bar:
        tasks: dict[str, Any] = {}

        def show(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bar.add_task(phase, total=total)
            bar.update(tasks[phase], completed=done, total=total)

        yield show


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


def check_target(json_file: Path | None) -> None:
    """Refuse a report's file whose folder is not there, before anything is measured for it."""
    if json_file is not None and not json_file.parent.is_dir():
        raise UsageError(f"there is no folder {str(json_file.parent)!r}", code="file_not_found", path=json_file.parent)


def command_line(suite: str, given: Mapping[str, object], seed: int) -> str:
    """Write the command that repeats a run, without what does not change its figures."""
    words = ["agents", "eval", suite]
    for name, value in {**given, "seed": seed or None}.items():
        if value is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(words)
