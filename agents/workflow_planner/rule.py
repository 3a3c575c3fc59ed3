"""The planner without a model: the question's shape, what was found, and what is left decide.

For each shape of question there is a ladder of workflows, climbed only as far as needed: the first one that was not
tried and that the budget carries runs, until a draft is good enough.

The ladders differ by backend. Those of the embedded one are what is best by F1 and calls on the table of
`mixed_train`, by executors that had not seen the questions: a chain gets .355 for 3.8 calls by ``R,DS,AG`` and, where
that is weak, ``QDS`` (``R,AG`` first: .344 for 3.8), a comparison .849 for 3.1 by ``R,DS,AG`` and then ``QDP`` (``QDP``
at once: .834 for 4.0); a weak single fact gains nothing from a second search.
"""

from __future__ import annotations

from typing import Final

from questline.agents.contract import Context, Decision, PlannerView
from questline.tools import decomposition
from questline.types import Expected

from .cost import estimate, fits
from .workflow import Workflow

__all__ = ["ENOUGH", "RulePlanner", "enough"]

ENOUGH: Final = 0.3
"""Confidence of a draft from which on more searching is not worth its price."""
_ENOUGH_EMBEDDED: Final = {"single": 0.0, "bridge": 0.4, "comparison": 0.6}
"""The same for the embedded backend, by shape, where it differs."""


def _ladder(*texts: str) -> tuple[Workflow, ...]:
    return tuple(Workflow.parse(text) for text in texts)


_PLAIN: Final = Workflow.parse("R,AG")
_CLOSED: Final = Workflow.parse("AG")
_HARDER: Final = ("QR,R,DS,AG", "QR,R,AG", "R,DS,AG")
_WITH_LLM: Final = {
    "single": _ladder("R,AG", *_HARDER),
    "bridge": _ladder("QDS", "R,AG", *_HARDER),
    "comparison": _ladder("QDP", "R,AG", *_HARDER),
    "aggregate": _ladder("QDP", "R,AG", *_HARDER),
}
_EMBEDDED: Final = {
    "single": _ladder("R,DS,AG", "QR,R,AG"),
    "bridge": _ladder("R,DS,AG", "QDS"),
    "comparison": _ladder("R,DS,AG", "QDP"),
    "aggregate": _ladder("R,DS,AG", "QDP", "QR,R,AG"),
}
_PART: Final = _ladder("R,AG", "R,DS,AG")
_SHAPES: Final[dict[str, str]] = {
    "single": "it asks for a single fact",
    "bridge": "it asks about something that must be found first",
    "comparison": "it compares things that can be looked up side by side",
    "aggregate": "it asks about several things that can be looked up side by side",
}
_DOES: Final[dict[str, str]] = {
    "QDS": "split it into steps",
    "QDP": "ask both sides at once",
    "QR": "rewrite the query",
    "R": "search",
    "DS": "drop useless passages",
}


class RulePlanner:
    """Decide by rule; the same view and budget give the same decision."""

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        """Decide the next turn; see `questline.agents.contract.WorkflowPlanner`."""
        shape = decomposition.shape(view.question) if view.top_level else "single"
        embedded = not view.llm and (context.llm is None or not context.llm.serves("select"))
        least = _ENOUGH_EMBEDDED.get(shape, ENOUGH) if embedded else ENOUGH
        settled = enough(view, decided_by="rule", least=least)
        if settled is not None:
            return settled
        if not view.documents:
            return _without_documents(view, context)
        ladder = (_EMBEDDED if embedded else _WITH_LLM)[shape] if view.top_level else _PART
        return _climb(ladder, view, shape, context)


def enough(view: PlannerView, *, decided_by: str, least: float = ENOUGH) -> Decision | None:
    """Return the decision to keep the draft when its confidence is at least `least`, else None."""
    draft = view.draft
    if draft is None or draft.abstained or draft.confidence < least:
        return None
    cited = len({citation.evidence_id for citation in draft.citations})
    reason = f"the draft is good enough: confidence {draft.confidence:.2f}, {_count(cited, 'passage')} cited"
    return Decision(action="answer", decided_by=decided_by, reason=reason, rule=f"confidence of at least {least:g}")


