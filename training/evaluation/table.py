"""Show a report or a comparison as tables in the terminal."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from .compare import Comparison
from .runner import Report

__all__ = ["comparison_table", "number", "report_tables", "terminal"]

_PIPE_WIDTH: Final = 120
"""Columns where there is no terminal to ask."""
_ANY_WIDTH: Final = 10_000


def terminal(*, stderr: bool = False) -> Console:
    """Return a console that prints text as it is."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else _PIPE_WIDTH
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, width=width)


def number(value: object) -> str:
    """Write a number with as many digits as it can carry; a dash for none."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 10 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def report_tables(report: Report) -> RenderableType:
    """Return the metrics with their intervals, the groups, and what failed."""
    flat = {name: value for name, value in report.metrics.items() if not isinstance(value, dict)}
    groups = {name: value for name, value in report.metrics.items() if isinstance(value, dict) and value}
    table = _table(f"agents eval {report.suite}", "metric", "value", "95 % interval")
    for name, value in flat.items():
        ends = report.intervals.get(name)
        table.add_row(name, number(value), f"{number(ends[0])} to {number(ends[1])}" if ends else "")
    table.add_row("failed", number(report.failed), "")
    parts: list[RenderableType] = [table, *(_group(name, cells) for name, cells in groups.items())]
    if report.failed:
        codes = Counter(item.error for item in report.items if item.error)
        parts.append(Text("failed: " + ", ".join(f"{code} {count}" for code, count in codes.most_common())))
        first = {item.error: item for item in reversed(report.items) if item.error and item.message}
        parts += [
            Text(f"  {code}, row {first[code].id}: {first[code].message}")
            for code, _ in codes.most_common(3)
            if code in first
        ]
    if report.run.get("stopped"):
        parts.append(
            Text(f"stopped by the limit on {report.run['stopped']}: {len(report.items)} of {report.run['rows']} rows")
        )
    return Group(*parts)


def comparison_table(comparison: Comparison) -> RenderableType:
    """Return A, B, their difference with its interval and p, by metric."""
    columns = ("A", "B", "B − A", "95 % interval", "p", "n")
    rows: dict[str, Sequence[str]] = {}
    for name, found in comparison.differences.items():
        interval = f"{found.low:+.4f} to {found.high:+.4f}"
        row = (number(found.a), number(found.b), f"{found.difference:+.4f}", interval, f"{found.p:.4f}", str(found.n))
        rows[name] = row
    notes = [f"{comparison.shared} shared items; only in A {comparison.only_a}, only in B {comparison.only_b}"]
    notes += [f"warning: {warning}" for warning in comparison.warnings]
    table = _Fitting(title=f"{comparison.a} → {comparison.b}", first="metric", columns=columns, rows=rows)
    return Group(table, *(Text(note) for note in notes))


def _group(name: str, cells: Mapping[str, object]) -> RenderableType:
    """Show ``{group: {metric: value}}`` with a column a metric, ``{group: count}`` with one."""
    rows = {
        group: {key: cell for key, cell in cast("dict[str, object]", value).items() if key != "intervals"}
        if isinstance(value, dict)
        else {"count": value}
        for group, value in cells.items()
    }
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    told = {group: [number(row.get(column)) for column in columns] for group, row in rows.items()}
    return _Fitting(first=name, columns=columns, rows=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitting:
    """Named rows of figures, whole on any console: columns that find no room stand in a table below."""

    first: str
    """Head of the names."""
    columns: Sequence[str]
    rows: Mapping[str, Sequence[str]]
    title: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        names = min(self._names(whole=True), max(self._names(whole=False), options.max_width * 2 // 5))
        title, begin = self.title, 0
        while begin < len(self.columns) or begin == 0:
            end = len(self.columns)
            while end > begin + 1 and self._width(console, options, names, begin, end) > options.max_width:
                end -= 1
            yield self._part(title, names, begin, end)
            title, begin = "", max(end, 1)

    def _names(self, *, whole: bool) -> int:
        """Return the width of the longest name, or of the longest word of all."""
        names = (self.first, *self.rows)
        return max(cell_len(part) for name in names for part in ((name,) if whole else name.split() or ("",)))

    def _width(self, console: Console, options: ConsoleOptions, names: int, begin: int, end: int) -> int:
        """Return the columns of the console that a part takes without a break in any figure."""
        wide = options.update(max_width=_ANY_WIDTH)
        return Measurement.get(console, wide, self._part("", names, begin, end)).maximum

    def _part(self, title: str, names: int, begin: int, end: int) -> Table:
        table = _table(title, self.first, *self.columns[begin:end])
        table.columns[0].max_width = names
        for name, figures in self.rows.items():
            table.add_row(name, *figures[begin:end])
        return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title or None, title_justify="left")
    table.add_column(first)
    for column in others:
        table.add_column(column, justify="right")
    return table
