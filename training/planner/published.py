"""MAO-ARAG as published, on the table: what each decision of an episode is worth to its reward (arXiv:2508.01005).

An episode is one choice among the eight workflows, then, after a decomposition, one among three for its parts. Both
turns get the same reward. What is ours: the parts decide together, since the table runs them alike, and an illegal plan
ends the question, where the released loop would ask again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.agents.workflow_planner.workflow import SUB_WORKFLOWS
from questline.errors import UsageError

from .columns import PLAIN, SUB, TOP
from .nominal import USD
from .rewards import Reading, Spent, checked, published
from .rows import Asked, Cell, spent_of

__all__ = ["ILLEGAL", "LEVELS", "WHOLE", "Payoffs", "column_of"]

Doubles: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]
WHOLE: Final[tuple[str, ...]] = (*TOP, *(name for names in SUB.values() for name in names.values() if "/" in name))
"""All columns: the eight, then those whose parts run anything but ``R,AG``."""
ILLEGAL: Final = -1
"""Place of a plan that runs nothing."""
LEVELS: Final = (len(TOP), len(SUB_WORKFLOWS))
"""Legal choices in the first turn, and in the second; after them one that is illegal."""
_BELOW: Final = tuple(str(workflow) for workflow in SUB_WORKFLOWS)


def column_of(top: int, below: int) -> int:
    """Return the place in `WHOLE` of a first choice and of the one for its parts (ignored without a decomposition)."""
    if top >= LEVELS[0]:
        return ILLEGAL
    name = TOP[top]
    if name not in SUB:
        return top
    return ILLEGAL if below >= LEVELS[1] else WHOLE.index(SUB[name][_BELOW[below]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Payoffs:
    """The published reward of every episode on n questions."""

    first: Doubles
    """``[n, 9]``: of a first choice that ends the question; NaN for a decomposition."""
    second: Mapping[int, Doubles]
    """By the place of a decomposition, ``[n, 4]``: of the choice for its parts."""

    @classmethod
    def of(cls, rows: Sequence[tuple[Asked, Mapping[str, Cell]]], alpha: float, reading: Reading = "text") -> Self:
        """Reward every run of a table.

        Args:
            rows: Questions with all twelve columns.
            alpha: Weight of the cost.
            reading: Which part of the paper the turn costs are taken from.

        Raises:
            UsageError: ``bad_data`` for a question that lacks a column, ``bad_argument`` as `published` does.
            RunError: For a reward that is no finite number.
        """
        if any(not cells.keys() >= set(WHOLE) for _, cells in rows):
            raise UsageError("the published recipe needs all twelve columns of the table", code="bad_data")

        def of(cell: Cell) -> float:
            return published(cell.f1, spent_of(cell), alpha=alpha, reading=reading)

        nothing = published(0.0, Spent(usd=0.0), alpha=alpha, legal=False)
        first = [[np.nan if name in SUB else of(cells[name]) for name in TOP] + [nothing] for _, cells in rows]
        second = {
            TOP.index(top): checked(
                np.array(
                    [
                        [of(cells[names[below]]) for below in _BELOW]
                        + [published(0.0, _split_alone(cells[names[PLAIN]]), alpha=alpha, legal=False, reading=reading)]
                        for _, cells in rows
                    ]
                ).reshape(len(rows), -1)
            )
            for top, names in SUB.items()
        }
        return cls(first=np.array(first).reshape(len(rows), -1), second=second)

    def of_choices(self, top: Places, below: Places) -> Doubles:
        """Return the reward of each episode: ``[n]``."""
        rows = np.arange(len(top))
        found = self.first[rows, top]
        for place, values in self.second.items():
            found = np.where(top == place, values[rows, below], found)
        return found

    def at(self, places: Places) -> Payoffs:
        """Return the part of some questions."""
        return Payoffs(
            first=self.first[places], second={place: values[places] for place, values in self.second.items()}
        )


def _split_alone(cell: Cell) -> Spent:
    """Return what a decomposition costs whose parts then run nothing."""
    top = cell.column
    return Spent(
        usd=USD["QDS"] if top == "QDS" else USD["QDP"], decomposition="QDS" if top == "QDS" else "QDP", parts=cell.parts
    )
