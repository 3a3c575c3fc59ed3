"""From the sum of a blend to log odds: how much a sum says depends on the list that it stands in.

A title that every passage bears lifts all of their sums and tells none apart; and where one passage stands out, the
others are less likely relevant at the same sum. Within a list the map rises, so that it changes no order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .first_stage import check_number

__all__ = ["Level", "share_title"]

Doubles: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """slope * sum + offset + best * (the list's largest sum) + titled (where all share a title)."""

    slope: float = 1.0
    """Above 0."""
    offset: float = 0.0
    best: float = 0.0
    titled: float = 0.0

    def __post_init__(self) -> None:
        check_number("slope", self.slope, low=1e-6, high=1e6)
        for name in ("offset", "best", "titled"):
            check_number(name, getattr(self, name), low=-1e6, high=1e6)

    def __call__(self, sums: Doubles, *, shared_title: bool) -> Doubles:
        """Return log odds: float64 [n]."""
        best = float(sums.max()) if len(sums) else 0.0
        return self.slope * sums + self.offset + self.best * best + self.titled * shared_title

    def as_table(self) -> Mapping[str, float]:
        """Return the fields by name."""
        return asdict(self)


def share_title(titles: Sequence[str]) -> bool:
    """Say whether two passages or more all bear one title."""
    return len(titles) > 1 and bool(titles[0]) and len(set(titles)) == 1
