"""What the planner would do first with a question, and why: nothing is searched and nothing is answered."""

from __future__ import annotations

from questline.agents.contract import PlannerView
from questline.errors import BudgetExceeded
from questline.types import Usage, Why

from .nodes import explained
from .state import Run
from .steps import perform

__all__ = ["preview"]


async def preview(run: Run, question: str) -> tuple[Why, Usage]:
    """Return the planner's first decision and what deciding took; only the planner ``llm`` asks a model for it.

    Raises:
        QuestlineError: What the planner raises, ``budget_exceeded`` where the budget does not even carry the decision.
    """
    view = PlannerView(question=question, llm=run.served("generate"), documents=run.context.retriever is not None)
    outcome = await perform(run.context, "planner", "q1", lambda: run.planner.choose(view, run.context))
    if outcome.value is None:
        if outcome.error is not None:
            raise outcome.error
        raise BudgetExceeded("the budget does not carry the planner's decision", limit=outcome.limit)
    return explained(outcome.value, "q1"), outcome.entry.usage
