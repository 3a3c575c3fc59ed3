"""A task carried out by a language model: it writes calls, and nothing else, until the intent is served.

Source: arXiv:2508.04604 §2.4 (an agent that may use only its server's tools, and emits actions without thoughts).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, cast

from questline.agents.contract import Context
from questline.agents.prompting import prompt_for
from questline.errors import QuestlineError
from questline.mcp_servers.gateway.definitions import ToolDefinition, canonical
from questline.mcp_servers.gateway.schemas import Schemas
from questline.tools.fencing import fence, inline
from questline.tools.json_text import json_list
from questline.tools.models.llm_contract import LLM, Thinking
from questline.types import Task, Usage

from .asked import asked_of
from .calls import Call
from .shapes import view
from .trimming import shown

__all__ = [
    "Acted",
    "Action",
    "Done",
    "act",
    "allowed",
    "call_text",
    "may_go_on",
    "prompt_values",
    "proposed",
    "result_text",
]

_MAX_TOKENS: Final = 400
_THINKING_TOKENS: Final = 2_000
_RESULT: Final = 2_000
"""Characters of a result that the model is shown."""
_SCHEMA: Final = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One call that the model wants."""

    tool: ToolDefinition
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The model wants no further call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What a model's calls gave."""

    calls: tuple[Call, ...]
    usage: Usage
    model: str
    failures: tuple[QuestlineError, ...] = ()
    """Of calls, which the model was told of."""


def allowed(tools: Sequence[ToolDefinition], task: Task, *, approve: bool) -> tuple[ToolDefinition, ...]:
    """Return the tools that a model may call for a task: those of its server that only read, and its own.

    A tool that is not marked read-only is called only where the plan itself says so, and, unless it is idempotent,
    once; a destructive one only with approval.
    """
    return tuple(
        tool
        for tool in tools
        if tool.server == task.server
        and (tool.read_only is True or tool.name == task.tool)
        and (approve or not tool.needs_approval)
    )


async def act(
    task: Task,
    planned: Mapping[str, object],
    tools: Sequence[ToolDefinition],
    context: Context,
    llm: LLM,
    *,
    steps: int,
    thinking: Thinking,
    make: Callable[[Action, int], Awaitable[Call]],
    made: list[Call],
    refused: QuestlineError | None = None,
) -> Acted:
    """Let the model of the role ``tool_executor`` call tools, at most `steps` times.

    A call that was made before is not made again: the model is shown its result once more. A call that fails is told
    to the model, which may try another way.

    Args:
        task: Its intent is what is to be served.
        planned: The arguments of its own call, references followed.
        tools: What may be called; `allowed` says which.
        context: The meter, and where prompts lie.
        llm: Models by role.
        steps: Most calls.
        thinking: How long the model may think before each.
        make: Makes a call with a number from 1;
        made: Gets every call that was made, so that nothing is lost when the model fails.
        refused: How the planned call failed, where it was made already.

    Raises:
        ModelError: The model failed, or did not write a call.
        BudgetExceeded: No budget is left for a request.
        QuestlineError: That of the last call, where none succeeded.
    """
    schemas = Schemas()
    usage, model = Usage(), ""
    failures = [refused] if refused is not None else []
    told = [_failed(call_text(task.tool, planned), each) for each in failures]
    seen: dict[str, Call] = {}
    template = prompt_for("tool_executor", context)
    for number in range(1, steps + 1):
        left = steps - number + 1
        prompt = template.render(**prompt_values(task.intent, call_text(task.tool, planned), tools, told, left=left))
        done = await llm.complete(
            replace(prompt, thinking=thinking),
            role="tool_executor",
            meter=context.meter,
            parse=partial(proposed, tools=tools, schemas=schemas, first=not seen and not failures),
            max_tokens=_MAX_TOKENS if thinking == "off" else _THINKING_TOKENS,
        )
        usage, model = usage + done.usage, done.model
        action = done.value
        if isinstance(action, Done):
            break
        written = call_text(action.tool.name, action.arguments)
        if written in seen:
            told.append(f"{written}\nwas called before: {result_text(seen[written].value, task.intent)}")
            continue
        if not action.tool.repeatable and any(call.definition is action.tool for call in made):
            told.append(f"{written}\nwas not called: this tool may be called once")
            continue
        try:
            call = await make(action, number)
        except QuestlineError as error:
            if not may_go_on(error):
                raise
            failures.append(error)
            told.append(_failed(written, error))
            continue
        made.append(call)
        seen[written] = call
        told.append(f"{written}\n{result_text(call.value, task.intent)}")
    if not made and failures:
        raise failures[-1]
    return Acted(calls=tuple(made), usage=usage, model=model, failures=tuple(failures))


