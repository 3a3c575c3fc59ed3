"""Is run B better than run A? A paired bootstrap over the items that both have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from questline.errors import UsageError

from .intervals import Difference, paired_bootstrap
from .reports import ReportDict, read_report

__all__ = ["Comparison", "compare"]

_Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two runs of one suite differ, metric by metric."""

    a: str
    b: str
    """Paths of the two reports."""
    differences: Mapping[str, Difference]
    """By metric: qualities over all shared items (a failed one scores 0; not in a suite that counts failures apart,
    where items that have the metric in both runs are paired), costs over those that finished in both."""
    shared: int
    only_a: int
    only_b: int
    """Items that the other run does not have; they count in no difference."""
    warnings: tuple[str, ...] = ()
    """Why the two may not be comparable."""

    def as_dict(self) -> dict[str, object]:
        """Return JSON data."""
        return asdict(self)


def compare(a: Path, b: Path, *, seed: int = 0) -> Comparison:
    """Compare two reports of the same suite by item id.

    Raises:
        UsageError: ``bad_data`` when a file is not a report or has no items, or they share none or are of two suites.
    """
    first, second = read_report(a), read_report(b)
    suites = [str(_run(report).get("suite")) for report in (first, second)]
    if suites[0] != suites[1]:
        raise UsageError(f"{str(a)!r} is of suite {suites[0]}, {str(b)!r} of {suites[1]}", code="bad_data", field="run")
    items_a, items_b = _items(first, a), _items(second, b)
    names = [name for name in items_a if name in items_b]
    if not names:
        raise UsageError(f"{str(a)!r} and {str(b)!r} share no item", code="bad_data", path=b, field="items")
    pairs = [(items_a[name], items_b[name]) for name in names]
    return Comparison(
        a=str(a),
        b=str(b),
        differences={**_qualities(pairs, seed, apart=first.get("unscored") == "apart"), **_costs(pairs, seed)},
        shared=len(names),
        only_a=len(items_a) - len(names),
        only_b=len(items_b) - len(names),
        warnings=tuple(_warnings(first, second)),
    )


def _qualities(pairs: list[tuple[_Row, _Row]], seed: int, *, apart: bool) -> dict[str, Difference]:
    names = dict.fromkeys(name for pair in pairs for item in pair for name in _numbers(item, "scores"))
    if apart:
        return _known(pairs, names, "scores", seed)
    return {
        name: paired_bootstrap(
            *([_numbers(pair[side], "scores").get(name, 0.0) for pair in pairs] for side in (0, 1)), seed=seed
        )
        for name in names
    }


def _costs(pairs: list[tuple[_Row, _Row]], seed: int) -> dict[str, Difference]:
    finished = [pair for pair in pairs if not any(item.get("error") for item in pair)]
    names = dict.fromkeys(name for pair in finished for item in pair for name in _numbers(item, "cost"))
    return _known(finished, names, "cost", seed)


def _known(pairs: list[tuple[_Row, _Row]], names: Iterable[str], kind: str, seed: int) -> dict[str, Difference]:
    """Compare over the items that have a number in both runs."""
    found: dict[str, Difference] = {}
    for name in names:
        both = [tuple(_numbers(item, kind).get(name) for item in pair) for pair in pairs]
        known = [(x, y) for x, y in both if x is not None and y is not None]
        if known:
            found[name] = paired_bootstrap([x for x, _ in known], [y for _, y in known], seed=seed)
    return found


def _warnings(first: ReportDict, second: ReportDict) -> list[str]:
    runs = _run(first), _run(second)
    found: list[str] = []
    if runs[0].get("data") != runs[1].get("data"):
        found.append("the two runs read different data")
    if runs[0].get("hardware") != runs[1].get("hardware"):
        found.append("the two runs were made on different hardware: do not compare their times")
    if any(run.get("stopped") for run in runs):
        found.append("a limit on cost stopped one of the runs")
    return found


def _run(report: ReportDict) -> Mapping[str, object]:
    return cast("Mapping[str, object]", report["run"])


def _items(report: ReportDict, path: Path) -> dict[str, _Row]:
    items = report.get("items")
    cells = cast("list[object]", items) if isinstance(items, list) else []
    rows = [cast("_Row", cell) for cell in cells if isinstance(cell, dict)]
    by_id = {str(row["id"]): row for row in rows if "id" in row}
    if not by_id:
        raise UsageError(
            f"{str(path)!r} holds no items; make it again without --no-items", code="bad_data", path=path, field="items"
        )
    return by_id


def _numbers(item: _Row, name: str) -> dict[str, float]:
    values = item.get(name)
    cells = cast("dict[str, object]", values) if isinstance(values, dict) else {}
    return {key: float(cell) for key, cell in cells.items() if isinstance(cell, int | float)}
