"""What a way of choosing gets on each question, and the constants that it is set against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from . import baselines
from .assess import CALLS, SWEEP, Chosen, along, chosen
from .folds import FOLDS, fold_of
from .matrix import Matrix
from .rewards import scales, utilities

__all__ = ["CROSSED", "Constants", "Got", "utility_of"]

Doubles: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]
CROSSED: Final = "the other half of these questions"
"""Where constants come from without a training table: each half by `fold_of` gets what is best on the other one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One way of choosing, on n questions."""

    f1: Doubles
    """``[n]``."""
    em: Doubles
    """``[n]``."""
    costs: Doubles
    """``[n, c]``."""
    plans: tuple[str, ...] = ()
    """In words, such as ``R,AG > QDS``; empty where nothing was chosen for single questions."""

    @classmethod
    def of_columns(cls, matrix: Matrix, columns: Places) -> Self:
        """Return what one column a question gets; a column of -1 runs nothing and gets nothing."""
        rows, ran = np.arange(len(columns)), columns >= 0
        return cls(
            f1=np.where(ran, matrix.f1[rows, columns], 0.0),
            em=np.where(ran, matrix.em[rows, columns], 0.0),
            costs=np.where(ran[:, None], matrix.costs[rows, columns], 0.0),
            plans=tuple(matrix.columns[column] if column >= 0 else "illegal" for column in _listed(columns)),
        )

    @classmethod
    def of_shares(cls, matrix: Matrix, shares: Doubles) -> Self:
        """Return the mean over draws."""
        return cls(
            f1=baselines.taken(matrix.f1, shares),
            em=baselines.taken(matrix.em, shares),
            costs=(matrix.costs * shares[..., None]).sum(axis=1),
        )

    def at(self, places: Places) -> Got:
        """Return the part of some questions."""
        plans = tuple(self.plans[place] for place in _listed(places)) if self.plans else ()
        return replace(self, f1=self.f1[places], em=self.em[places], costs=self.costs[places], plans=plans)


def utility_of(got: Got, lam: float, components: Sequence[str], scale: Doubles, cost: str = CALLS) -> Doubles:
    """Return the utility of each question at a weight of one cost: ``[n]``."""
    return utilities(got.f1, got.costs, scale, along(lam, cost, components))


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants:
    """The best constants for n questions, chosen elsewhere, and the scale of the costs."""

    scale: Doubles
    """``[c]``."""
    overall: Mapping[float, Places]
    """By weight of calls, the column for each question: ``[n]``."""
    by_source: Mapping[float, Places]
    chosen_on: str
    along: Mapping[str, Mapping[float, Places]] = field(default_factory=dict[str, "Mapping[float, Places]"])
    """By each other cost, then its weight, the best of each source; empty where a policy alone tells the constants."""

    @classmethod
    def of(cls, found: Chosen, matrix: Matrix, chosen_on: str) -> Self:
        """Take constants that were chosen on a training table."""
        n = len(matrix.questions)
        return cls(
            scale=found.scale,
            overall={lam: np.full(n, found.overall[lam], np.int64) for lam in SWEEP},
            by_source={
                lam: np.array(
                    [found.by_source[lam].get(source, found.overall[lam]) for source in matrix.sources], np.int64
                )
                for lam in SWEEP
            },
            chosen_on=chosen_on,
            along={
                cost: {
                    lam: np.array([told.get(source, found.overall[lam]) for source in matrix.sources], np.int64)
                    for lam, told in by_weight.items()
                }
                for cost, by_weight in found.along.items()
            },
        )

    @classmethod
    def crossed(cls, matrix: Matrix) -> Self:
        """Choose for each half of the questions on the other half; where there is no other half, on what there is."""
        fold = np.array([fold_of(one.text) for one in matrix.questions])
        scale = scales(matrix.costs)
        overall = {lam: np.zeros(len(fold), np.int64) for lam in SWEEP}
        by_source = {lam: np.zeros(len(fold), np.int64) for lam in SWEEP}
        others = {
            cost: {lam: np.zeros(len(fold), np.int64) for lam in SWEEP} for cost in matrix.components if cost != CALLS
        }
        for one in FOLDS:
            here, there = np.flatnonzero(fold == one), np.flatnonzero(fold != one)
            keys = {matrix.questions[place].key for place in (there if len(there) else here)}
            other = cls.of(chosen(matrix.where(lambda asked, keys=keys: asked.key in keys), scale), matrix, CROSSED)
            for lam in SWEEP:
                overall[lam][here] = other.overall[lam][here]
                by_source[lam][here] = other.by_source[lam][here]
                for cost, columns in others.items():
                    columns[lam][here] = other.along[cost][lam][here]
        return cls(scale=scale, overall=overall, by_source=by_source, chosen_on=CROSSED, along=others)

    def at(self, places: Places) -> Constants:
        """Return the part of some questions."""
        return replace(
            self,
            overall={lam: columns[places] for lam, columns in self.overall.items()},
            by_source={lam: columns[places] for lam, columns in self.by_source.items()},
            along={
                cost: {lam: columns[places] for lam, columns in by_weight.items()}
                for cost, by_weight in self.along.items()
            },
        )

    def name(self, lam: float, columns: Sequence[str]) -> str:
        """Return the best constant at a weight of calls; both where the halves differ."""
        return " / ".join(dict.fromkeys(columns[place] for place in _listed(self.overall[lam])))


def _listed(places: Places) -> list[int]:
    return [int(place) for place in places]
