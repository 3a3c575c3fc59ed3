"""The planners that do not look: one workflow for every question."""

from __future__ import annotations

from typing import Final

from questline.agents.contract import Context, Decision, PlannerView, WorkflowPlanner

from .workflow import Workflow

__all__ = ["ConstantPlanner", "ForcedPlanner"]

_PLAIN: Final = Workflow.parse("R,AG")


class ConstantPlanner:
    """Run one workflow once, then take what it gave.

    A decomposition cannot stand below another: its sub-questions, and a question that it could not split, run ``R,AG``.
    """

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        """Choose the workflow at first, then keep its draft."""
        del context
        below = not view.top_level and self.workflow.is_decomposition
        return _once(view, _PLAIN if below else self.workflow, "constant")


class ForcedPlanner:
    """Run the workflow that the caller named for the question itself; another planner decides about its parts."""

    def __init__(self, workflow: Workflow, parts: WorkflowPlanner) -> None:
        self.workflow = workflow
        self.parts = parts

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        """Choose the forced workflow at first, then keep its draft."""
        if not view.top_level:
            return await self.parts.choose(view, context)
        return _once(view, self.workflow, "forced")


def _once(view: PlannerView, workflow: Workflow, decided_by: str) -> Decision:
    if view.draft is not None and not view.draft.abstained:
        return Decision(action="answer", decided_by=decided_by, reason=f"{workflow} gave an answer")
    unsplit = view.draft is None and not view.passages and not view.split
    if view.tried == (workflow,) and workflow.is_decomposition and unsplit:
        return Decision(workflow=_PLAIN, decided_by=decided_by, reason=f"{workflow} found nothing to split")
    if view.draft is not None or view.tried:
        return Decision(action="abstain", decided_by=decided_by, reason=f"{workflow} found no answer")
    return Decision(workflow=workflow, decided_by=decided_by, reason=f"always {workflow}")
