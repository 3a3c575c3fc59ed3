"""An answer of the documents, where servers that might have known better had not started in the question's time."""

from __future__ import annotations

from dataclasses import replace

from questline.agents.composer.contract import Missing
from questline.agents.composer.notes import note_of
from questline.tools.text import is_cjk
from questline.types import Answer, MissingPart

from .nodes import DOCUMENTS

__all__ = ["held_back"]

_MESSAGE = "the servers had not said in time which tools they have, so that the documents alone were asked"


def held_back(answer: Answer) -> Answer:
    """Return an answer as it may be told: not complete where only documents were asked for want of time.

    Servers that are down do not hold it back: waiting longer would not bring them. Those that are still starting do,
    and so does a search for tools that was cut short: the step ``find`` then warned of it.
    """
    late = any(
        each.code == "still_starting" or (each.step == "find" and each.code == "deadline_reached")
        for each in answer.warnings
    )
    if answer.status != "complete" or not late or not _asked_documents(answer):
        return answer
    part = MissingPart(question=answer.question, code="open_part", message=_MESSAGE)
    note = note_of(Missing(intent=0, text=answer.question, code=part.code), chinese=is_cjk(answer.question))
    text = f"{answer.text}{'' if is_cjk(answer.question) else ' '}{note}"
    return replace(answer, text=text, short="", status="partial", missing=(*answer.missing, part))


def _asked_documents(answer: Answer) -> bool:
    return any((task.server, task.tool) == DOCUMENTS and task.status == "done" for task in answer.plan.tasks)