def prompt_values(
    intent: str, planned: str, tools: Sequence[ToolDefinition], told: Sequence[str], *, left: int
) -> dict[str, str | int]:
    """Return the values of the prompt's placeholders.

    Args:
        intent: What is to be served.
        planned: The planned call, as `call_text` writes it.
        tools: What may be called.
        told: Each call so far, with its result on the next line.
        left: Calls that are left.
    """
    return {
        "tools": fence("tools", [_described(tool) for tool in tools]),
        "question": inline(intent, limit=4_000),
        "planned": inline(planned, limit=4_000),
        "steps": fence("steps", told),
        "left": left,
    }


def proposed(text: str, *, tools: Sequence[ToolDefinition], schemas: Schemas, first: bool = False) -> Action | Done:
    """Read a model's answer strictly: one object with ``tool`` and ``arguments``, or ``{"done": true}``.

    Mended by rule: what `json_list` mends, and a tool's name with its server before it.

    Args:
        text: What the model wrote.
        tools: What it may call.
        schemas: Compiled checks of their arguments.
        first: Nothing was called yet, so that there is nothing to be done with.

    Raises:
        ValueError: With a message for the model.
    """
    rows = [cast("dict[str, object]", row) for row in json_list(text) if isinstance(row, dict)]
    if len(rows) != 1:
        raise ValueError('write one JSON object: {"tool": "…", "arguments": {…}} or {"done": true}')
    fields = rows[0]
    if fields.get("done") is True and "tool" not in fields:
        if first:
            raise ValueError("nothing was called yet; write a call")
        return Done()
    name, arguments = fields.get("tool"), fields.get("arguments", {})
    by_name = {known: tool for tool in tools for known in (tool.name, tool.qualified)}
    if not isinstance(name, str) or name not in by_name:
        raise ValueError(f"the tools are: {', '.join(tool.name for tool in tools)}; there is no other")
    if not isinstance(arguments, dict):
        raise ValueError('"arguments" is an object')  # noqa: TRY004 because the model is told
    given = cast("dict[str, object]", arguments)
    faults = schemas.faults(by_name[name], given)
    if faults:
        raise ValueError("; ".join(fault.reason for fault in faults[:5]))
    return Action(tool=by_name[name], arguments=given)


def _described(tool: ToolDefinition) -> str:
    schema = canonical(dict(tool.input_schema))
    schema = schema if len(schema) <= _SCHEMA else f"{schema[:_SCHEMA]}…"
    return f"{tool.name}: {inline(tool.description, limit=1_000)}\narguments: {schema}"


def call_text(tool: str, arguments: Mapping[str, object]) -> str:
    """Return a call as the model writes it."""
    return f'{{"tool": {canonical(tool)}, "arguments": {canonical(dict(arguments))} }}'


def result_text(value: object, intent: str) -> str:
    """Return of what a call gave as much as the model is shown."""
    text = shown(view(value), asked_of(intent))
    return text if len(text) <= _RESULT else f"{text[:_RESULT]}…"


def _failed(written: str, error: QuestlineError) -> str:
    return f"{written}\nfailed: {error.code}: {inline(str(error.fields.get('detail', '')), limit=500)}"


def may_go_on(error: QuestlineError) -> bool:
    """Say whether another call can help: the tool refused this one, or its arguments; the server itself is sound."""
    return error.code in ("tool_failed", "not_found", "bad_argument", "result_too_large", "not_allowed")
