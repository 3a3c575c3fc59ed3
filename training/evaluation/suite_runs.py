"""A suite that a command chose: run with progress, shown as a table, written as a report."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, cast

from questline import event_loop
from questline.errors import UsageError

from .command_options import Kept, Limits

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from questline.tools.retrieval.report import Progress as Hears

    from .suite import Suite

__all__ = ["check_target", "command_line", "one_of", "run_suite", "shown_phases", "unless"]

ChoiceT = TypeVar("ChoiceT", bound=str)
ChosenT = TypeVar("ChosenT")
_NO_LIMITS: Final = Limits()


def run_suite(
    name: str,
    build: Callable[[Hears], Suite[Any]],
    kept: Kept,
    *,
    given: Mapping[str, object],
    seed: int = 0,
    concurrency: int = 1,
    limits: Limits = _NO_LIMITS,
    lines: Path | None = None,
) -> None:
    """Run a suite, print its table, and write its report where one is wanted.

    Args:
        name: Of its command.
        build: Makes the suite; what it indexes is shown as it goes.
        kept: What stays of the run.
        given: Options of the command for `command_line`.
        seed: Of the bootstrap.
        concurrency: Rows run side by side.
        limits: What it may cost.
        lines: File of one JSON line an item.
    """
    from .reports import write_json, write_lines
    from .runner import Options, evaluate
    from .table import report_tables, terminal

    check_target(kept.json_file)
    check_target(lines)
    with _progress() as bar:
        suite = build(_bars(bar, "indexing: "))
        rows = bar.add_task(suite.name, total=None, visible=False)

        def ran(done: int, total: int) -> None:
            bar.update(rows, completed=done, total=total, visible=True)

        options = Options(
            cache=kept.cache,
            concurrency=concurrency,
            max_usd=limits.max_usd,
            max_tokens=limits.max_tokens,
            seed=seed,
            fresh=kept.fresh,
            command=command_line(name, given, seed),
            progress=ran,
        )
        try:
            report = event_loop.run(evaluate(suite, options))
        except KeyboardInterrupt:
            terminal(stderr=True).print("Finished rows are kept; the same command goes on from there.")
            raise
    terminal().print(report_tables(report))
    if lines is not None:
        write_lines(lines, report.item_rows())
    if kept.json_file is not None:
        values = report.as_dict()
        if kept.no_items:
            del values["items"]
        write_json(kept.json_file, values)


@contextmanager
def shown_phases() -> Generator[Callable[[str, int, int], None]]:
    """Show each phase of what comes before a suite's rows as a bar: called with phase, done, total."""
    with _progress() as bar:
        yield _bars(bar)


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


class _Shows(Protocol):
    def __call__(self, phase: str, done: int, total: int) -> None: ...


def _bars(bar: Progress, ahead: str = "") -> _Shows:
    """Return what shows each phase as a bar of its own."""
    tasks: dict[str, TaskID] = {}

    def show(phase: str, done: int, total: int) -> None:
        if phase not in tasks:
            tasks[phase] = bar.add_task(f"{ahead}{phase}", total=total)
        bar.update(tasks[phase], completed=done, total=total)

    return show


def check_target(json_file: Path | None) -> None:
    """Refuse a report's file whose folder is not there, before anything is measured for it."""
    if json_file is not None and not json_file.parent.is_dir():
        raise UsageError(f"there is no folder {str(json_file.parent)!r}", code="file_not_found", path=json_file.parent)


def one_of(option: str, value: str, known: Sequence[ChoiceT], *, code: str = "bad_param") -> ChoiceT:
    """Return a value as one of the known ones.

    Raises:
        UsageError: With `code` for another, and those that there are.
    """
    for each in known:
        if each == value:
            return each
    raise UsageError(f"{option} {value!r} is not one of {', '.join(known)}", code=code, argument=option)


def unless(default: ChosenT, value: ChosenT) -> ChosenT | None:
    """Return a value that a command has to say, None for the default."""
    return None if value == default else value


def command_line(suite: str, given: Mapping[str, object], seed: int) -> str:
    """Write the command that repeats a run, without what does not change its figures.

    Args:
        suite: Name of its command.
        given: Its options: what has the value None or False is left out, True is a flag, a list an option for each.
        seed: Left out where it is 0.
    """
    words = ["agents", "eval", suite]
    behind: list[str] = []
    for name, value in {**given, "seed": seed or None}.items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, list):
            behind += [word for each in cast("list[object]", value) for word in (option, str(each))]
        elif value is True:
            behind.append(option)
        elif value is not None and value is not False:
            words += [option, str(value)]
    return shlex.join([*words, *behind])
