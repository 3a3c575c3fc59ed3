"""Print what each part of the click model brings, on queries that it was not fitted on.

    python -P -m questline.training.suggestion.ablation --panes FILE [--json FILE]

One row a variant: nDCG without and with the slots' effect, the difference of the first to the full model with its 95 %
interval (paired bootstrap over queries), and the calibration error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from questline.errors import QuestlineError
from questline.tools.models.encoder import Encoder
from questline.tools.suggestion.ctr_features import Encoder as Encodes
from questline.training.evaluation.intervals import bootstrap_interval
from questline.training.evaluation.pane_metrics import pane_ndcg
from questline.training.evaluation.provenance import Provenance
from questline.training.evaluation.reports import write_json
from questline.training.evaluation.table import terminal

from .calibrate import expected_error
from .cross_fit import Recipe, cross_fit
from .panes import Pane, read_panes

__all__ = ["VARIANTS", "Row", "ablate", "main", "rendered"]

_PROGRAM: Final = "questline.training.suggestion.ablation"
VARIANTS: Final[tuple[tuple[str, Recipe], ...]] = (
    ("full model", Recipe()),
    ("without the encoder", Recipe(mode="words")),
    ("without text features", Recipe(without=("text",))),
    ("without co-shown redundancy", Recipe(without=("co-shown",))),
    ("without historical rates", Recipe(without=("history",))),
    ("without the position tower", Recipe(position=False)),
    ("text features alone", Recipe(mode="words", without=("co-shown", "history"))),
    ("historical rates alone", Recipe(mode="words", without=("text", "co-shown"))),
    ("encoder alone", Recipe(without=("text", "co-shown", "history"))),
    ("position tower alone", Recipe(mode="words", without=("text", "co-shown", "history"))),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One variant, measured."""

    name: str
    ndcg: float
    ndcg_slot_aware: float
    difference: float
    """Of `ndcg` to the first variant."""
    low: float
    high: float
    ece: float


def ablate(panes: Sequence[Pane], encoder: Encodes, variants: Sequence[tuple[str, Recipe]] = VARIANTS) -> list[Row]:
    """Cross-fit every variant on the same folds; the first is what the others are compared with."""
    rows: list[Row] = []
    base: list[float] = []
    for name, recipe in variants:
        held = cross_fit(panes, recipe, encoder)
        blind = [pane_ndcg(each.scores.tolist(), each.pane.rates) for each in held]
        aware = [pane_ndcg(each.slot_scores.tolist(), each.pane.rates) for each in held]
        base = base or blind
        change = [one - other for one, other in zip(blind, base, strict=True)]
        low, high = bootstrap_interval(change, clusters=[each.pane.query for each in held])
        chances = np.concatenate([each.chances for each in held])
        rates = np.concatenate([each.pane.gains for each in held])
        rows.append(
            Row(
                name=name,
                ndcg=float(np.mean(blind)),
                ndcg_slot_aware=float(np.mean(aware)),
                difference=float(np.mean(change)),
                low=low,
                high=high,
                ece=expected_error(chances, rates),
            )
        )
    return rows


def rendered(rows: Sequence[Row]) -> str:
    """Return a Markdown table."""
    lines = ["| click model | nDCG, slot-blind | change [95 %] | nDCG, slot-aware | ECE |", "|---|---:|---:|---:|---:|"]
    for place, row in enumerate(rows):
        change = f"{row.difference:+.3f} [{row.low:+.3f}, {row.high:+.3f}]" if place else "–"
        lines.append(f"| {row.name} | {row.ndcg:.3f} | {change} | {row.ndcg_slot_aware:.3f} | {row.ece:.3f} |")
    return "\n".join(lines)


def _figures(row: Row) -> dict[str, object]:
    return {
        "ndcg": row.ndcg,
        "change": row.difference,
        "interval": [row.low, row.high],
        "ndcg_slot_aware": row.ndcg_slot_aware,
        "ece": row.ece,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog=f"python -P -m {_PROGRAM}", description=__doc__)
    parser.add_argument("--panes", type=Path, required=True, help="JSON lines of panes with clicks, plain or .gz")
    parser.add_argument("--json", type=Path, help="write the figures and where they come from")
    given = parser.parse_args(arguments)
    try:
        rows = ablate(read_panes(given.panes), Encoder.load(), VARIANTS)
        if given.json is not None:
            command = f"python -P -m {_PROGRAM} --panes {given.panes}"
            figures: dict[str, object] = {row.name: _figures(row) for row in rows}
            write_json(given.json, {**figures, "run": {"command": command, **Provenance.gather().as_dict()}})
    except QuestlineError as error:
        terminal(stderr=True).print(f"{error.code}: {error.message}")
        return error.exit_code
    print(rendered(rows))  # noqa: T201 because a command's result goes to its output
    return 0


if __name__ == "__main__":
    sys.exit(main())
