"""From a strength to the probability of being relevant: a map that never falls, fitted on labelled lists.

Both kinds are values, stored as tables: Platt's (a logistic function of the strength) and the isotonic one (a rising
line through a few points). `questline.training.ranking.calibrate` fits them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError

from .first_stage import check_number

__all__ = ["Calibration", "Isotonic", "Platt", "calibration_of"]

Doubles: TypeAlias = NDArray[np.float64]


class Calibration(Protocol):
    """A map from strengths to probabilities."""

    def __call__(self, strengths: Doubles, /) -> Doubles:
        """Return one probability in [0, 1] a strength; a higher strength never gets a lower one."""
        ...

    def as_table(self) -> dict[str, object]:
        """Return what `calibration_of` reads."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Platt:
    """1 / (1 + exp(-(slope * strength + intercept)))."""

    slope: float
    """At least 0."""
    intercept: float

    def __post_init__(self) -> None:
        check_number("slope", self.slope, low=0.0, high=1e6)
        check_number("intercept", self.intercept, low=-1e6, high=1e6)

    def __call__(self, strengths: Doubles, /) -> Doubles:
        """Return probabilities."""
        return np.exp(-np.logaddexp(0.0, -(self.slope * strengths + self.intercept)))

    def as_table(self) -> dict[str, object]:
        """Return JSON data."""
        return {"kind": "platt", "slope": self.slope, "intercept": self.intercept}


@dataclass(frozen=True, slots=True, kw_only=True)
class Isotonic:
    """A rising line through points; level outside of them."""

    strengths: tuple[float, ...]
    """Rising, at least one."""
    probabilities: tuple[float, ...]
    """Never falling, in [0, 1]; as many."""

    def __post_init__(self) -> None:
        points, values = self.strengths, self.probabilities
        rising = all(one < other for one, other in pairwise(points))
        level = all(one <= other for one, other in pairwise(values))
        if not points or len(points) != len(values) or not (rising and level and 0 <= values[0] <= values[-1] <= 1):
            raise UsageError(
                "an isotonic calibration needs rising strengths and as many probabilities in [0, 1] that never fall",
                code="bad_param",
                argument="calibration",
            )

    def __call__(self, strengths: Doubles, /) -> Doubles:
        """Return probabilities."""
        return np.interp(strengths, self.strengths, self.probabilities)

    def as_table(self) -> dict[str, object]:
        """Return JSON data."""
        return {"kind": "isotonic", "strengths": list(self.strengths), "probabilities": list(self.probabilities)}


def calibration_of(table: Mapping[str, object]) -> Calibration:
    """Read a calibration that ``as_table`` wrote.

    Raises:
        UsageError: ``bad_param`` when it is none.
    """
    try:
        if table.get("kind") == "platt":
            return Platt(slope=float(str(table["slope"])), intercept=float(str(table["intercept"])))
        if table.get("kind") == "isotonic":
            points = cast("list[float]", table["strengths"])
            values = cast("list[float]", table["probabilities"])
            return Isotonic(strengths=tuple(map(float, points)), probabilities=tuple(map(float, values)))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"the calibration {dict(table)!r:.80} lacks a number ({error})", code="bad_param", argument="calibration"
        ) from error
    raise UsageError(
        f"a calibration of kind {table.get('kind')!r} is not known: platt or isotonic",
        code="bad_param",
        argument="calibration",
    )
