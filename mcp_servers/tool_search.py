"""The server `tool_search`: find tools of the configured servers, plan calls of them, run a plan, answer with them.

What searches, plans, runs and answers is an argument, so that this floor knows nothing of the graph above it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol, TypeAlias

from mcp.types import ToolAnnotations
from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from questline.errors import UsageError
from questline.tools.fencing import verbatim
from questline.tools.quoting import bearing
from questline.types import Answer, AnswerWarning, Event, Evidence, MissingPart

from .gateway.definitions import ToolDefinition
from .progress import note
from .serving import READ_ONLY, READ_ONLY_OPEN, QuestlineServer, tool
from .shapes import line, lines, said

__all__ = ["FoundTools", "ToolSearching", "server"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTools:
    """Tools that may serve a request, best first."""

    tools: tuple[tuple[ToolDefinition, float], ...]
    """With the score of each."""
    no_tool: bool = False
    """None of them is likely to fit."""


class ToolSearching(Protocol):
    """What stands behind the server."""

    async def search(self, query: str, *, k: int) -> FoundTools:
        """Find tools; no server is started that was asked before.

        Raises:
            UsageError: ``empty_query``, ``bad_k``, ``no_tools``.
            RunError: ``damaged_index``, ``damaged_model``.
        """
        ...

    async def plan(
        self, question: str, *, deadline_s: float, emit: Callable[[Event], None]
    ) -> tuple[Mapping[str, Any], Sequence[MissingPart], Sequence[AnswerWarning]]:
        """Return the calls that would be made as a plan's JSON, what no call serves, and what is to be known.

        Raises:
            UsageError: ``empty_question``, ``question_too_long``, ``bad_deadline``, ``no_tools``.
            RunError: A failure that left no plan.
        """
        ...

    async def run(
        self, plan: Mapping[str, Any], question: str, *, deadline_s: float, emit: Callable[[Event], None]
    ) -> Answer:
        """Run a plan that somebody gave, after it was read and checked.

        Raises:
            UsageError: ``bad_plan`` with ``task``, ``field`` and ``reason``; ``not_allowed`` with ``task``, ``server``
                and ``tool``; and as `plan`.
            RunError: A failure that left nothing to answer with.
        """
        ...

    async def answer(self, question: str, *, deadline_s: float, emit: Callable[[Event], None]) -> Answer:
        """Plan and run.

        Raises:
            UsageError: As `plan`.
            RunError: A failure that left nothing to answer with.
        """
        ...


_Query: TypeAlias = Annotated[str, Field(description="What it is for.")]
_Count: TypeAlias = Annotated[float, Field(description="Most tools.")]
_Question: TypeAlias = Annotated[str, Field(description="In plain words.")]
_Told: TypeAlias = Annotated[str, Field(description="What it answers.")]
_Plan: TypeAlias = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "description": "`plan` of tool_plan."})]


class ToolOut(TypedDict):
    """A tool."""

    tool: str
    description: str
    score: float
    read_only: bool


class Tools(TypedDict):
    """Tools, best first."""

    tools: list[ToolOut]
    no_tool: bool


# Loosely typed, as a plan is: a client pays for each word of a schema, and these would stand in two or three.
Missing: TypeAlias = Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]
"""What no call serves: ``question``, ``code``, ``fields`` that have to be given, and ``why`` in words."""
Cited: TypeAlias = Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]
"""Characters ``start`` to ``end`` of an answer rest on the call or passage ``id``, of ``source``; as evidence, with the
``arguments`` of the call and the ``text`` that bears it."""
_QUOTE: Final = 500
"""Characters of one evidence."""


class PlanOut(TypedDict):
    """Calls that would be made."""

    plan: Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]
    missing: list[Missing]
    warnings: list[str]


class AnsweredOut(TypedDict):
    """An answer, how its calls ended, and what is missing."""

    answer: str
    status: str
    citations: list[Cited]
    evidence: list[Cited]
    missing: list[Missing]
    calls: list[str]
    warnings: list[str]


def server(searching: ToolSearching, *, approve: bool = False, **options: Any) -> QuestlineServer:
    """Return the server over what searches, plans and answers.

    Args:
        searching: See `ToolSearching`.
        approve: It may call tools that declare that they may destroy something, and says so.
        options: More arguments of `QuestlineServer`.
    """
    # without an approval a tool that declares nothing may still be called: nothing is claimed of what it does
    calls = ToolAnnotations(
        read_only_hint=False, destructive_hint=approve or None, idempotent_hint=False, open_world_hint=True
    )

    async def tool_search(query: _Query, k: _Count = 5) -> Tools:
        """Find tools of the configured servers by what they are for."""
        if not math.isfinite(k) or k != int(k) or k < 1:
            raise UsageError(f"k={k!r} is no whole number of at least 1", code="bad_k", argument="k")
        found = await searching.search(query, k=int(k))
        return Tools(tools=[_tool(each, score) for each, score in found.tools], no_tool=found.no_tool)

    async def tool_plan(question: _Question, deadline_s: float = 30.0) -> PlanOut:
        """Plan the calls that would answer a question, and make none; the plan may be changed and run."""
        plan, missing, warnings = await searching.plan(question, deadline_s=deadline_s, emit=_tell)
        return PlanOut(plan=dict(plan), missing=[_missing(each) for each in missing], warnings=said(warnings))

    async def tool_run(plan: _Plan, question: _Told = "", deadline_s: float = 60.0) -> AnsweredOut:
        """Run a plan of the form of tool_plan, and answer with its results."""
        return _answered(await searching.run(plan, question, deadline_s=deadline_s, emit=_tell))

    async def answer_with_tools(question: _Question, deadline_s: float = 60.0) -> AnsweredOut:
        """Answer a question with the configured servers: plan, call, cite, and say what is missing."""
        return _answered(await searching.answer(question, deadline_s=deadline_s, emit=_tell))

    return QuestlineServer(
        "tool_search",
        title="Tool search",
        description="Finds tools of your configured MCP servers, plans calls of them, and answers with cited results.",
        tools=[
            tool(tool_search, title="Find tools", hints=READ_ONLY, text=_tools_text),
            tool(tool_plan, title="Plan calls", hints=READ_ONLY_OPEN, text=_plan_text),
            tool(tool_run, title="Run a plan", hints=calls, text=_answer_text),
            tool(answer_with_tools, title="Answer with tools", hints=calls, text=_answer_text),
        ],
        **options,
    )


def _tell(event: Event) -> None:
    if event.kind in ("plan", "step_started") and event.text:
        note(line(event.text))


def _tool(definition: ToolDefinition, score: float) -> ToolOut:
    return ToolOut(
        tool=definition.qualified,
        description=definition.description,
        score=round(score, 4),
        read_only=definition.read_only is True,
    )


def _missing(part: MissingPart) -> Missing:
    return {"question": part.question, "code": part.code, "fields": list(part.fields), "why": line(part.message)}


def _answered(answer: Answer) -> AnsweredOut:
    sources = {evidence.id: evidence.source for evidence in answer.evidence}
    cited = {each.evidence_id for each in answer.citations}
    return AnsweredOut(
        answer=answer.text,
        status=answer.status,
        citations=[
            {"start": each.start, "end": each.end, "id": each.evidence_id, "source": sources.get(each.evidence_id, "")}
            for each in answer.citations
        ],
        evidence=[_evidence(each, answer) for each in answer.evidence if each.id in cited],
        missing=[_missing(each) for each in answer.missing],
        calls=[
            f"{each.id} {each.server}/{each.tool} {each.status}: {line(each.result or each.reason)}"
            for each in answer.plan.tasks
        ],
        warnings=said(answer.warnings),
    )


def _evidence(evidence: Evidence, answer: Answer) -> Cited:
    """Return what a citation rests on, so that a client can check it: of a long one the part that bears the answer."""
    said = " ".join(answer.text[each.start : each.end] for each in answer.citations if each.evidence_id == evidence.id)
    arguments, _, result = evidence.text.partition("\n") if evidence.kind == "tool" else ("", "", evidence.text)
    shown = {"id": evidence.id, "source": evidence.source, "text": bearing(result, said, most=_QUOTE)}
    return shown | ({"arguments": arguments[:_QUOTE]} if arguments else {})


def _tools_text(found: Tools) -> str:
    rows = [f"{each['tool']}: {line(each['description'])}" for each in found["tools"]]
    return lines(verbatim("tools", "\n".join(rows)) if rows else "no tool", "none is likely to fit" * found["no_tool"])


def _plan_text(planned: PlanOut) -> str:
    shown = json.dumps(planned["plan"], ensure_ascii=False, indent=1)
    return lines(verbatim("plan", shown), _lost(planned["missing"]), planned["warnings"])


def _answer_text(found: AnsweredOut) -> str:
    sources = dict.fromkeys(line(each["source"]) for each in found["citations"])
    return lines(
        verbatim("answer", found["answer"]),
        found["status"],
        f"from {', '.join(sources)}" if sources else "it cites nothing",
        _lost(found["missing"]),
        found["warnings"],
    )


def _lost(missing: Sequence[Missing]) -> list[str]:
    return [
        f"missing: {line(each['question'])} ({each['code']}{': ' if each['fields'] else ''}{', '.join(each['fields'])})"
        for each in missing
    ]
