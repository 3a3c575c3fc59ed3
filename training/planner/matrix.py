"""A filled table as arrays: quality and costs of every run, by question and workflow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError

from .columns import TOP
from .folds import held_out
from .rewards import COMPONENTS
from .rows import Asked, Cell
from .seconds import Seconds
from .store import read_filled

__all__ = ["Matrix", "read_matrix"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """n questions, w workflows, c costs."""

    questions: tuple[Asked, ...]
    columns: tuple[str, ...]
    f1: NDArray[np.float64]
    """``[n, w]``, in [0, 1]."""
    em: NDArray[np.float64]
    """``[n, w]``."""
    costs: NDArray[np.float64]
    """``[n, w, c]``: tokens, US dollars, calls, seconds."""
    components: tuple[str, ...]
    """Names of the costs."""
    dropped: tuple[str, ...] = ()
    """Costs that are 0 in every run, and left out."""
    nominal: bool = False
    """Whether any of tokens, dollars and calls is a nominal charge."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The data set of each question."""
        return tuple(one.source for one in self.questions)

    def where(self, keep: Callable[[Asked], bool]) -> Matrix:
        """Return the part of some questions."""
        places = [place for place, one in enumerate(self.questions) if keep(one)]
        return replace(
            self,
            questions=tuple(self.questions[place] for place in places),
            f1=self.f1[places],
            em=self.em[places],
            costs=self.costs[places],
        )

    def split(self) -> tuple[Matrix, Matrix]:
        """Return the questions to choose on, and the fifth to measure on."""
        return self.where(lambda one: not held_out(one.text)), self.where(lambda one: held_out(one.text))

    @classmethod
    def of(
        cls, rows: Sequence[tuple[Asked, dict[str, Cell]]], seconds: Seconds, columns: Sequence[str] = TOP
    ) -> Matrix:
        """Make it of the questions that have every column.

        Raises:
            UsageError: ``bad_data`` when none has.
        """
        whole = [(asked, [cells[name] for name in columns]) for asked, cells in rows if cells.keys() >= set(columns)]
        if not whole:
            raise UsageError(f"no question of the table has all of {', '.join(columns)}", code="bad_data")
        costs = np.array(
            [[[one.tokens, one.usd, one.calls, seconds.of(one.work)] for one in cells] for _, cells in whole]
        )
        kept = [place for place in range(len(COMPONENTS)) if (costs[..., place] != 0).any()]
        return cls(
            questions=tuple(asked for asked, _ in whole),
            columns=tuple(columns),
            f1=np.array([[one.f1 for one in cells] for _, cells in whole]),
            em=np.array([[one.em for one in cells] for _, cells in whole]),
            costs=costs[..., kept],
            components=tuple(COMPONENTS[place] for place in kept),
            dropped=tuple(name for place, name in enumerate(COMPONENTS) if place not in kept),
            nominal=any(one.nominal for _, cells in whole for one in cells),
        )


def read_matrix(folder: Path, columns: Sequence[str] = TOP) -> Matrix:
    """Read a table.

    Raises:
        UsageError: ``file_not_found``, ``bad_table``, or ``bad_data`` for one that is not filled to the end.
    """
    about, rows = read_filled(folder)
    return Matrix.of(rows, Seconds.read(about["seconds"]), columns)
