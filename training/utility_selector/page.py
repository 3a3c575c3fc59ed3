"""What `shown` found, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from questline.training.tuning.tables import interval, table

__all__ = ["rendered"]

_WAYS: Final = ("taught", "without the verdicts' loss", "selections of other windows", "ranking twin")
_HEADS: Final = ("micro-F1", "exact sets", "abstention F1", "mean size", "valid", "calibration error")
_COMPARED: Final = {
    "over other windows": "taught against selections of other windows",
    "of the verdicts' loss": "taught with the verdicts' loss against without",
}


def rendered(report: Mapping[str, Any]) -> str:
    """Return a table of what each training came to, seed by seed, and how they differ."""
    seeds: Mapping[str, Any] = report["seeds"]
    rows: list[list[str]] = []
    for way in ("before", *_WAYS):
        for seed, found in seeds.items():
            told = found[way]
            figures = [f"{told[name]:.3f}" if name in told else "–" for name in _HEADS]
            ends = [interval(told.get(name, {})) for name in ("rise", "over never keeping any")]
            rows.append([f"{way}, {seed}", *figures, *ends])
    compared = [[words, *(interval(each[name]) for each in seeds.values())] for name, words in _COMPARED.items()]
    twins = [interval(each["ranking twin"]["taught over it"]) for each in seeds.values()]
    compared.append(["taught against the ranking twin", *twins])
    heads = ("training, seed", *_HEADS, "set F1: rise, 95 % interval", "over never keeping any")
    tables = [
        table(heads, rows, side="---:"),
        table(["set F1", *(f"seed {each}" for each in seeds)], compared, side="---:"),
    ]
    first = next(iter(seeds.values()))
    marks = ", ".join(f"{name} {value:.3f}" for name, value in first["yardsticks"].items())
    told = (
        f"On {report['tested']} fresh windows a seed, {report['steps']} steps, {first['parameters']:,} parameters. "
        f"Micro-F1 by BM25's order, of the first seed: {marks}."
    )
    return "\n\n".join([*tables, told])
