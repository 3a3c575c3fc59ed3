"""Fit how a blend's sums become log odds, on lists of many kinds (`varied`), and leave the order as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.ranking.blend import Blend
from questline.tools.ranking.level import Level
from questline.training.logistic import newton

from .fit_blend import depth_of
from .observing import Example

__all__ = ["fit_level", "log_odds", "with_level"]

Doubles: TypeAlias = NDArray[np.float64]
_LEAST_SLOPE: Final = 1e-3
"""A map that fell would turn the order around."""


def fit_level(examples: Sequence[Example], blend: Blend, name: str, *, ridge: float = 1.0) -> Level:
    """Return the level with the least logistic loss plus ``ridge / 2`` of its squared length, offset left out.

    Args:
        examples: Lists of many kinds; each passage counts alike.
        blend: Gives the sums.
        name: Of the blend, which says what depth it adds.
        ridge: Pulls towards 0.
    """
    rows = [_features(each, blend, name) for each in examples]
    labels = np.concatenate([each.labels for each in examples])
    penalty = np.array([0.0, ridge, ridge, ridge])
    features = np.concatenate(rows)
    offset, slope, best, titled = newton(features, labels, penalty).tolist()
    return Level(slope=max(slope, _LEAST_SLOPE), offset=offset, best=best, titled=titled)


def with_level(examples: Sequence[Example], blend: Blend, name: str, *, ridge: float = 1.0) -> Blend:
    """Return the blend with the level that fits the examples."""
    return replace(blend, level=fit_level(examples, blend, name, ridge=ridge))


def log_odds(example: Example, blend: Blend, name: str) -> Doubles:
    """Return what the blend of this name says of a list: float64 [n]."""
    return example.signs.log_odds(blend, depth_of(example, name))


def _features(example: Example, blend: Blend, name: str) -> Doubles:
    sums = example.signs.sums(blend, depth_of(example, name))
    ones = np.ones_like(sums)
    return np.column_stack([ones, sums, ones * sums.max(), ones * example.signs.shared_title])