def _without_documents(view: PlannerView, context: Context) -> Decision:
    rule = "without documents"
    if view.tried:
        return _give_in(view, "there are no documents to look into", rule)
    if view.llm and context.closed_book:
        return _run(_CLOSED, "there are no documents: the model answers from memory", rule)
    return _run(_PLAIN, "answering needs documents", rule)  # R then says that there is no index


def _climb(ladder: tuple[Workflow, ...], view: PlannerView, shape: str, context: Context) -> Decision:
    """Take the first step of `ladder` that was not tried and can be paid for."""
    problem = _problem(view) if view.tried else _SHAPES[shape]
    steps = _untried(ladder, view.tried)
    name = shape if view.top_level else "sub-question"
    too_dear = ""
    for workflow in steps:
        if fits(workflow, context):
            rule = f"{name}, step {ladder.index(workflow) + 1} of {len(ladder)}"
            reason = f"{problem}{too_dear}: {_what(workflow)}"
            return _run(workflow, reason, rule, _expected(workflow, ladder, steps, context))
        too_dear = too_dear or f", but the budget does not carry {workflow} ({_price(workflow, context)})"
    if not view.tried:  # the budget may still end it
        told = _expected(_PLAIN, ladder, steps, context)
        return _run(_PLAIN, f"{problem}{too_dear}: the cheapest search", f"{name}, beyond the budget", told)
    if steps:
        why = f"{problem}, and the budget does not carry another workflow"
        return _give_in(view, why, f"{name}, beyond the budget")
    return _give_in(view, f"{problem}, and every workflow that could help was tried", f"{name}, all steps tried")


def _expected(
    chosen: Workflow, ladder: tuple[Workflow, ...], steps: tuple[Workflow, ...], context: Context
) -> tuple[Expected, ...]:
    """Return what each step of a ladder will roughly cost, the chosen one first; rules know no expected F1."""
    found: list[Expected] = []
    for workflow in dict.fromkeys((chosen, *ladder)):
        cost = estimate(workflow, context)
        told = {"calls": float(cost.calls), "tokens": float(cost.tokens), "seconds": round(cost.seconds, 3)}
        open_ = (workflow == chosen or workflow in steps) and fits(workflow, context)
        found.append(Expected(choice=str(workflow), cost=told, open=open_))
    return tuple(found)


def _untried(ladder: tuple[Workflow, ...], tried: tuple[Workflow, ...]) -> tuple[Workflow, ...]:
    """Return the open steps; where a rewritten search found nothing, the same one with fewer steps does not either."""
    rewritten = any(workflow.tokens[0] == "QR" for workflow in tried)
    return tuple(
        workflow for workflow in ladder if workflow not in tried and not (rewritten and str(workflow) in _HARDER)
    )


def _problem(view: PlannerView) -> str:
    passages = _count(len(view.passages), "passage")
    if view.draft is None or view.draft.abstained:
        return f"{view.tried[-1]} found no answer in {passages}"
    return f"{view.tried[-1]} gave a weak answer (confidence {view.draft.confidence:.2f}) from {passages}"


def _what(workflow: Workflow) -> str:
    return ", ".join(_DOES[token] for token in workflow.tokens if token in _DOES)


def _give_in(view: PlannerView, reason: str, rule: str) -> Decision:
    if view.draft is not None and not view.draft.abstained:
        return Decision(action="answer", decided_by="rule", reason=f"{reason}: the weak draft stands", rule=rule)
    return Decision(action="abstain", decided_by="rule", reason=reason, rule=rule)


def _run(workflow: Workflow, reason: str, rule: str, expected: tuple[Expected, ...] = ()) -> Decision:
    return Decision(workflow=workflow, decided_by="rule", reason=reason, rule=rule, expected=expected)


def _price(workflow: Workflow, context: Context) -> str:
    cost = estimate(workflow, context)
    return f"about {_count(cost.calls, 'call')}, {cost.tokens:,} tokens, {cost.seconds:.1f} s"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
