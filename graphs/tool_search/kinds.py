"""What the documents say, held against what was asked, where other servers could be asked as well."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from questline.agents.composer.contract import Missing
from questline.agents.composer.ground import ground_of
from questline.agents.composer.holding import held_of_text
from questline.agents.composer.notes import note_of
from questline.agents.composer.things import share_spoken
from questline.agents.tool_executor.asked import asked_of
from questline.agents.tool_executor.contract import TaskResult
from questline.agents.tool_executor.shapes import view
from questline.agents.tool_executor.views import Cited
from questline.agents.tool_planner.pieces import asking
from questline.graphs.adaptive_rag.compose import NOTHING
from questline.tools.text import is_cjk
from questline.types import Answer, MissingPart, Task

__all__ = ["barely_spoken_of", "kept_to_kind", "of_another_thing"]

_SPOKEN: Final = 0.4
"""Share of the words of a reading of which the documents must speak: they were asked more than once."""


def kept_to_kind(answer: Answer, question: str) -> Answer:
    """Return an answer of the documents as it may be told.

    One whose sentences hold no value of the kind that was asked for, or are told of another thing, is none: the
    documents abstain. One that is near (in another unit, without a name of the question, or still to be reckoned with)
    is told as partial, with what it lacks. What a language model wrote stays as it is. Where they abstain the question
    is missing.
    """
    if answer.status == "abstained" and not answer.missing:
        lost = MissingPart(question=question, code="not_found", message="the documents hold no answer")
        return replace(answer, missing=(lost,))
    if answer.status != "complete" or answer.backend == "llm":
        return answer
    asked = asked_of(question)
    fit, code, what = held_of_text(asked, question, answer.text, sources=answer.evidence)
    if fit == "fits":
        return answer
    lacks = f"does not speak of {what}" if code == "another_thing" else f"is not {what}"
    part = MissingPart(question=question, code=code, message=f"what was found {lacks}")
    if fit == "other":
        return replace(
            answer,
            text=NOTHING,
            short="",
            status="abstained",
            confidence=0.0,
            citations=(),
            evidence=(),
            missing=(part,),
        )
    note = note_of(Missing(intent=0, text=question, code=code, message=what), chinese=asked.chinese)
    text = f"{answer.text}{'' if asked.chinese else ' '}{note}"
    return replace(answer, text=text, short="", status="partial", missing=(*answer.missing, part))


def barely_spoken_of(task: Task, result: TaskResult) -> bool:
    """Say whether an answer with citations, and what stands around it, speaks of few words of what its task asks."""
    found = view(result.result)
    if not isinstance(found, Cited) or not task.intent or is_cjk(task.intent):
        return False
    passages = [one for one in result.evidence if one.kind == "passage"]
    ground = ground_of(found.text, passages, asked=task.intent)
    return share_spoken(asking(task.intent), ground) < _SPOKEN


def of_another_thing(task: Task, result: TaskResult) -> bool:
    """Say whether an answer with citations is told of another thing, or is of another kind, than its task asks for."""
    found = view(result.result)
    if not isinstance(found, Cited) or not task.intent or task.depends_on:
        return False
    passages = [one for one in result.evidence if one.kind == "passage"]
    return held_of_text(asked_of(task.intent), task.intent, found.text, sources=passages)[0] == "other"
