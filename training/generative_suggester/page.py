"""The tables of `docs/results.md` on the small suggester and its loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from questline.training.tuning.tables import interval, table

__all__ = ["rendered_ablations", "rendered_learning"]

_CLICKS: Final = "true clicks a list"
_SIDES: Final = {"before": "taught lists", "after": "then clicks", "shuffled": "then shuffled clicks, adopted or not"}
_TOLD: Final = (_CLICKS, "pairwise similarity", "distinct facets", "lists that repeat", "answered")
_CHANGES: Final = ("gain", "gain over shuffled", "shuffled's gain", "similarity, change")
_MEANS: Final = (
    *("true clicks, start", "true clicks, end", "true clicks, held out", "similarity, start", "similarity, end"),
    *("slots off", "kendall", "ece", "dr off"),
)
_INTERVALS: Final = ("gain", "change to the whole", "expected too much")


def rendered_learning(report: Mapping[str, Any]) -> str:
    """Return what the language model came to, of what `learns` wrote."""
    rows: list[list[str]] = []
    changes: list[list[str]] = []
    for seed, told in report["seeds"].items():
        for name in ("held out", "shown"):
            one = told[name]
            which = f"{one['queries']}, {name}"
            rows += [
                [seed, which, words, *(f"{one[side][each]:.3f}" for each in _TOLD)] for side, words in _SIDES.items()
            ]
            changes.append([seed, which, *(interval(one[each], "mean") for each in _CHANGES)])
    heads = ("seed", "queries", "gain", "over shuffled", "shuffled's gain", "similarity, change")
    return f"{table(('seed', 'queries', 'model', *_TOLD), rows)}\n\n{table(heads, changes)}"


def rendered_ablations(report: Mapping[str, Any]) -> str:
    """Return what each part of the loop brings to a policy that is no language model, of what `ablations` wrote."""
    rows = [
        [way, *(_figure(told[each]) for each in _MEANS), *(interval(told[each], "mean") for each in _INTERVALS)]
        for way, told in report["ways"].items()
    ]
    first = f"{report['seeds']} seeds, {report['rounds']} rounds at most of {report['impressions']} lists."
    return f"{table(('loop', *_MEANS, *_INTERVALS), rows)}\n\n{first}"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
