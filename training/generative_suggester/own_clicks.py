"""What a policy's own lists were clicked, beside those of the policy before it: nothing is estimated by a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, variance
from typing import Final

from .shown import Shown

__all__ = ["Gained", "gained", "last_shown"]

_SURE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Gained:
    """Clicks a list."""

    before: float
    after: float
    low: float
    """What they rose by at least, with 95 % chance (Welch, normal)."""
    n: int
    """Lists of the later policy; those in an order by chance are left out of both."""


def gained(before: Sequence[Shown], after: Sequence[Shown]) -> Gained:
    """Compare two rounds, each of at least two lists that its policy put in order."""
    sides = [[row.reward for row in rows if not row.shuffled] for rows in (before, after)]
    means = [fmean(each) for each in sides]
    error = sqrt(sum(variance(each) / len(each) for each in sides))
    low = means[1] - means[0] - NormalDist().inv_cdf(_SURE) * error
    return Gained(before=means[0], after=means[1], low=low, n=len(sides[1]))


def last_shown(log: Sequence[Shown]) -> list[Shown]:
    """Return the lists of the last round of a log."""
    return [row for row in log if row.round == log[-1].round]
