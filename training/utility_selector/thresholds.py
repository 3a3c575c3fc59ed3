"""From which chance on a passage is kept: chosen on windows that nothing was learnt from and nothing is measured on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from questline.training.evaluation.selection_metrics import micro_f1
from questline.training.ranking.calibrate import ece, fill, fit_isotonic
from questline.training.tuning.prompt_files import THRESHOLDS

from .measure import Scored, cut

__all__ = ["Thresholds", "choose"]

_STEPS: Final = tuple(round(place / 20, 2) for place in range(1, 20))
_MIDDLE: Final = 0.5
_ENOUGH: Final = 30
"""Windows of a kind that have a threshold of their own, at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What was chosen."""

    tau: float
    taus: dict[str, float]
    """By kind of question."""
    windows: int
    """That it was chosen on."""
    strengths: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()
    """The isotonic map from a model's chance to a probability; empty where there was nothing to fit."""

    def write(self, folder: Path) -> None:
        """Write it beside a model."""
        (folder / THRESHOLDS).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    def error(self, found: Sequence[Scored]) -> float | None:
        """Return the calibration error of chances once they are mapped; None without any."""
        told = [each for each in found if each.chances]
        if not told or not self.strengths:
            return None
        chances = [self._mapped(chance) for each in told for chance in each.chances]
        return ece(fill(chances, [label for each in told for label in each.labels]))

    def _mapped(self, chance: float) -> float:
        import numpy as np

        return float(np.interp(chance, self.strengths, self.probabilities))


def choose(found: Sequence[Scored], kinds: Sequence[str]) -> Thresholds:
    """Return the thresholds of the best micro-F1, the one nearest .5 of equal ones, and the isotonic map.

    Args:
        found: Windows.
        kinds: Of each.
    """
    told = [each for each in found if each.chances]
    taus = {
        kind: _best([each for each, one in zip(found, kinds, strict=True) if one == kind])
        for kind in sorted(set(kinds))
        if kind and sum(one == kind for one in kinds) >= _ENOUGH
    }
    chances = [chance for each in told for chance in each.chances]
    labels = [label for each in told for label in each.labels]
    fitted = fit_isotonic(chances, labels) if len(set(labels)) > 1 else None
    return Thresholds(
        tau=_best(found),
        taus=taus,
        windows=len(found),
        strengths=() if fitted is None else fitted.strengths,
        probabilities=() if fitted is None else fitted.probabilities,
    )


def _best(found: Sequence[Scored]) -> float:
    return max(_STEPS, key=lambda tau: (micro_f1([cut(each, tau) for each in found]) or 0.0, -abs(tau - _MIDDLE)))
