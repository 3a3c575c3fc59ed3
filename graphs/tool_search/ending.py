"""From the end of a plan's run to the answer: what was found, what is missing, its status, and the plan as it stood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from questline.agents.composer.contract import Composed, Finding, Missing
from questline.agents.intents.values import Intents
from questline.graphs.adaptive_rag.compose import unfinished
from questline.types import Answer, AnswerStatus, Ledger, MissingPart, Plan, Task, TaskStatus

from .outcomes import Outcome
from .state import SearchRun, SearchState
from .values import Found, Ran

__all__ = ["answer_of", "findings_of", "missing_of", "plainly", "status_of"]

_SHOWN: Final = 2_000
"""Characters of a task's result in the plan of an answer."""
_STATUS: Final[dict[str, TaskStatus]] = {
    "done": "done",
    "failed": "failed",
    "skipped": "skipped",
    "cancelled": "failed",
}
_INNER: Final = re.compile(r"^\s*[a-z]+(?:_[a-z]+)+: ")
"""A code of ours before a text for who calls the tool, not for who asked."""
_ASKS: Final = frozenset({"needs_input", "destructive", "not_requested"})


def findings_of(ran: Ran) -> tuple[Finding, ...]:
    """Return what the tasks found, in the order of the plan."""
    fed = {before for task in ran.run.plan.tasks for before in task.depends_on}
    return tuple(
        Finding(task=task, result=ran.results[task.id], intents=ran.serves.get(task.id, ()), feeds=task.id in fed)
        for task in ran.run.plan.tasks
        if ran.run.outcomes[task.id].status == "done" and task.id in ran.results
    )


def missing_of(intents: Intents, found: Found | None, ran: Ran) -> tuple[Missing, ...]:
    """Return the intents that nothing was found for, with why, in their order.

    An intent is served when a task of it is done whose result no other task of it was to go on with.
    """
    missing: list[Missing] = []
    unserved = {each.intent: each for each in ran.planned.unserved}
    for place, intent in enumerate(intents.items):
        tasks = [task for task in ran.run.plan.tasks if place in ran.serves.get(task.id, ())]
        last = _last(tasks)
        if any(ran.run.outcomes[task.id].status == "done" for task in last):
            continue
        if last:
            missing.append(_lost(place, intent.text, tasks, ran))
        elif place in unserved and unserved[place].code == "no_tool" and (code := _unasked(found, place)):
            text = "the tools of the servers could not be looked for"
            missing.append(Missing(intent=place, text=intent.text, code=code, message=text))
        elif place in unserved:
            why = unserved[place]
            missing.append(
                Missing(
                    intent=place,
                    text=intent.text,
                    code=why.code,
                    message=why.message,
                    fields=why.fields,
                    wanted=why.wanted,
                    server=why.server,
                )
            )
        else:
            missing.append(
                Missing(intent=place, text=intent.text, code="no_tool", message="nothing was planned for it")
            )
    return tuple(missing)


def _unasked(found: Found | None, place: int) -> str:
    """Return the code of why an intent has no tool where servers did not answer, or there was no time to ask."""
    if found is None:
        return ""
    if any(each.code == "still_starting" for each in found.warnings):
        return "tool_timeout"
    if found.candidates[place]:
        return ""
    return found.failed or ("server_unavailable" if found.warnings else "")


def _last(tasks: Sequence[Task]) -> list[Task]:
    fed = {before for task in tasks for before in task.depends_on}
    return [task for task in tasks if task.id not in fed]


def _lost(place: int, text: str, tasks: Sequence[Task], ran: Ran) -> Missing:
    """Return why an intent's tasks came to nothing: what failed first, not what was skipped because of it."""
    ends = [(task, ran.run.outcomes[task.id]) for task in tasks]
    bad = [(task, end) for task, end in ends if end.status in ("failed", "cancelled")]
    task, end = min(bad or ends, key=lambda pair: pair[1].ended_s if pair[1].status == "failed" else float("inf"))
    name = f"{task.server}/{task.tool}"
    detail = _INNER.sub("", end.detail)
    message = f"{name}: {end.message}" + (f": {detail}" if detail else "")
    return Missing(intent=place, text=text, code=end.code, message=message, server=task.server, said=end.detail)


def _in_full(missing: Missing) -> str:
    """Return the line for the asker, with what the tool says of each field that it lacks."""
    said = [f"{name}: {what}" for name, what in zip(missing.fields, missing.wanted, strict=False) if what]
    return f"{missing.message} ({'; '.join(said)})" if said else missing.message


def plainly(intents: Intents, missing: Sequence[Missing]) -> Composed:
    """Return an answer that only says what is missing, for where there was no time to compose one."""
    named = {each.intent: each for each in missing}
    whole = tuple(
        named.get(place)
        or Missing(
            intent=place, text=intent.text, code="deadline_reached", message="there was no time to write it down"
        )
        for place, intent in enumerate(intents.items)
    )
    text = " ".join(f"{_sentence(each.text)} {each.message or each.code}." for each in whole)
    return Composed(text=text, missing=whole)


def _sentence(text: str) -> str:
    return f"Not answered: {' '.join(text.split())[:200]!r}:"


def status_of(composed: Composed, ran: Ran) -> AnswerStatus:
    """Return the status of an answer.

    ``complete`` where every intent is answered. Where none is: ``needs_input`` when the asker can help, ``no_tool``
    when nothing could be called, ``abstained`` when the calls found nothing; else, and where some are, ``partial``.
    """
    codes = {each.code for each in composed.missing}
    if composed.answered:
        return "complete" if not codes else "partial"
    if codes and codes <= _ASKS | {"no_tool"}:
        return "no_tool" if codes == {"no_tool"} else "needs_input"
    if codes == {"not_found"} or (not codes and not ran.run.late):
        return "abstained"
    return "partial"


def answer_of(state: SearchState, run: SearchRun) -> Answer:
    """Make the answer of what was composed."""
    composed, ran, intents = state["composed"], state["ran"], state["intents"]
    assert composed is not None
    assert ran is not None
    assert intents is not None
    known = {item.id for item in composed.evidence}
    return Answer(
        question=state["asked"],
        text=composed.text,
        short=composed.short,
        status=status_of(composed, ran),
        confidence=composed.confidence,
        citations=tuple(each for each in composed.citations if each.evidence_id in known),
        evidence=composed.evidence,
        plan=Plan(tasks=tuple(_told(task, ran.run.outcomes[task.id], ran) for task in ran.run.plan.tasks)),
        ledger=Ledger(
            entries=(*state["entries"], *unfinished(state["entries"], run.context.meter)),
            wall_s=run.context.meter.elapsed_s,
        ),
        warnings=state["warnings"],
        missing=tuple(
            MissingPart(question=each.text, code=each.code, message=_in_full(each), fields=each.fields)
            for each in composed.missing
        ),
        backend=composed.backend,
        standalone_question=state["question"] if state["history"] else "",
    )


def _told(task: Task, outcome: Outcome, ran: Ran) -> Task:
    """Return a task with its end written in it."""
    result = ran.results.get(task.id)
    if outcome.status == "done" and result is not None:
        return replace(task, status="done", result=result.text[:_SHOWN])
    reason = f"{outcome.code}: {outcome.message}"
    return replace(task, status=_STATUS[outcome.status], reason=f"{task.reason}; {reason}" if task.reason else reason)
