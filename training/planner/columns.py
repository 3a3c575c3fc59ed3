"""The columns of the table: eight workflows of a question, and decompositions whose parts run another workflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from questline.agents.workflow_planner.constant import ConstantPlanner
from questline.agents.workflow_planner.workflow import SUB_WORKFLOWS, TOP_WORKFLOWS, Workflow

__all__ = ["COLUMNS", "PLAIN", "SUB", "TOP", "Column"]

PLAIN: Final = "R,AG"
"""What each part of a decomposition runs in the eight columns of the top level."""


@dataclass(frozen=True, slots=True)
class Column:
    """A workflow of the question, and the one that all its sub-questions run."""

    workflow: Workflow
    below: Workflow

    @property
    def name(self) -> str:
        """``R,AG``, ``QDS``; ``QDS/R,DS,AG`` where the parts run anything but `PLAIN`."""
        return str(self.workflow) if str(self.below) == PLAIN else f"{self.workflow}/{self.below}"

    @property
    def parts(self) -> ConstantPlanner:
        """What decides about the sub-questions."""
        return ConstantPlanner(self.below)


_PLAIN: Final = Workflow.parse(PLAIN, top_level=False)
_ALL: Final = (
    *(Column(workflow, _PLAIN) for workflow in TOP_WORKFLOWS),
    *(
        Column(workflow, below)
        for workflow in TOP_WORKFLOWS
        if workflow.is_decomposition
        for below in SUB_WORKFLOWS
        if below != _PLAIN
    ),
)
COLUMNS: Final[dict[str, Column]] = {column.name: column for column in _ALL}
"""All twelve by name: eight of the top level, then two more for each decomposition."""
TOP: Final[tuple[str, ...]] = tuple(str(workflow) for workflow in TOP_WORKFLOWS)
"""The eight that a planner chooses from for a question."""
SUB: Final[dict[str, dict[str, str]]] = {
    top: {str(column.below): name for name, column in COLUMNS.items() if str(column.workflow) == top}
    for top in ("QDS", "QDP")
}
"""By decomposition, then by the workflow of all its parts: the column that holds it."""
