"""Fit the click model and measure it on held-out queries (`agents train suggestion`).

Weights are fitted on all panes with clicks. Every figure rests on held-out folds of queries, the calibration on inner
ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from questline.tools.suggestion.ctr_features import Encoder
from questline.tools.suggestion.ctr_model import Mode
from questline.training.evaluation.pane_metrics import pane_ndcg

from .calibrate import expected_error
from .cross_fit import Recipe, cross_fit
from .panes import Pane

__all__ = ["figures"]


def figures(panes: Sequence[Pane], mode: Mode, recipe: Recipe, encoder: Encoder) -> dict[str, float]:
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
