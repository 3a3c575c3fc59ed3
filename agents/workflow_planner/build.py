"""Make the planner that the caller asked for."""

from __future__ import annotations

from pathlib import Path

from questline.agents.contract import WorkflowPlanner
from questline.errors import UsageError

from .constant import ConstantPlanner, ForcedPlanner
from .llm import DECODINGS, Decoding, LLMPlanner
from .rule import RulePlanner
from .workflow import Workflow

__all__ = ["build"]


def build(planner: str | WorkflowPlanner, *, workflow: str | None = None) -> WorkflowPlanner:
    """Return the planner, by name or as it is, with the question's own workflow forced where one is given.

    Args:
        planner: As in ``--planner``: ``rule``, ``llm`` (also ``llm:choice``, ``llm:free``), ``constant:WORKFLOW``,
            ``trained`` (the one that ships) or ``trained:DIR``; or a planner of your own.
        workflow: As in ``--workflow``: run this for the question itself whatever the planner would choose; the planner
            then decides about sub-questions.

    Raises:
        UsageError: ``bad_planner`` for an unknown name, an object that cannot choose, or ``trained`` where none ships;
            ``bad_workflow`` for a workflow outside the grammar; ``file_not_found`` for a folder without a planner.
        RunError: ``damaged_model`` for a policy of another version, or a changed file.
    """
    chosen = _named(planner) if isinstance(planner, str) else planner
    if not callable(getattr(chosen, "choose", None)):
        raise UsageError(
            f"planner {planner!r} is neither a name nor has a method choose", code="bad_planner", argument="planner"
        )
    return chosen if workflow is None else ForcedPlanner(Workflow.parse(workflow), chosen)


def _named(name: str) -> WorkflowPlanner:
    kind, colon, argument = (part.strip() for part in name.partition(":"))
    if kind == "constant" and colon:
        return ConstantPlanner(Workflow.parse(argument))
    if not colon and kind == "rule":
        return RulePlanner()
    if kind == "llm":
        told = argument if colon else "schema"
        known: dict[str, Decoding] = {each: each for each in DECODINGS}
        decoding = known.get(told)
        if decoding is not None:
            return LLMPlanner(decoding)
    if kind == "trained" and bool(colon) == bool(argument):
        from .trained import TrainedPlanner, opened

        return TrainedPlanner(opened(Path(argument) if argument else None))
    raise UsageError(
        f"planner {name!r} is not one of rule, llm, llm:choice, llm:free, constant:WORKFLOW (such as constant:R,AG), "
        "trained, or trained:DIR (a folder that `agents train policy` wrote)",
        code="bad_planner",
        argument="planner",
    )
