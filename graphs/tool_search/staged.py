"""The graph by parts: a plan that is only looked at, and the run of a plan that somebody gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from questline.agents.intents.values import Intents
from questline.agents.tool_planner.contract import Planned
from questline.agents.tool_planner.repair import Repaired, repair
from questline.agents.tool_planner.toolbox import Toolbox
from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.types import Answer, AnswerWarning, MissingPart, Plan

from .answering import STEPS
from .build import Compiled
from .given_needs import given_needs
from .state import SearchRun, SearchState, initial
from .values import Found

__all__ = ["Preview", "given_plan", "plan_only", "run_given"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would be called for a question."""

    intents: Intents
    found: Found
    planned: Planned
    warnings: tuple[AnswerWarning, ...] = ()

    @property
    def missing(self) -> tuple[MissingPart, ...]:
        """What no task serves."""
        return tuple(
            MissingPart(
                question=self.intents.items[each.intent].text,
                code=each.code,
                message=each.message,
                fields=each.fields,
            )
            for each in self.planned.unserved
        )


async def plan_only(graph: Compiled, run: SearchRun, question: str) -> Preview:
    """Run the graph up to the plan; nothing is called.

    Raises:
        UsageError: ``empty_query``.
        ModelError: A model failed and the run is strict.
    """
    state = await _run(graph, replace(run, routed=False, preview=True), initial(question))
    assert state["intents"] is not None
    assert state["found"] is not None
    assert state["planned"] is not None
    return Preview(intents=state["intents"], found=state["found"], planned=state["planned"], warnings=state["warnings"])


def given_plan(plan: Plan, definitions: Sequence[ToolDefinition], *, approve: bool) -> Repaired:
    """Return a plan that somebody wrote or changed, mended where a rule can.

    Args:
        plan: Of a user, or of a client.
        definitions: The tools there are.
        approve: Tools that may destroy something are allowed.

    Raises:
        UsageError: ``bad_plan`` with ``task``, ``field`` and ``reason``: it is empty, has a circle, an unknown tool, an
            argument or a reference that does not fit; ``not_allowed`` with ``task``, ``server`` and ``tool``: the tool
            needs an approval that nobody gave.
    """
    if not plan.tasks:
        raise UsageError("the plan has no task", code="bad_plan", field="tasks", reason="it is empty")
    toolbox = Toolbox(definitions)
    mended = repair(plan, toolbox, given=True)
    for task in mended.plan.tasks:
        tool = toolbox.get(task.server, task.tool)
        if tool is not None and tool.needs_approval and not approve:
            raise UsageError(
                f"the task {task.id!r} calls {tool.qualified}, which may destroy something, and nobody approved that",
                code="not_allowed",
                task=task.id,
                server=tool.server,
                tool=tool.name,
            )
    return mended


async def run_given(graph: Compiled, run: SearchRun, plan: Plan, question: str = "") -> Answer:
    """Run a plan that was checked, as it stands, and compose the answer: a call that fails is missing, not replaced.

    Args:
        graph: Of tool search.
        run: What it may use.
        plan: Of `given_plan`.
        question: What it answers; the needs of its tasks where left out.

    Raises:
        QuestlineError: A failure that left nothing to answer with; any failure of a model when the run is strict.
    """
    intents, planned = given_needs(plan)
    given = {
        **initial(question.strip() or " ".join(dict.fromkeys(intents.texts))),
        "intents": intents,
        "found": Found(candidates=((),) * len(intents.items)),
        "planned": planned,
    }
    answer = (await _run(graph, replace(run, given=True), given))["answer"]
    assert answer is not None
    return answer


async def _run(graph: Compiled, run: SearchRun, state: dict[str, Any]) -> SearchState:
    values = await cast("Any", graph).ainvoke(state, {"recursion_limit": STEPS}, context=run)
    return cast("SearchState", {"warnings": (), "entries": (), **values})
