"""The nodes after the run of a plan: the answer, and what could be asked next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from langgraph.runtime import Runtime

from questline.agents.composer.contract import Composed
from questline.errors import RunError, UsageError
from questline.graphs.adaptive_rag.compose import unfinished
from questline.graphs.adaptive_rag.state import Update, merge_warnings
from questline.types import Answer, AnswerWarning, Backend, Ledger, LedgerEntry, Plan, Usage

from .ending import answer_of, findings_of, missing_of, plainly
from .outcomes import PlanRun
from .own_documents import open_parts
from .state import SearchRun, SearchState, Suggest
from .steps import LONGEST_S, compose_reserve_s, left_s, timed
from .values import Ran

__all__ = ["compose", "suggest"]

_LAST_S: Final = 0.06
"""What composing may take although the deadline has come: the answer is there 100 ms after it."""
_SUGGEST_S: Final = 1.5
_SUGGEST_LEAST_S: Final = 0.2


async def compose(state: SearchState, runtime: Runtime[SearchRun]) -> Update:
    """Write the answer: without a model where one takes too long; where there is no time, name what is missing."""
    run, context, intents = runtime.context, runtime.context.context, state["intents"]
    assert intents is not None
    ran = state["ran"] or _nothing(state)
    findings, missing = findings_of(ran), missing_of(intents, state["found"], ran)
    if run.documents:
        lost = {each.intent for each in missing}
        missing = (*missing, *(each for each in open_parts(intents, ran) if each.intent not in lost))
    composed: Composed | None = None
    entries: tuple[LedgerEntry, ...] = ()
    warnings: tuple[AnswerWarning, ...] = ()
    left = min(LONGEST_S, left_s(context))
    spare = compose_reserve_s(context, llm=False)
    minds = [(run.compose, left - spare)] if run.composing and left > 2 * spare and findings else []
    for mind, seconds in [*minds, (run.compose_plainly, max(_LAST_S, left))]:
        left_now = min(seconds, max(_LAST_S, left_s(context)))
        step = await timed(
            context,
            "composer",
            mind(state["question"], intents, findings, missing, deadline_s=left_now),
            seconds=left_now,
            detail=lambda made: " ".join(made.text.split())[:120],
        )
        entries, warnings, composed = (*entries, step.entry), (*warnings, *step.warnings), step.value
        if composed is not None:
            break
    written = composed or plainly(intents, missing)
    done: SearchState = {
        **state,
        "ran": ran,
        "composed": written,
        "entries": (*state["entries"], *entries),
        "warnings": merge_warnings(state["warnings"], warnings),
    }
    return {
        "entries": entries,
        "warnings": warnings,
        "ran": ran,
        "composed": written,
        "answer": answer_of(done, run),
    }


def _nothing(state: SearchState) -> Ran:
    planned = state["planned"]
    assert planned is not None
    return Ran(planned=planned, run=PlanRun(plan=Plan(), outcomes={}), serves=planned.serves)


async def suggest(state: SearchState, runtime: Runtime[SearchRun]) -> Update:
    """Add what could be asked next, where there is time left; whatever goes wrong, the answer stays and says so."""
    run, context, answer = runtime.context, runtime.context.context, state["answer"]
    assert answer is not None
    asked = (*(state["intents"].texts if state["intents"] is not None else ()), state["question"])
    left = left_s(context)
    if run.suggest is None or left < _SUGGEST_LEAST_S or not answer.citations:
        return {}
    step = await timed(
        replace(context, strict=False),
        "suggest",
        _suggested(run.suggest, asked, answer),
        seconds=min(_SUGGEST_S, left / 2),
        detail=lambda found: " | ".join(found.texts),
    )
    entries = (*answer.ledger.entries, step.entry)
    ledger = Ledger(entries=(*entries, *unfinished(entries, context.meter)), wall_s=context.meter.elapsed_s)
    told = tuple(replace(each, message=f"nothing is suggested: {each.message}") for each in step.warnings)
    warnings = merge_warnings(answer.warnings, told)
    texts = step.value.texts if step.value is not None else ()
    return {
        "answer": replace(answer, suggestions=texts, ledger=ledger, warnings=warnings),
        "entries": (step.entry,),
        "warnings": told,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suggested:
    """What could be asked next, as a step gives it."""

    texts: tuple[str, ...]
    usage: Usage = field(default_factory=Usage)
    warnings: tuple[AnswerWarning, ...] = ()
    backend: Backend = "embedded"
    model: str = ""
    degraded: bool = False


async def _suggested(suggest: Suggest, asked: Sequence[str], answer: Answer) -> _Suggested:
    try:
        return _Suggested(texts=await suggest(asked, answer))
    except UsageError as error:  # nobody asked for suggestions: there is nothing for the caller to fix
        raise RunError(error.message, code=error.code) from error
