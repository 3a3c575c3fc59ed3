"""What `shown` found, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["rendered"]

_WAYS: Final = ("taught", "without the verdicts' loss", "selections of other windows", "ranking twin")
_HEADS: Final = ("micro-F1", "exact sets", "abstention F1", "mean size", "valid", "calibration error")
_COMPARED: Final = {
    "over other windows": "taught against selections of other windows",
    "of the verdicts' loss": "taught with the verdicts' loss against without",
}


def rendered(report: Mapping[str, Any]) -> str:
    """Return a table of what each training came to, seed by seed, and how they differ."""
    rows = [
        f"| training, seed | {' | '.join(_HEADS)} | set F1: rise, 95 % interval | over never keeping any |",
        f"|---|{'---:|' * (len(_HEADS) + 2)}",
    ]
    for way in ("before", *_WAYS):
        for seed, found in report["seeds"].items():
            told = found[way]
            figures = [f"{told[name]:.3f}" if name in told else "–" for name in _HEADS]
            ends = [_interval(told[name]) if name in told else "–" for name in ("rise", "over never keeping any")]
            rows.append(f"| {way}, {seed} | {' | '.join([*figures, *ends])} |")
    rows += ["", "| set F1 | " + " | ".join(f"seed {seed}" for seed in report["seeds"]) + " |"]
    rows.append(f"|---|{'---:|' * len(report['seeds'])}")
    for name, words in _COMPARED.items():
        rows.append(f"| {words} | {' | '.join(_interval(each[name]) for each in report['seeds'].values())} |")
    twins = " | ".join(_interval(each["ranking twin"]["taught over it"]) for each in report["seeds"].values())
    rows.append(f"| taught against the ranking twin | {twins} |")
    first = next(iter(report["seeds"].values()))
    marks = ", ".join(f"{name} {value:.3f}" for name, value in first["yardsticks"].items())
    told = (
        f"On {report['tested']} fresh windows a seed, {report['steps']} steps, {first['parameters']:,} parameters. "
        f"Micro-F1 by BM25's order, of the first seed: {marks}."
    )
    return "\n".join([*rows, "", told])


def _interval(told: Mapping[str, float]) -> str:
    return f"{told['difference']:+.3f} [{told['low']:+.3f}, {told['high']:+.3f}]"
