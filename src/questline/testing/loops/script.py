"""One model for all loops: it knows the right plan of each question, and writes what it is asked for in the form asked.

Which form that is, the name of the model in the request says. So no loop is better informed than another: they differ
in what they ask for, how often, and what they wait for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from questline.mcp_servers.gateway.definitions import canonical
from questline.testing.replies import ChatRequest, Reply
from questline.tools.models.token_estimate import estimate_tokens

from .questions import Call, Need, Question, Ref

__all__ = ["COMPILER_JOINER", "COMPILER_PLANNER", "MISSING", "REACT", "REACT_SINGLE", "ModelScript", "Pace"]

COMPILER_PLANNER: Final = "compiler-planner"
COMPILER_JOINER: Final = "compiler-joiner"
REACT: Final = "react"
REACT_SINGLE: Final = "react-single"
"""Writes one call at a time, `REACT` all that can be made."""
MISSING: Final = "Not found out:"
"""How the model of a peer names a need that it could not serve."""
_PIECE: Final = re.compile(r"(?:\s*\S+){1,4}|\s+$")
_EVIDENCE: Final = re.compile(r"^\[(\d+)\] (\S+) (\{.*\})$", re.MULTILINE)
_PLANNED: Final = re.compile(r"^Planned call: (\{.*\})$", re.MULTILINE)
_OBSERVED: Final = re.compile(r"^\$(\d+) = (.*)$", re.MULTILINE)
_TOLD: Final = re.compile(r"^\[(\d+)\.\d+\] (.*)$", re.MULTILINE)
_ALL: Final = 1_000
_MOST_TRIES: Final = 2
"""How often the model tries a call that fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast the model is; reading its prompt costs no time of its own."""

    first_s: float
    """Seconds until the first token."""
    token_s: float
    """Seconds for each token of the answer."""


class ModelScript:
    """Answers requests; hand it to `questline.testing.ScriptedLLM`.

    Its tokens are counted as one for four characters, in what it reads and in what it writes.

    Args:
        questions: What may be asked.
        pace: How fast it writes.
    """

    def __init__(self, questions: Sequence[Question], pace: Pace) -> None:
        self._questions = questions
        self._pace = pace

    def __call__(self, request: ChatRequest) -> Reply:
        """Write the answer to one request, and say how long that takes."""
        forms: Mapping[str, Callable[[Question, str], str]] = {
            "intents": _intents,
            "tool_planner": _plan,
            "tool_executor": _action,
            "composer": _cited,
            COMPILER_PLANNER: _numbered,
            COMPILER_JOINER: _joined,
            REACT: partial(_next_calls, most=_ALL),
            REACT_SINGLE: partial(_next_calls, most=1),
        }
        asked = request.text("user")
        last = [turn.content for turn in request.messages if turn.role == "user"][-1]
        question = next((each for each in self._questions if each.text in asked), self._questions[0])
        text = forms[request.model](question, asked if request.model in (REACT, REACT_SINGLE) else last)
        pieces, pace = tuple(_PIECE.findall(text)), self._pace
        tokens = estimate_tokens(text)
        usage = estimate_tokens(request.text()), tokens
        if not request.stream:
            return Reply(pieces=pieces, usage=usage, delay_s=pace.first_s + tokens * pace.token_s)
        between_s = tokens * pace.token_s / max(1, len(pieces) - 1)
        return Reply(pieces=pieces, usage=usage, delay_s=pace.first_s, piece_delay_s=between_s)


def _told(rows: Iterable[tuple[str, str]]) -> tuple[dict[str, str], dict[str, int]]:
    """Return what calls said, and how often those were tried that have failed so far."""
    values: dict[str, str] = {}
    tries: dict[str, int] = {}
    for name, said in rows:
        if said.startswith("error:"):
            tries[name] = tries.get(name, 0) + 1
        else:
            values[name] = said
    return values, tries


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _plainly(question: Question, values: Mapping[str, str]) -> str:
    """Return the answer, with a sentence for each need that nothing was found for."""
    return " ".join(
        f"{need.sentence}." if need.last in values else f"{MISSING} {need.text}." for need in question.needs
    )


# What Questline's graph asks for


def _intents(question: Question, told: str) -> str:
    del told
    if len(question.needs) == 1:
        return "[]"
    rows: list[dict[str, Any]] = [
        {"quote": need.text, "text": _capital(need.text), "after": [], "kind": ""} for need in question.needs
    ]
    return json.dumps(rows)


def _plan(question: Question, told: str) -> str:
    del told
    several = len(question.needs) > 1
    return "\n".join(
        f"{call.id}. {call.tool}({_written(call, member='.result')}){f' for {call.need + 1}' if several else ''}"
        for call in question.calls
    )


def _action(question: Question, told: str) -> str:
    del question
    planned = _PLANNED.findall(told)[-1]
    return planned if "<steps>\n(none)\n</steps>" in told else '{"done": true}'


def _cited(question: Question, told: str) -> str:
    numbers = {
        (name, canonical(json.loads(arguments))): int(number) for number, name, arguments in _EVIDENCE.findall(told)
    }
    places = {
        call.id: numbers.get((f"{call.server}/{call.tool}", canonical(dict(call.arguments)))) for call in question.calls
    }
    said = [(need, places[need.first], places[need.last]) for need in question.needs if places[need.last]]
    if not said:
        return "UNANSWERABLE"
    lines = [f"{need.sentence} {_marks(first, last)}." for need, first, last in said]
    return f"{' '.join(lines)}\n=> {'; '.join(str(need.value) for need, _, _ in said)}"


def _marks(first: int | None, last: int | None) -> str:
    return "".join(f"[{number}]" for number in dict.fromkeys((first, last)) if number is not None)


# What the peers ask for


def _next_calls(question: Question, told: str, *, most: int) -> str:
    values, tries = _told(_TOLD.findall(told))
    ready = [
        call
        for call in question.calls
        if call.id not in values and tries.get(call.id, 0) < _MOST_TRIES and set(call.waits_for) <= values.keys()
    ]
    if not ready:
        return _plainly(question, values)
    rows = [
        {"id": f"{call.id}.{tries.get(call.id, 0) + 1}", "tool": call.tool, "args": dict(call.arguments)}
        for call in ready[:most]
    ]
    return json.dumps({"calls": rows})


def _numbered(question: Question, told: str) -> str:
    """Write the calls that have no result yet, one a line."""
    values, _ = _told(_OBSERVED.findall(told))
    lines = [f"{call.id}. {call.tool}({_written(call)})" for call in question.calls if call.id not in values]
    return "\n".join([*lines, "join()"])


def _written(call: Call, *, member: str = "") -> str:
    return ", ".join(
        f"{name}=${each.call}{member}" if isinstance(each, Ref) else f"{name}={json.dumps(each)}"
        for name, each in call.given.items()
    )


def _joined(question: Question, told: str) -> str:
    values, _ = _told(_OBSERVED.findall(told))
    lost: list[Need] = [need for need in question.needs if need.last not in values]
    if lost and "No further plan." not in told:
        return f"Thought: {len(lost)} of the needs are open, for a call failed.\nAction: Replan()"
    thought = "The results answer the question." if not lost else "I say what is known, and what is not."
    return f"Thought: {thought}\nAction: Finish({_plainly(question, values)})"
