"""Make a planner from its name."""

from __future__ import annotations

from questline.agents.contract import WorkflowPlanner
from questline.errors import UsageError

from .constant import ConstantPlanner, ForcedPlanner
from .llm import LLMPlanner
from .rule import RulePlanner
from .workflow import Workflow

__all__ = ["build"]


def build(name: str, *, workflow: str | None = None) -> WorkflowPlanner:
    """Return the planner called `name`: ``rule``, ``llm`` or ``constant:WORKFLOW``.

    Args:
        name: As in ``--planner``.
        workflow: As in ``--workflow``: run this for the question itself whatever the planner would choose; the planner
            then decides about sub-questions.

    Raises:
        UsageError: ``bad_planner`` for an unknown name, ``bad_workflow`` for a workflow outside the grammar.
    """
    planner = _planner(name)
    return planner if workflow is None else ForcedPlanner(Workflow.parse(workflow), planner)


def _planner(name: str) -> WorkflowPlanner:
    kind, colon, argument = (part.strip() for part in name.partition(":"))
    if kind == "constant" and colon:
        return ConstantPlanner(Workflow.parse(argument))
    if not colon and kind == "rule":
        return RulePlanner()
    if not colon and kind == "llm":
        return LLMPlanner()
    raise UsageError(
        f"planner {name!r} is not one of rule, llm, constant:WORKFLOW (such as constant:R,AG)",
        code="bad_planner",
        planner=name,
    )
