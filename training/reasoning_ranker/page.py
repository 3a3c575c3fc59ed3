"""What `shown` found, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from questline.training.tuning.tables import interval, table

__all__ = ["rendered"]


def rendered(report: Mapping[str, Any]) -> str:
    """Return a table of the trainings of each seed, each beside where it began."""
    rows: list[list[str]] = []
    for name in report["seeds"][0]["trainings"]:
        for found in report["seeds"]:
            told = found["trainings"][name]
            rise = told["rise of nDCG@10"]
            figures = (f"{rise['a']:.3f}", f"{rise['b']:.3f}", interval(rise), f"{told['top-1']:.2f}")
            rows.append([f"{name}, {found['seed']}", *figures, f"{told['valid']:.2f}", f"{told['cpu_minutes']:.1f}"])
    heads = ("training, seed", "nDCG@10 before", "after", "rise, 95 % interval", "top-1", "valid", "CPU minutes")
    marks = report["yardsticks"]
    both = f"BM25's order has {marks['first stage']:.3f}, chance {marks['chance']:.3f}"
    return f"{table(heads, rows, side='---:')}\n\nOn {report['tested']} fresh lists; {both}."
