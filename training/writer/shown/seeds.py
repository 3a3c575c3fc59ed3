"""Figures of several seeds: their mean, and how far it could be off were other seeds drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from questline.errors import UsageError

__all__ = ["OverSeeds", "Says", "over_seeds"]

Says: TypeAlias = Literal["more", "less", "open"]
_STUDENT: Final = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""Student's t at .975, by degrees of freedom from 1 on; above nine the last is taken, which is a little too wide."""
_PLACES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class OverSeeds:
    """A mean over seeds with its 95 % interval by Student's t."""

    mean: float
    low: float
    high: float
    by_seed: tuple[float, ...]

    @property
    def says(self) -> Says:
        """Whether the interval is wholly above 0, wholly below, or neither."""
        if self.low > 0:
            return "more"
        return "less" if self.high < 0 else "open"

    def above(self, least: float) -> bool:
        """Return whether the whole interval is."""
        return self.low > least


def over_seeds(values: Sequence[float]) -> OverSeeds:
    """Return mean and interval of one value a seed.

    Raises:
        UsageError: Of less than two nothing tells how seeds differ.
    """
    numbers = np.asarray(values, np.float64)
    if len(numbers) < 2:
        raise UsageError("an interval over seeds needs two of them", argument="seeds")
    mean, count = float(numbers.mean()), len(numbers)
    half = _STUDENT[min(count - 1, len(_STUDENT)) - 1] * float(numbers.std(ddof=1)) / math.sqrt(count)
    by_seed = tuple(round(float(value), _PLACES) for value in numbers)
    return OverSeeds(
        mean=round(mean, _PLACES), low=round(mean - half, _PLACES), high=round(mean + half, _PLACES), by_seed=by_seed
    )
