"""What all benchmarks share: the JSON they write with its provenance, a bar on stderr, and how they fail."""

from __future__ import annotations

import argparse
import json
import logging
import shlex
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from questline.errors import QuestlineError, UsageError
from questline.tools.retrieval.report import Phase
from questline.tools.retrieval.report import Progress as Hears
from questline.training.evaluation.provenance import Provenance
from questline.training.evaluation.reports import write_json
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.table import terminal

__all__ = ["Measure", "indexing_phases", "milliseconds", "natural", "parser", "positive", "quiet", "run"]

Measure: TypeAlias = Callable[[argparse.Namespace, Progress], Mapping[str, object]]
"""Measures what the options ask for and returns the figures."""
_UNTOLD: Final = ("--json", "--cache", "--models", "--picture", "--work")
"""Options that change no figure: the report's command leaves them out."""
_DATA: Final = ("corpus", "questions", "candidates", "qrels")
"""Options that name a data file."""


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with what every benchmark takes; the first line of ``description`` heads its help."""
    made = argparse.ArgumentParser(description=(description or "").partition("\n")[0], allow_abbrev=False)
    made.add_argument("--json", type=Path, default=None, metavar="FILE", help="also write the JSON object here")
    return made


def natural(text: str) -> int:
    """Read a whole number, 0 or more, for `argparse`."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return number


def positive(text: str) -> int:
    """Read a whole number above 0, for `argparse`."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def run(
    name: str,
    options: argparse.ArgumentParser,
    measure: Measure,
    arguments: Sequence[str] | None,
    *,
    package: str = "questline.training.benchmarks",
) -> int:
    """Measure, print one JSON object with ``benchmark``, the figures and ``run``, and return the exit code.

    Args:
        name: The module's name in its folder.
        options: Made by `parser`.
        measure: What is measured.
        arguments: The words after the module's name; those of the process when left out.
        package: Where the module stands.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    chosen = options.parse_args(words)
    try:
        _check_files(chosen)
        with _bar() as bar:
            figures = measure(chosen, bar)
        report = {"benchmark": name, **figures, "run": _provenance(f"{package}.{name}", words, chosen)}
        if chosen.json is not None:
            write_json(chosen.json, report)
    except QuestlineError as error:
        sys.stderr.write(f"error[{error.code}]: {' '.join(error.message.split())}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    return 0


@contextmanager
def quiet() -> Generator[None]:
    """Log nothing of errors inside: where failures are what is measured, each would be told."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)


def indexing_phases(bar: Progress) -> Hears:
    """Return what shows each phase of indexing as a bar of its own."""
    tasks: dict[str, Any] = {}

    def show(phase: Phase, done: int, total: int) -> None:
        if phase not in tasks:
            tasks[phase] = bar.add_task(f"indexing: {phase}", total=total)
        bar.update(tasks[phase], completed=done, total=total)

    return show


def milliseconds(seconds: float) -> float:
    """Return milliseconds to the microsecond."""
    return round(seconds * 1000, 3)


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = terminal(stderr=True)
    return Progress(
        *columns,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _check_files(chosen: argparse.Namespace) -> None:
    """Refuse what would fail at the end of a long measurement, and data that is not there.

    Raises:
        UsageError: ``file_not_found``.
    """
    if chosen.json is not None and not chosen.json.parent.is_dir():
        folder = chosen.json.parent
        raise UsageError(f"there is no folder {str(folder)!r}", code="file_not_found", path=folder)
    for path in _data(chosen).values():
        if not path.is_file():
            raise UsageError(f"there is no file {str(path)!r}", code="file_not_found", path=path)


def _data(chosen: argparse.Namespace) -> dict[str, Path]:
    values = vars(chosen)
    return {name: values[name] for name in _DATA if values.get(name) is not None}


def _provenance(module: str, words: Sequence[str], chosen: argparse.Namespace) -> dict[str, object]:
    told = ["python", "-P", "-m", module, *_told(words)]
    data = {option: content_hash(path) for option, path in _data(chosen).items()}
    return {"command": shlex.join(told), **Provenance.gather().as_dict(), "data": data}


def _told(words: Sequence[str]) -> list[str]:
    """Return the words without `_UNTOLD` options and their values."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in _UNTOLD:
            next(rest, None)
        elif word.partition("=")[0] not in _UNTOLD:
            kept.append(word)
    return kept
