"""What a run saw: the numbers that a planner would be shown once its workflow has ended."""

from __future__ import annotations

from collections.abc import Mapping

from questline.agents.contract import Context, Decision, PlannerView, WorkflowPlanner
from questline.agents.workflow_planner.features import EVIDENCE, evidence

__all__ = ["Watch"]


class Watch:
    """A planner that decides as another one does, and keeps what it was shown last of the question itself.

    The graph asks its planner again after each workflow, so that this is what a planner that decides turn by turn sees.
    """

    def __init__(self, inner: WorkflowPlanner) -> None:
        self._inner = inner
        self.evidence: Mapping[str, float] = dict.fromkeys(EVIDENCE, 0.0)

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        """Decide; see `questline.agents.contract.WorkflowPlanner`."""
        if view.top_level:
            self.evidence = evidence(view)
        return await self._inner.choose(view, context)
