"""What the parts of the page share: a measurement, a table of evaluations, the line that says how it was measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from questline.training.evaluation.results import render_results

__all__ = ["HERE", "benchmark", "evaluations", "figure_text", "measurement", "rendered_by", "source_line", "unmeasured"]

HERE: Final = Path(__file__).resolve().parents[1]


def evaluations(names: Iterable[str], columns: Iterable[str]) -> str:
    """Return a table of evaluations, with its intervals; names without a measurement are told."""
    files = [HERE / f"{name}.json" for name in names]
    missing = [file.stem for file in files if not file.exists()]
    table = render_results([file for file in files if file.exists()], columns=list(columns))
    return f"{table.strip()}\n\n{unmeasured(missing)}" if missing else table


def rendered_by(name: str, rendered_as: Callable[[Mapping[str, Any]], str]) -> str:
    """Return a measurement as its own renderer writes it."""
    if not (HERE / f"{name}.json").exists():
        return unmeasured([name])
    report = measurement(name)
    return f"{rendered_as(report)}\n\n{source_line(name, report['run'])}"


def source_line(name: str, run: Mapping[str, Any]) -> str:
    """Return the line that says which command measured, when, on which commit and machine."""
    machine = run["hardware"]
    place = f"{machine['cores']} cores, {machine['processor'] or machine['machine']}"
    return f"- **{name}**: `{run['command']}` ({run['date']}, {run['commit']}, {place})"


def benchmark(name: str) -> str:
    """Return every figure of a measurement as rows."""
    if not (HERE / f"{name}.json").exists():
        return unmeasured([name])
    report = measurement(name)
    figures = {key: value for key, value in report.items() if key not in {"run", "benchmark"}}
    rows = ["| figure | value |", "|---|---:|", *(f"| {key} | {value} |" for key, value in _flat(figures))]
    return "\n".join([*rows, "", source_line(name, report["run"])])


def unmeasured(names: Iterable[str]) -> str:
    """Return what stands in the place of measurements that are missing."""
    return f"Not measured yet for this version: {', '.join(names)}. `make results` does."


def _flat(figures: Mapping[str, object], before: str = "") -> Iterable[tuple[str, str]]:
    for key, value in figures.items():
        if isinstance(value, dict):
            yield from _flat(cast("Mapping[str, object]", value), f"{before}{key} · ")
        elif isinstance(value, list):
            yield f"{before}{key}", ", ".join(figure_text(each) for each in cast("list[object]", value))
        else:
            yield f"{before}{key}", figure_text(value)


def figure_text(value: object) -> str:
    """Return a figure as the page writes it."""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def measurement(name: str) -> dict[str, Any]:
    """Return a measurement."""
    return json.loads((HERE / f"{name}.json").read_text("utf-8"))
