"""What the documents say, held against what was asked, where other servers could be asked as well."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from questline.agents.composer.contract import Missing
from questline.agents.composer.file_lines import of_kind
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
from questline.types import Answer, Evidence, MissingPart, Task

from .fuller_answers import fuller_answer

__all__ = ["barely_spoken_of", "kept_to_kind", "names_nobody", "of_another_thing"]

_SPOKEN: Final = 0.4
"""Share of the words of a question for somebody, and of any other reading, of which the documents must speak."""
_WHO: Final = re.compile(r"^\W*(?:who|whom|whose)\b", re.IGNORECASE)
"""A reader finds a name in every text."""


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
    answer = fuller_answer(answer, question)
    asked = asked_of(question)
    fit, code, what = held_of_text(asked, question, answer.text, sources=answer.evidence)
    if fit == "fits" and _WHO.search(question) and _share(question, answer.text, answer.evidence) < _SPOKEN:
        fit, code, what = "other", "another_thing", "what was asked about"
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


def names_nobody(task: Task, result: TaskResult) -> bool:
    """Say whether an answer with citations names nobody, where its task asks who somebody is."""
    found = view(result.result)
    asked = asked_of(task.intent)
    return isinstance(found, Cited) and asked.kind == "person" and not of_kind(found.text, asked)


def barely_spoken_of(task: Task, result: TaskResult) -> bool:
    """Say whether an answer with citations, and what stands around it, speaks of few words of what its task asks."""
    found = view(result.result)
    if not isinstance(found, Cited) or not task.intent or is_cjk(task.intent):
        return False
    passages = [one for one in result.evidence if one.kind == "passage"]
    return _share(task.intent, found.text, passages) < _SPOKEN


def _share(question: str, text: str, passages: Sequence[Evidence]) -> float:
    return share_spoken(asking(question), ground_of(text, passages, asked=question))


def of_another_thing(task: Task, result: TaskResult, *, feeds: bool = False) -> bool:
    """Say whether an answer with citations is told of another thing, or is of another kind, than its task asks for.

    Where it feeds another task, numbers are held against what is read in them; a day or a time has to be told of the
    very thing, for the next task knows nothing of it.
    """
    found = view(result.result)
    if not isinstance(found, Cited) or not task.intent or task.depends_on:
        return False
    asked = asked_of(task.intent)
    if feeds and asked.kind not in ("date", "time"):
        return False
    passages = [one for one in result.evidence if one.kind == "passage"]
    fit, code, _ = held_of_text(asked, task.intent, found.text, sources=passages)
    return fit == "other" or (feeds and fit == "near" and code == "another_thing")
