"""Findings as a plan leaves them: the executor's own evidence and trimming over results that the tests write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from questline.agents.composer.compose import compose
from questline.agents.composer.contract import Composed, Finding, Missing
from questline.agents.contract import Context
from questline.agents.intents import Intents, split
from questline.agents.tool_executor.asked import asked_of
from questline.agents.tool_executor.call_evidence import evidence_of
from questline.agents.tool_executor.calls import Call
from questline.agents.tool_executor.contract import TaskResult
from questline.agents.tool_executor.shapes import view
from questline.agents.tool_executor.trimming import needed_of, shown
from questline.budget import Budget, Meter
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.types import Evidence, Task


def found(
    result: object,
    intent: str = "",
    *,
    task: str = "T1",
    tool: str = "harbour/look_up",
    arguments: Mapping[str, object] | None = None,
    depends_on: Sequence[str] = (),
    intents: Sequence[int] = (0,),
    passages: Sequence[Evidence] = (),
    schema: Mapping[str, Any] | None = None,
    feeds: bool = False,
) -> Finding:
    """Return a task that is done, as the executor leaves it."""
    server, _, name = tool.partition("/")
    given = dict(arguments or {"question": intent})
    definition = ToolDefinition(server=server, name=name, output_schema=schema)
    made = Call(
        id=f"{task}:1", definition=definition, arguments=given, value=result, at="2026-11-26T12:00:00.000+00:00"
    )
    needed = needed_of(view(result), asked_of(intent), given, schema)
    done = TaskResult(
        result=result,
        needed=needed,
        text=shown(view(needed if needed is not None else result), asked_of(intent)),
        evidence=(evidence_of(made), *passages),
        calls=1,
    )
    work = Task(id=task, intent=intent, server=server, tool=name, arguments=given, depends_on=tuple(depends_on))
    return Finding(task=work, result=done, intents=tuple(intents), feeds=feeds)


async def composed(
    question: str,
    *findings: Finding,
    missing: Sequence[Missing] = (),
    intents: Intents | None = None,
    context: Context | None = None,
    deadline_s: float = 60,
) -> Composed:
    """Compose, without a language model unless the context has one."""
    return await compose(
        question,
        intents or split(question),
        findings,
        missing,
        context=context or Context(meter=Meter(Budget())),
        deadline_s=deadline_s,
    )


async def said(question: str, result: object, **more: Any) -> str:
    """Return the text that answers a question of one intent with one result."""
    return (await composed(question, found(result, question, **more))).text


def table(columns: Sequence[str], *rows: Sequence[object], truncated: bool = False) -> dict[str, object]:
    """Return rows as servers of tables do."""
    return {"columns": list(columns), "rows": [list(row) for row in rows], "truncated": truncated}
