"""From the end of a run to the answer: its text, citations, evidence, status and warnings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from questline.agents.contract import Draft
from questline.agents.workflow_planner.rule import ENOUGH
from questline.budget import Meter
from questline.tools.models.gateway import Gateway
from questline.tools.text import join_cited
from questline.types import (
    Answer,
    AnswerStatus,
    AnswerWarning,
    Citation,
    Evidence,
    Ledger,
    LedgerEntry,
    Plan,
    Usage,
)

from .decompose import summary_id
from .nodes import usable
from .state import PartResult, Run, RunState
from .steps import budget_warning

__all__ = ["EXTRACTIVE", "NOTHING", "compose", "unfinished"]

EXTRACTIVE: Final = AnswerWarning(
    code="extractive",
    message="This answer is made of sentences from your documents, without a language model. For written answers "
    "configure one: --model openai:NAME, --model anthropic:NAME, or --model NAME --base-url URL for any "
    "OpenAI-compatible server.",
)
"""Said once on every answer of the embedded backend where no language model is configured."""
_UNSUPPORTED: Final = AnswerWarning(
    code="unsupported_answer",
    message="The answer cites none of the passages that were found: check it before you rely on it.",
)
_ROUNDING_USD: Final = 1e-12
NOTHING: Final = "No answer was found: nothing in the documents supports one."
"""What an answer says that the documents do not give."""
_NO_TIME: Final = "The budget was used up before an answer was found."
_UNSEARCHED: Final = (
    "No answer was found: the documents were not searched, and no language model is there to answer from memory."
)


def compose(state: RunState, run: Run) -> Answer:
    """Make the answer of what the run has found."""
    draft, rescued = _final_draft(state)
    status = _status(state, draft, rescued=rescued)
    unsupported, unchained = _unsupported(state, draft), _unchained(state, draft)
    if (unsupported or unchained) and status == "complete":
        status = "partial"
    shown = draft or Draft(text=_without_answer(state, status))
    evidence = _evidence(state, shown.citations)
    known = {item.id for item in evidence}
    backend = state["backend"]
    warnings = state["warnings"]
    if state["stopped"] and all(warning.code != "budget_exhausted" for warning in warnings):
        warnings = (*warnings, budget_warning(state["stopped"], run.context))
    if unsupported:
        warnings = (*warnings, _UNSUPPORTED)
    if status == "partial" and not state["stopped"]:
        warnings = (*warnings, *_open_parts(state))
    warnings = (*warnings, *_unpriced(state, run))
    if run.extractive and draft is not None:
        warnings = (*warnings, EXTRACTIVE)
    return Answer(
        question=state["asked"],
        text=shown.text,
        short=shown.short,
        status=status,
        confidence=shown.confidence,
        citations=tuple(citation for citation in shown.citations if citation.evidence_id in known),
        evidence=evidence,
        plan=Plan(tasks=state["tasks"]),
        ledger=Ledger(
            entries=(*state["entries"], *unfinished(state["entries"], run.context.meter)),
            wall_s=run.context.meter.elapsed_s,
        ),
        warnings=warnings,
        backend="embedded" if backend == "none" and run.extractive else backend,
        standalone_question=state["question"] if state["history"] else "",
        why=state["why"],
    )


def _without_answer(state: RunState, status: AnswerStatus) -> str:
    """Say why there is no answer."""
    if status == "budget_exhausted":
        return _NO_TIME
    searched = any(entry.step == "R" for entry in state["entries"])
    return NOTHING if searched or state["backend"] == "llm" else _UNSEARCHED


def _final_draft(state: RunState) -> tuple[Draft | None, bool]:
    """Return the answer to show, if there is one, and whether it is only what could be saved of a run cut short."""
    draft = state["draft"]
    if state["verdict"] == "abstain":
        return None, False
    if usable(draft):
        return draft, state["drafted"] == "rescue"
    done = _done(state)
    if done and (state["stopped"] or len(done) < len(state["results"])):
        return _joined(done), False
    return None, False


def _summed_up(state: RunState) -> bool:
    return bool(state["results"]) and state["drafted"] == summary_id(state)


def _done(state: RunState) -> tuple[PartResult, ...]:
    return tuple(result for result in state["results"] if result.status == "done")


def _status(state: RunState, draft: Draft | None, *, rescued: bool) -> AnswerStatus:
    if state["stopped"]:
        return "partial" if draft is not None and not rescued else "budget_exhausted"
    if draft is None:
        return "abstained"
    from_parts = _summed_up(state) or not usable(state["draft"])
    return "partial" if from_parts and len(_done(state)) < len(state["results"]) else "complete"


def _unsupported(state: RunState, draft: Draft | None) -> bool:
    """Say whether passages were found and the answer cites none of them."""
    if draft is None or not state["found"]:
        return False
    known = {passage.id for passage in state["found"]}
    return not any(citation.evidence_id in known for citation in draft.citations)


def _unchained(state: RunState, draft: Draft | None) -> bool:
    """Say whether a split of the question came to nothing and the answer is a draft of before, or a weak one."""
    if draft is None or not state["results"] or draft is not state["draft"]:
        return False
    if state["drafted"] in {summary_id(state), "rescue"}:
        return False
    summed_up = any(task.id == summary_id(state) and task.status == "done" for task in state["tasks"])
    if summed_up and len(_done(state)) == len(state["results"]):
        return False
    order = [task.id for task in state["tasks"]]
    before = state["drafted"] in order[: order.index(state["split"])] if state["split"] in order else True
    return before or draft.confidence < ENOUGH


def _open_parts(state: RunState) -> tuple[AnswerWarning, ...]:
    """Say which parts of the question found no answer."""
    asked = [repr(result.question) for result in state["results"] if result.status == "abstained"]
    what = f"no answer was found to {', '.join(asked)}" if asked else "the parts of the question add up to no answer"
    message = f"{what}: check what is shown before you rely on it."
    return (AnswerWarning(code="open_part", message=message),) if state["results"] else ()


def _unpriced(state: RunState, run: Run) -> tuple[AnswerWarning, ...]:
    """Warn when the budget bounds US dollars and a model without a known price was used: its tokens count as free."""
    llm = run.context.llm
    if run.context.meter.budget.usd is None or not isinstance(llm, Gateway):
        return ()
    used = {entry.model for entry in state["entries"] if entry.usage.tokens and not entry.usage.usd}
    names = sorted(used & llm.prices.unpriced)
    if not names:
        return ()
    message = f"no price is known for {', '.join(names)}, so the limit in USD does not bound it; set one under [prices]"
    return (AnswerWarning(code="unpriced_model", message=message),)


def _joined(results: Sequence[PartResult]) -> Draft:
    """Join the parts' answers; the whole is as sure as its least sure part."""
    drafts = [result.draft for result in results if result.draft is not None]
    text, citations = join_cited((draft.text, draft.citations) for draft in drafts)
    return Draft(text=text, citations=citations, confidence=min((draft.confidence for draft in drafts), default=0.0))


def unfinished(entries: Sequence[LedgerEntry], meter: Meter, *, step: str = "unfinished") -> tuple[LedgerEntry, ...]:
    """Return what was charged and stands in no entry: what steps spent that were cancelled before they could say so."""
    total, spent = Ledger(entries=tuple(entries)).total, meter.own
    usage = Usage(
        calls=max(0, spent.calls - total.calls),
        tokens_in=max(0, spent.tokens_in - total.tokens_in),
        tokens_out=max(0, spent.tokens_out - total.tokens_out),
        usd=spent.usd - total.usd if spent.usd - total.usd > _ROUNDING_USD else 0.0,
    )
    return () if usage == Usage() else (LedgerEntry(step=step, usage=usage, detail="steps that were cancelled"),)


def _evidence(state: RunState, citations: Sequence[Citation]) -> tuple[Evidence, ...]:
    """Return what is cited, in the order of the citations, then what else the drafts were written from."""
    found = {passage.id: passage for passage in state["found"]}
    order = dict.fromkeys((*(citation.evidence_id for citation in citations), *(state["read"] or found)))
    return tuple(Evidence.of(found[name]) for name in order if name in found)
