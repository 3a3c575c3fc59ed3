"""The planner without a model: the question's shape, what was found, and what is left decide.

A ladder, climbed only as far as needed: a decomposition when the question has that shape and the budget carries it,
else ``R,AG``; after a weak draft or none ``QR,R,DS,AG`` (or the largest part of it that can be paid for), then the
decomposition that fits the shape; then the best draft there is, or nothing.
"""

from __future__ import annotations

from typing import Final

from questline.agents.contract import Context, Decision, PlannerView
from questline.tools import decomposition

from .cost import estimate, fits
from .workflow import Workflow

__all__ = ["ENOUGH", "RulePlanner", "enough"]

ENOUGH: Final = 0.3
"""Confidence of a draft from which on more searching is not worth its price."""

_PLAIN: Final = Workflow.parse("R,AG")
_CLOSED: Final = Workflow.parse("AG")
_SPLITS: Final[dict[str, Workflow]] = {
    "comparison": Workflow.parse("QDP"),
    "bridge": Workflow.parse("QDS"),
    "aggregate": Workflow.parse("QDP"),
}
_WHY_SPLIT: Final[dict[str, str]] = {
    "comparison": "it compares things that can be looked up side by side",
    "bridge": "it asks about something that must be found first",
    "aggregate": "it asks about several things that can be looked up side by side",
}
_HARDER: Final = tuple(Workflow.parse(text) for text in ("QR,R,DS,AG", "QR,R,AG", "R,DS,AG"))
_HARDER_PART: Final = (Workflow.parse("R,DS,AG", top_level=False),)


class RulePlanner:
    """Decide by rule; the same view and budget give the same decision."""

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        """Decide the next turn; see `questline.agents.contract.WorkflowPlanner`."""
        settled = enough(view, decided_by="rule")
        if settled is not None:
            return settled
        if not view.documents:
            return _without_documents(view, context)
        shape = decomposition.shape(view.question) if view.top_level else "single"
        return _first(shape, context) if not view.tried else _next(view, shape, context)


def enough(view: PlannerView, *, decided_by: str) -> Decision | None:
    """Return the decision to keep the draft when it is good enough, else None."""
    draft = view.draft
    if draft is None or draft.abstained or draft.confidence < ENOUGH:
        return None
    cited = len({citation.evidence_id for citation in draft.citations})
    reason = f"the draft is good enough: confidence {draft.confidence:.2f}, {_count(cited, 'passage')} cited"
    return Decision(action="answer", decided_by=decided_by, reason=reason)


def _without_documents(view: PlannerView, context: Context) -> Decision:
    if view.tried:
        return _give_in(view, "there are no documents to look into")
    if view.llm and context.closed_book:
        return _run(_CLOSED, "there are no documents: the model answers from memory")
    return _run(_PLAIN, "answering needs documents")  # R then says that there is no index


def _first(shape: str, context: Context) -> Decision:
    split = _SPLITS.get(shape)
    if split is None:
        return _run(_PLAIN, "a single fact: one search")
    why = _WHY_SPLIT[shape]
    if fits(split, context):
        return _run(split, why)
    return _run(_PLAIN, f"{why}, but {split} needs {_price(split, context)} and the budget has less left: one search")


def _next(view: PlannerView, shape: str, context: Context) -> Decision:
    """Take the first step up the ladder that was not tried and can be paid for."""
    problem = _problem(view)
    split = _SPLITS.get(shape)
    ladder = (*_HARDER, *([split] if split else [])) if view.top_level else _HARDER_PART
    if view.tried[-1].is_decomposition:
        ladder = (_PLAIN, *ladder)
    if any(workflow.tokens[0] == "QR" for workflow in view.tried):
        # A rewritten search that found nothing is not mended by the same search with fewer steps.
        ladder = tuple(workflow for workflow in ladder if workflow not in _HARDER)
    open_steps = [workflow for workflow in ladder if workflow not in view.tried]
    for workflow in open_steps:
        if fits(workflow, context):
            return _run(workflow, f"{problem}: {_what(workflow)}")
    if open_steps:
        return _give_in(view, f"{problem}, and the budget does not carry another workflow")
    return _give_in(view, f"{problem}, and every workflow that could help was tried")


def _problem(view: PlannerView) -> str:
    passages = _count(len(view.passages), "passage")
    if view.draft is None or view.draft.abstained:
        return f"{view.tried[-1]} found no answer in {passages}"
    return f"{view.tried[-1]} gave a weak answer (confidence {view.draft.confidence:.2f}) from {passages}"


def _what(workflow: Workflow) -> str:
    if workflow.is_decomposition:
        return "split the question"
    parts = {"QR": "search with a rewritten query", "DS": "drop useless passages"}
    return " and ".join(parts[token] for token in workflow.tokens if token in parts) or "one search"


def _give_in(view: PlannerView, reason: str) -> Decision:
    if view.draft is not None and not view.draft.abstained:
        return Decision(action="answer", decided_by="rule", reason=f"{reason}: the weak draft stands")
    return Decision(action="abstain", decided_by="rule", reason=reason)


def _run(workflow: Workflow, reason: str) -> Decision:
    return Decision(workflow=workflow, decided_by="rule", reason=reason)


def _price(workflow: Workflow, context: Context) -> str:
    cost = estimate(workflow, context)
    return f"about {_count(cost.calls, 'call')}, {cost.tokens:,} tokens and {cost.seconds:.0f} s"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
