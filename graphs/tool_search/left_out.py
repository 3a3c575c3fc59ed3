"""An answer of the documents, where servers that might have known better could not be asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from questline.agents.composer.contract import Missing
from questline.agents.composer.notes import note_of
from questline.agents.composer.strictly import tells_it
from questline.agents.tool_executor.asked import asked_of
from questline.tools.text import is_cjk
from questline.types import Answer, AnswerWarning, MissingPart

from .asking import STEP
from .nodes import DOCUMENTS

__all__ = ["held_back", "instead"]

_MESSAGE: Final = "the servers had not said in time which tools they have, so that the documents alone were asked"
_DOWN: Final = "{servers} could not be asked, and what the documents say need not be all that was asked for"
_LOST: Final = frozenset(
    ("command_not_found", "server_unavailable", "tool_timeout", "bad_answer", "bad_config", "unknown_variable")
)
"""Codes of warnings that a whole server is left out."""
_LEFT_OUT: Final = re.compile(r" \(\w+\): its tools are left out(?:: )?")
_SOURCE: Final = re.compile(r"\b[\w.-]+/[\w.-]+(?=: cut short)")
_SERVER: Final = re.compile(r"\bserver '(?P<name>[^']+)'")


def held_back(answer: Answer) -> Answer:
    """Return an answer as it may be told: not complete where only documents were asked, and servers could not be.

    Servers that are still starting hold it back, and so does a search for tools that was cut short: the step ``find``
    then warned of it. Servers that are down do so too, unless the answer holds the very value that is asked for: then
    waiting longer would bring no other.

    Where the documents hold nothing the same servers are what is missing: nobody knows that there is no answer.
    """
    if answer.status == "abstained":
        return _unasked(answer)
    if answer.status != "complete":
        return answer
    late = any(
        each.code == "still_starting" or (each.step == "find" and each.code == "deadline_reached")
        for each in answer.warnings
    )
    if late and _asked_documents(answer):
        return _partly(answer, _MESSAGE)
    down = tuple(f"the server {name}" for name, _ in _down(answer.warnings))
    if down and _documents_alone(answer) and not _told(answer):
        return _partly(answer, _DOWN.format(servers=", ".join(down)))
    return answer


def _partly(answer: Answer, message: str) -> Answer:
    part = MissingPart(question=answer.question, code="open_part", message=message)
    note = note_of(Missing(intent=0, text=answer.question, code=part.code), chinese=is_cjk(answer.question))
    text = f"{answer.text}{'' if is_cjk(answer.question) else ' '}{note}"
    return replace(answer, text=text, short="", status="partial", missing=(*answer.missing, part))


def instead(found: Answer, other: Answer) -> Answer:
    """Return what is told where the documents hold no answer, and the servers were asked then and gave none either.

    What kept them from answering (no time, a failure) is told in the place of "nothing in the documents".

    Args:
        found: Of the documents, abstained.
        other: Of the servers.
    """
    if other.citations:
        return other
    kept = [part for part in other.missing if part.code not in ("no_tool", "not_found")]
    if not kept or all(part.code in _LOST for part in kept):  # `held_back` names the servers that are left out
        return found
    silent = dict.fromkeys(_SOURCE.findall(" ".join(_cut_short(other))))
    if silent and all(part.code == "deadline_reached" for part in kept):
        text = f"{', '.join(silent)} had not answered when the time was up"
        kept = [replace(part, message=text) for part in kept]
        notes = [_note(part) for part in kept]
        return replace(other, text=" ".join(notes), missing=tuple(kept))
    return replace(other, missing=tuple(kept))


def _cut_short(answer: Answer) -> Iterator[str]:
    """Yield what was asked before a plan was made and had not answered in time."""
    yield from (
        each.detail for each in answer.ledger.entries if each.step == STEP and each.detail.endswith(": cut short")
    )


def _unasked(answer: Answer) -> Answer:
    """Return an answer that there is none, with the servers that could not be asked as what is missing."""
    late = [each for each in answer.warnings if each.code == "still_starting" or each.code == "deadline_reached"]
    down = _down(answer.warnings)
    if not late and not down:
        return answer
    code = "deadline_reached" if late else down[0][1].code
    named = "; ".join(
        dict.fromkeys(_LEFT_OUT.sub(": ", each.message).rstrip(": ") for each in (*late, *(why for _, why in down)))
    )
    part = MissingPart(question=answer.question, code=code, message=named)
    return replace(answer, text=_note(part), short="", status="partial", missing=(part,))


def _note(part: MissingPart) -> str:
    missing = Missing(intent=0, text=part.question, code="", message=part.message)
    return note_of(missing, chinese=is_cjk(part.question))


def _down(warnings: Iterable[AnswerWarning]) -> tuple[tuple[str, AnswerWarning], ...]:
    """Return the names of the servers that are left out, with what was said of each."""
    lost = ((_SERVER.search(each.message), each) for each in warnings if each.code in _LOST and not each.step)
    return tuple({match["name"]: (match["name"], each) for match, each in lost if match}.values())


def _told(answer: Answer) -> bool:
    """Say whether an answer holds a value of the kind that each of its needs asks for."""
    needs = dict.fromkeys(task.intent for task in answer.plan.tasks if task.status == "done" and task.intent)
    return all(tells_it(asked_of(need), answer.text) for need in (needs or (answer.question,)))


def _documents_alone(answer: Answer) -> bool:
    done = [(task.server, task.tool) for task in answer.plan.tasks if task.status == "done"]
    return bool(done) and all(each == DOCUMENTS for each in done)


def _asked_documents(answer: Answer) -> bool:
    return any((task.server, task.tool) == DOCUMENTS and task.status == "done" for task in answer.plan.tasks)
