"""Show a report or a comparison as tables in the terminal."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Final, cast

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from .compare import Comparison
from .runner import Report

__all__ = ["comparison_table", "number", "report_tables", "terminal"]

_PIPE_WIDTH: Final = 120
"""Columns where there is no terminal to ask."""


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
    if report.run.get("stopped"):
        parts.append(
            Text(f"stopped by the limit on {report.run['stopped']}: {len(report.items)} of {report.run['rows']} rows")
        )
    return Group(*parts)


def comparison_table(comparison: Comparison) -> RenderableType:
    """Return A, B, their difference with its interval and p, by metric."""
    table = _table(f"{comparison.a} → {comparison.b}", "metric", "A", "B", "B − A", "95 % interval", "p", "n")
    for name, found in comparison.differences.items():
        interval = f"{found.low:+.4f} to {found.high:+.4f}"
        row = (number(found.a), number(found.b), f"{found.difference:+.4f}", interval, f"{found.p:.4f}", str(found.n))
        table.add_row(name, *row)
    notes = [f"{comparison.shared} shared items; only in A {comparison.only_a}, only in B {comparison.only_b}"]
    notes += [f"warning: {warning}" for warning in comparison.warnings]
    return Group(table, *(Text(note) for note in notes))


def _group(name: str, cells: Mapping[str, object]) -> Table:
    """Show ``{group: {metric: value}}`` with a column a metric, ``{group: count}`` with one."""
    rows = {
        group: {key: cell for key, cell in cast("dict[str, object]", value).items() if key != "intervals"}
        if isinstance(value, dict)
        else {"count": value}
        for group, value in cells.items()
    }
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    table = _table("", name, *columns)
    for group, row in rows.items():
        table.add_row(group, *(number(row.get(column)) for column in columns))
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title or None, title_justify="left")
    table.add_column(first)
    for column in others:
        table.add_column(column, justify="right")
    return table
