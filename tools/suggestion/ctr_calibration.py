"""From the click model's log odds to a probability, by a curve fitted on panes that the weights had not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .ctr_features import Doubles

__all__ = ["Calibration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Platt's logistic curve, or the steps of an isotonic fit with straight lines between them."""

    slope: float = 1.0
    bias: float = 0.0
    knots: tuple[float, ...] = ()
    """Log odds, rising; with any, they and `values` are the curve and slope and bias go unused."""
    values: tuple[float, ...] = ()
    """Probabilities at the knots, never falling."""

    def apply(self, log_odds: Doubles) -> Doubles:
        """Return the probability of each, in (0, 1), never falling with the log odds."""
        if self.knots:
            return np.clip(np.interp(log_odds, self.knots, self.values), 1e-4, 1 - 1e-4)
        return 1 / (1 + np.exp(-np.clip(self.slope * log_odds + self.bias, -30, 30)))
