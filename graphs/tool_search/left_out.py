"""An answer of the documents, where servers that might have known better could not be asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from questline.agents.composer.contract import Missing
from questline.agents.composer.notes import note_of
from questline.agents.composer.strictly import tells_it
from questline.agents.tool_executor.asked import asked_of
from questline.tools.text import is_cjk
from questline.types import Answer, AnswerWarning, MissingPart

from .nodes import DOCUMENTS

__all__ = ["held_back"]

_MESSAGE: Final = "the servers had not said in time which tools they have, so that the documents alone were asked"
_DOWN: Final = "{servers} could not be asked, and what the documents say need not be all that was asked for"
_LOST: Final = frozenset(
    ("command_not_found", "server_unavailable", "tool_timeout", "bad_answer", "bad_config", "unknown_variable")
)
"""Codes of warnings that a whole server is left out."""
_SERVER: Final = re.compile(r"\bserver '(?P<name>[^']+)'")


def held_back(answer: Answer) -> Answer:
    """Return an answer as it may be told: not complete where only documents were asked, and servers could not be.

    Servers that are still starting hold it back, and so does a search for tools that was cut short: the step ``find``
    then warned of it. Servers that are down do so too, unless the answer holds the very value that is asked for: then
    waiting longer would bring no other.
    """
    if answer.status != "complete":
        return answer
    late = any(
        each.code == "still_starting" or (each.step == "find" and each.code == "deadline_reached")
        for each in answer.warnings
    )
    if late and _asked_documents(answer):
        return _partly(answer, _MESSAGE)
    down = _down(answer.warnings)
    if down and _documents_alone(answer) and not _told(answer):
        return _partly(answer, _DOWN.format(servers=", ".join(down)))
    return answer


def _partly(answer: Answer, message: str) -> Answer:
    part = MissingPart(question=answer.question, code="open_part", message=message)
    note = note_of(Missing(intent=0, text=answer.question, code=part.code), chinese=is_cjk(answer.question))
    text = f"{answer.text}{'' if is_cjk(answer.question) else ' '}{note}"
    return replace(answer, text=text, short="", status="partial", missing=(*answer.missing, part))


def _down(warnings: Iterable[AnswerWarning]) -> tuple[str, ...]:
    """Return the names of the servers that are left out."""
    lost = (_SERVER.search(each.message) for each in warnings if each.code in _LOST and not each.step)
    return tuple(dict.fromkeys(f"the server {match['name']}" for match in lost if match))


def _told(answer: Answer) -> bool:
    """Say whether an answer holds a value of the kind that each of its needs asks for."""
    needs = dict.fromkeys(task.intent for task in answer.plan.tasks if task.status == "done" and task.intent)
    return all(tells_it(asked_of(need), answer.text) for need in (needs or (answer.question,)))


def _documents_alone(answer: Answer) -> bool:
    done = [(task.server, task.tool) for task in answer.plan.tasks if task.status == "done"]
    return bool(done) and all(each == DOCUMENTS for each in done)


def _asked_documents(answer: Answer) -> bool:
    return any((task.server, task.tool) == DOCUMENTS and task.status == "done" for task in answer.plan.tasks)
