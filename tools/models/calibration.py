"""Turn a model's raw scores into probabilities that mean what they say, with curves fitted on held-out examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Calibration"]

_FLAT: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A rising curve: probability 1 / (1 + exp(-(slope * score + offset))), Platt's (1999).

    The isotonic alternative is a staircase that is flat where scores are dense, so that equal probabilities would hide
    an order that the scores still have; two numbers also need fewer examples.
    """

    slope: float
    offset: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.slope) and np.isfinite(self.offset) and self.slope > 0):
            raise ValueError(f"a calibration rises and is finite, not {self.slope!r}, {self.offset!r}")

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Read what `as_dict` gave; raises KeyError or ValueError."""
        return cls(slope=float(values["slope"]), offset=float(values["offset"]))

    @classmethod
    def fitted(cls, scores: Sequence[float], labels: Sequence[bool], *, rounds: int = 60) -> Self:
        """Fit by Newton's method, with Platt's smoothed targets, so that separable examples stay finite.

        Args:
            scores: Raw, at least one for each label.
            labels: Whether each was right.
            rounds: Of Newton's method at most.

        Where higher scores are not more often right, or all labels are equal, the curve is all but flat: the scores say
        nothing, and every probability is the share of right ones.
        """
        x, right = np.asarray(scores, np.float64), np.asarray(labels, np.bool_)
        good, bad = int(right.sum()), int((~right).sum())
        flat = cls(slope=_FLAT, offset=float(np.log((good + 1) / (bad + 1))))
        if not good or not bad:
            return flat
        target = np.where(right, (good + 1) / (good + 2), 1 / (bad + 2))
        centre, spread = float(x.mean()), float(x.std()) or 1.0
        features = np.stack([(x - centre) / spread, np.ones_like(x)], axis=1)
        values = np.array([1.0, np.log(good / bad)])
        for _ in range(rounds):
            chance = _sigmoid(features @ values)
            gradient = features.T @ (chance - target) + 1e-6 * values
            curve = (features * (chance * (1 - chance))[:, None]).T @ features + 1e-6 * np.eye(2)
            step = np.linalg.solve(curve, gradient)
            values -= np.clip(step, -4, 4)
            if float(np.abs(step).max()) < 1e-9:
                break
        slope = float(values[0]) / spread
        return cls(slope=slope, offset=float(values[1]) - slope * centre) if slope > _FLAT else flat

    def apply(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a probability for each score, of the same shape."""
        return _sigmoid(self.slope * scores.astype(np.float64) + self.offset).astype(np.float32)

    def as_dict(self) -> dict[str, float]:
        """Return the two numbers, for a file."""
        return {"slope": self.slope, "offset": self.offset}


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-np.clip(values, -60, 60)))
