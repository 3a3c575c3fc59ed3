"""What `shown` found, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["rendered"]


def rendered(report: Mapping[str, Any]) -> str:
    """Return a table of the trainings of each seed, each beside where it began."""
    rows = [
        "| training, seed | nDCG@10 before | after | rise, 95 % interval | top-1 | valid | CPU minutes |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    names = list(report["seeds"][0]["trainings"])
    for name in names:
        for found in report["seeds"]:
            told = found["trainings"][name]
            rise = told["rise of nDCG@10"]
            figures = [
                f"{name}, {found['seed']}",
                f"{rise['a']:.3f}",
                f"{rise['b']:.3f}",
                f"{rise['difference']:+.3f} [{rise['low']:+.3f}, {rise['high']:+.3f}]",
                f"{told['top-1']:.2f}",
                f"{told['valid']:.2f}",
                f"{told['cpu_minutes']:.1f}",
            ]
            rows.append(f"| {' | '.join(figures)} |")
    marks = report["yardsticks"]
    both = f"BM25's order has {marks['first stage']:.3f}, chance {marks['chance']:.3f}"
    return "\n".join([*rows, "", f"On {report['tested']} fresh lists; {both}."])
