"""The planners that do not look: one workflow for every question."""

from __future__ import annotations

from typing import Final

from questline.agents.contract import Context, Decision, PlannerView, WorkflowPlanner

from .workflow import Workflow

__all__ = ["ConstantPlanner", "ForcedPlanner"]

_PART: Final = Workflow.parse("R,AG", top_level=False)


class ConstantPlanner:
    """Run one workflow once, then take what it gave; where there was nothing to split, run `part` instead.

    Args:
        workflow: For the user's question.
        part: For sub-questions; left out, it is `workflow` itself where that is legal below, else ``R,AG``.
    """

    def __init__(self, workflow: Workflow, *, part: Workflow | None = None) -> None:
        self.workflow = workflow
        self.part = part or (_PART if workflow.is_decomposition else workflow)

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        """Choose the workflow at first, then keep its draft."""
        del context
        return _once(view, self.workflow if view.top_level else self.part, self.part, "constant")


class ForcedPlanner:
    """Run the workflow that the caller named for the question itself; another planner decides about its parts."""

    def __init__(self, workflow: Workflow, parts: WorkflowPlanner | None = None) -> None:
        self.workflow = workflow
        self.parts: WorkflowPlanner = parts or ConstantPlanner(_PART)

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        """Choose the forced workflow at first, then keep its draft."""
        if not view.top_level:
            return await self.parts.choose(view, context)
        return _once(view, self.workflow, _PART, "forced")


def _once(view: PlannerView, workflow: Workflow, part: Workflow, decided_by: str) -> Decision:
    if view.draft is not None and not view.draft.abstained:
        return Decision(action="answer", decided_by=decided_by, reason=f"{workflow} gave an answer")
    if view.tried == (workflow,) and workflow.is_decomposition and view.draft is None and not view.passages:
        return Decision(workflow=part, decided_by=decided_by, reason=f"{workflow} found nothing to split")
    if view.draft is not None or view.tried:
        return Decision(action="abstain", decided_by=decided_by, reason=f"{workflow} found no answer")
    return Decision(workflow=workflow, decided_by=decided_by, reason=f"always {workflow}")
