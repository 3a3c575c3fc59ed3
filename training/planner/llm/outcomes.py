"""What comes of workflows on a question, one after another: read from a filled table, or run when it is asked for.

After several workflows the surest answer is held, a later one of equals, as the graph does it
(`questline.graphs.adaptive_rag.nodes.better`); the passages of all are shown by the larger of each number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from questline.agents.workflow_planner.features import EVIDENCE, agreement
from questline.agents.workflow_planner.rule import ENOUGH
from questline.agents.workflow_planner.workflow import TOP_WORKFLOWS, Workflow
from questline.errors import UsageError
from questline.training.planner.columns import SUB, TOP
from questline.training.planner.rewards import COMPONENTS, Component, scales
from questline.training.planner.rows import Asked, Cell
from questline.training.planner.seconds import Seconds
from questline.training.planner.store import read_filled

__all__ = ["DEPTH", "Held", "Outcomes", "Table", "held"]

Doubles = NDArray[np.float64]

DEPTH: Final = 3
"""Workflows of one question, at most."""
_OF_DRAFT: Final = ("drafted", "confidence", "cited", "short", "gap")


class Outcomes(Protocol):
    """Runs of workflows on questions."""

    @property
    def questions(self) -> Sequence[Asked]:
        """The questions, by place."""
        ...

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the costs."""
        ...

    @property
    def scale(self) -> Doubles:
        """What each cost is divided by: ``[c]``."""
        ...

    def cell(self, question: int, column: str) -> Cell:
        """Return the run of a column (`questline.training.planner.columns`)."""
        ...

    def costs(self, cell: Cell) -> Doubles:
        """Return what a run cost, in units of the scale: ``[c]``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Where a question stands after some workflows."""

    taken: tuple[Workflow, ...]
    seen: Mapping[str, float]
    """By name of `features.EVIDENCE`."""
    f1: float
    """Of the answer that is held; 0 where there is none."""
    cells: tuple[Cell, ...]

    @property
    def drafted(self) -> bool:
        """Whether an answer is held."""
        return self.seen["drafted"] > 0

    @property
    def settled(self) -> bool:
        """Whether the planner keeps the answer without asking its model (`rule.enough`), or may run no more."""
        return (self.drafted and self.seen["confidence"] >= ENOUGH) or len(self.taken) >= DEPTH

    @property
    def calls(self) -> int:
        """Calls so far."""
        return sum(cell.calls for cell in self.cells)

    @property
    def tokens(self) -> int:
        """Tokens so far."""
        return sum(cell.tokens for cell in self.cells)


def held(outcomes: Outcomes, question: int, taken: Sequence[Workflow]) -> Held:
    """Return where a question stands after workflows of the top level, in their order."""
    cells = tuple(outcomes.cell(question, str(workflow)) for workflow in taken)
    seen = dict.fromkeys(EVIDENCE, 0.0)
    best: Cell | None = None
    for cell in cells:
        seen = {name: max(value, cell.evidence[name]) for name, value in seen.items()}
        if cell.evidence["drafted"] and (best is None or cell.evidence["confidence"] >= best.evidence["confidence"]):
            best = cell
    seen |= {name: 0.0 if best is None else best.evidence[name] for name in _OF_DRAFT if name != "gap"}
    seen["agreement"] = 0.0
    if best is not None:
        seen["gap"] = best.evidence["gap"]
        others = [cell for cell in cells if cell is not best and cell.evidence["drafted"]]
        agreed = [agreement(best.answer, other.answer) for other in others]
        seen["agreement"] = sum(agreed) / len(agreed) if agreed else 0.0
    return Held(taken=tuple(taken), seen=seen, f1=0.0 if best is None else best.f1, cells=cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A filled table."""

    questions: tuple[Asked, ...]
    components: tuple[str, ...]
    scale: Doubles
    cells: tuple[Mapping[str, Cell], ...]
    seconds: Seconds
    about: Mapping[str, object] = field(default_factory=dict[str, object])

    @classmethod
    def of(
        cls,
        rows: Sequence[tuple[Asked, Mapping[str, Cell]]],
        seconds: Seconds,
        about: Mapping[str, object] | None = None,
    ) -> Self:
        """Make it of the questions that have every column of the top level.

        Raises:
            UsageError: ``bad_data`` when none has, ``bad_table`` for runs that hold other numbers of the evidence.
        """
        whole = [(asked, cells) for asked, cells in rows if cells.keys() >= set(TOP)]
        if not whole:
            raise UsageError(f"no question of the table has all of {', '.join(TOP)}", code="bad_data")
        every = [cell for _, cells in whole for cell in cells.values()]
        if any(set(cell.evidence) != set(EVIDENCE) for cell in every):
            raise UsageError("the table's runs hold other features; fill it anew", code="bad_table")
        costs = np.array([_costs(cell, seconds) for _, cells in whole for cell in (cells[name] for name in TOP)])
        kept = [place for place in range(len(COMPONENTS)) if (costs[:, place] != 0).any()]
        return cls(
            questions=tuple(asked for asked, _ in whole),
            components=tuple(COMPONENTS[place] for place in kept),
            scale=scales(costs[:, kept]),
            cells=tuple(cells for _, cells in whole),
            seconds=seconds,
            about=about or {},
        )

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a table.

        Raises:
            UsageError: ``file_not_found``, ``bad_table``, or ``bad_data`` for one that is not filled to the end.
        """
        about, rows = read_filled(folder)
        return cls.of(rows, Seconds.read(about["seconds"]), about)

    def cell(self, question: int, column: str) -> Cell:
        """Return the run of a column."""
        return self.cells[question][column]

    def costs(self, cell: Cell) -> Doubles:
        """Return what a run cost: ``[c]``."""
        told = dict(zip(COMPONENTS, _costs(cell, self.seconds), strict=True))
        return np.array([told[_component(name)] for name in self.components]) / self.scale

    def splits(self, question: int) -> tuple[str, ...]:
        """Return the decompositions whose parts were run in every way."""
        return tuple(top for top, ways in SUB.items() if self.cells[question].keys() >= set(ways.values()))


def _component(name: str) -> Component:
    return next(each for each in COMPONENTS if each == name)


def _costs(cell: Cell, seconds: Seconds) -> tuple[float, float, float, float]:
    return float(cell.tokens), cell.usd, float(cell.calls), seconds.of(cell.work)


RETRIEVING: Final = tuple(each for each in TOP_WORKFLOWS if each.retrieves or each.is_decomposition)
"""What is open before the first search, where no answer from memory is allowed."""
