"""Turn kept measurements into the Markdown of a results page, so that no figure is typed by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from .reports import ReportDict, read_report

__all__ = ["render_results"]


def render_results(files: Sequence[Path], *, columns: Sequence[str] | None = None) -> str:
    """Return one Markdown table a suite, a row a file, and under it each row's command, date, commit and hardware.

    A mean is written with its 95 % interval. Rows stand in the order of the files and carry their names.

    Args:
        files: Reports of ``agents eval … --json FILE``, with or without their items.
        columns: Metrics to show, in this order; all plain ones by default.

    Raises:
        UsageError: ``file_not_found``, ``unreadable_file`` or ``bad_data`` for a file that is not a report.
    """
    suites: dict[str, dict[str, ReportDict]] = {}
    for file in files:
        report = read_report(file)
        suites.setdefault(str(_run(report).get("suite", "")), {})[file.stem] = report
    return "\n\n".join(_section(reports, columns) for reports in suites.values()) + "\n"


def _section(reports: Mapping[str, ReportDict], columns: Sequence[str] | None) -> str:
    names = list(columns or dict.fromkeys(name for report in reports.values() for name in _plain(report)))
    lines = [_line(["run", *names]), _line(["---", *["---:"] * len(names)])]
    lines += [_line([name, *(_cell(report, column) for column in names)]) for name, report in reports.items()]
    lines += ["", *(_origin(name, report) for name, report in reports.items())]
    return "\n".join(lines)


def _plain(report: ReportDict) -> list[str]:
    return [
        name
        for name, value in report.items()
        if name != "failed" and (value is None or isinstance(value, int | float | str))
    ] + ["failed"]


def _cell(report: ReportDict, column: str) -> str:
    value = report.get(column)
    ends = cast("Mapping[str, Sequence[float]]", report.get("intervals") or {}).get(column)
    if value is None:
        return "–"
    return _number(value) + (f" [{_number(ends[0])}, {_number(ends[1])}]" if ends else "")


def _number(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _origin(name: str, report: ReportDict) -> str:
    run = _run(report)
    machine = cast("Mapping[str, object]", run.get("hardware") or {})
    place = f"{machine.get('cores', '?')} cores, {machine.get('processor') or machine.get('machine', 'unknown')}"
    return (
        f"- **{name}**: `{run.get('command', '')}` ({run.get('date', '')}, {run.get('commit') or 'no commit'}, {place})"
    )


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _run(report: ReportDict) -> Mapping[str, object]:
    return cast("Mapping[str, object]", report["run"])
