"""Fit the click model and write its file; the same input gives the same bytes.

    python -P -m questline.training.suggestion.fit --panes FILE --out tools/suggestion/prior/ctr.json

Weights are fitted on all panes with clicks. Every printed figure rests on held-out folds of queries, the calibration on
inner ones. What ships is fitted on data whose licence allows it (the model card beside the file says which).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from questline.errors import QuestlineError
from questline.tools.models.encoder import Encoder
from questline.tools.suggestion.ctr_features import Encoder as Encodes
from questline.tools.suggestion.ctr_file import save_model
from questline.tools.suggestion.ctr_model import CTRModel, Mode
from questline.training.evaluation.pane_metrics import pane_ndcg
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.table import terminal

from .calibrate import expected_error
from .cross_fit import Recipe, cross_fit, fit_model
from .panes import Pane, read_panes

__all__ = ["figures", "fit", "main"]

_PROGRAM = "questline.training.suggestion.fit"


def fit(path: Path, *, licence: str, recipe: Recipe, encoder: Encodes) -> CTRModel:
    """Return the model fitted on the panes of `path`, its held-out figures in its ``origin``.

    Raises:
        UsageError: What reading the panes raises; ``bad_data`` when they are of fewer than two queries.
    """
    panes = read_panes(path)
    judged = [pane for pane in panes if pane.judged]
    origin: dict[str, str | int | float] = {
        "command": f"python -P -m {_PROGRAM} --panes {path.name} --licence {licence!r}",
        "data": path.name,
        "sha256": content_hash(path),
        "licence": licence,
        "panes": len(judged),
        "queries": len({pane.query for pane in judged}),
    }
    for mode in ("words", "encoder"):
        origin |= {f"{mode}: {name}": value for name, value in figures(panes, mode, recipe, encoder).items()}
    return fit_model(panes, recipe, encoder, origin)


def figures(panes: Sequence[Pane], mode: Mode, recipe: Recipe, encoder: Encodes) -> dict[str, float]:
    """Return what a recipe reaches on held-out queries, rounded: nDCG without and with slots, calibration error."""
    held = cross_fit(panes, replace(recipe, mode=mode), encoder)
    chances = np.concatenate([each.chances for each in held])
    rates = np.concatenate([each.pane.gains for each in held])
    values = {
        "ndcg": float(np.mean([pane_ndcg(each.scores.tolist(), each.pane.rates) for each in held])),
        "ndcg_slot_aware": float(np.mean([pane_ndcg(each.slot_scores.tolist(), each.pane.rates) for each in held])),
        "ece": expected_error(chances, rates),
    }
    return {name: round(value, 4) for name, value in values.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, write the file, print the figures as JSON; return the exit code."""
    parser = argparse.ArgumentParser(prog=f"python -P -m {_PROGRAM}", description="Fit the click model.")
    parser.add_argument("--panes", type=Path, required=True, help="JSON lines of panes with clicks, plain or .gz")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    parser.add_argument("--licence", default="not stated", help="of the data, written into the file")
    given = parser.parse_args(arguments)
    try:
        model = fit(given.panes, licence=given.licence, recipe=Recipe(), encoder=Encoder.load())
        save_model(model, given.out)
    except QuestlineError as error:
        terminal(stderr=True).print(f"{error.code}: {error.message}")
        return error.exit_code
    print(json.dumps(dict(model.origin), indent=2))  # noqa: T201 because a command's result goes to its output
    return 0


if __name__ == "__main__":
    sys.exit(main())
