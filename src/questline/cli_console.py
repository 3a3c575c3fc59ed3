"""Consoles for stdout and stderr, and the cleaning of text that comes from documents and models."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = ["counted", "messages", "output", "plain", "print_rows", "print_table"]

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|\r(?!\n)")
_PIPE_WIDTH: Final = 2_000
"""Columns of tables and trees where there is no terminal to ask: a line a row or step, for files and for `grep`."""


def output() -> Console:
    """Return the console for results (stdout); no colour codes without a terminal or with ``NO_COLOR``."""
    return _console(stderr=False)


def messages() -> Console:
    """Return the console for progress, warnings and hints (stderr)."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console  # 50 ms that `--help` need not pay

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else _PIPE_WIDTH
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, width=width)


def print_table(table: RenderableType) -> None:
    """Print a table, or several, on stdout; in a pipe lines end where their text ends, not at the widest one's."""
    console = output()
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose cells are others' texts."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", justify="right" if column in ("ms", "tools") else "left")
    for row in rows:
        table.add_row(*map(plain, row))
    print_table(table)


def plain(text: str) -> str:
    """Drop control characters, so that text of a document can neither colour, move nor retitle the terminal."""
    return _CONTROL.sub("", text)


def counted(number: int, thing: str) -> str:
    """Return ``1 call`` or ``2,000 calls``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
