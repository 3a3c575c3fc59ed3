"""Plans as the served planner writes them (a call a line), and as it reads them; the plan that a trace amounts to."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from questline.agents.intents.values import Intent, Intents
from questline.agents.tool_planner.call_lines import shown_name
from questline.agents.tool_planner.composed import READ, TEMPLATE
from questline.agents.tool_planner.proposal import proposed
from questline.agents.tool_planner.references import REF
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.types import Plan

from .traces import Step, Trace, name_of, plan_of

__all__ = ["Written", "intents_of", "linked", "plan_lines", "read_plan", "trace_lines"]

_NAME: Final = re.compile(r'[^\s()"=,:{}\[\]$]+')


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A plan that was read, and what it is for."""

    plan: Plan
    serves: Mapping[str, tuple[int, ...]]
    """By task the positions of the needs that it works for."""
    missing: tuple[int, ...] = ()
    """Positions of needs that it has no call for, as it says."""


def intents_of(trace: Trace) -> Intents:
    """Return the needs of a trace as the planner is given them."""
    items = tuple(Intent(text=text, start=0, end=len(trace.question)) for text in trace.asked)
    return Intents(items=items)


def trace_lines(trace: Trace, tools: Sequence[ToolDefinition]) -> str:
    """Return a trace's plan as it is written: the answer that a planner is taught."""
    return plan_lines(plan_of(trace), [step.needs for step in trace.steps], len(trace.asked), tools)


def plan_lines(plan: Plan, needs: Sequence[Sequence[int]], count: int, tools: Sequence[ToolDefinition]) -> str:
    """Write a plan whose ids are ``T1``, ``T2`` … as `questline.agents.tool_planner.call_lines` reads it.

    Args:
        plan: With ``$ref``, ``$read`` and ``$template`` in its arguments.
        needs: Of each task the positions of the needs that it works for.
        count: How many needs there are; of one, nothing is said.
        tools: All that may be named: one whose name two servers have is written with its server.
    """
    names = Counter(tool.name for tool in tools)
    lines: list[str] = []
    for task, served in zip(plan.tasks, needs, strict=True):
        bare = names[task.tool] <= 1
        name = shown_name(task.tool if bare else f"{task.server}/{task.tool}")
        given = ", ".join(f"{_key(key)}={_value(value)}" for key, value in task.arguments.items())
        ends = f" for {', '.join(str(need + 1) for need in served)}" if count > 1 else ""
        lines.append(f"{task.id[1:]}. {name}({given}){ends}")
    return "\n".join(lines)


def _key(name: str) -> str:
    return name if _NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, cast('list[object]', value)))}]"
    if not isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    members = cast("Mapping[str, object]", value)
    if REF in members:
        return f"${str(members[REF])[1:].replace('.result', '', 1)}"
    if READ in members:
        told = [json.dumps(members[name], ensure_ascii=False) for name in ("ask", "of") if name in members]
        return f"read({', '.join([_value(members[READ]), str(members['as']), *told])})"
    if TEMPLATE in members:
        return f"text({_value(members[TEMPLATE])[1:-1]})"
    return f"{{{', '.join(f'{_key(name)}: {_value(each)}' for name, each in members.items())}}}"


def read_plan(text: str, trace: Trace, tools: Mapping[tuple[str, str], ToolDefinition]) -> Written | None:
    """Read what a model wrote, as the served planner does; None for what it cannot read."""
    try:
        found = proposed(text, intents_of(trace), tools)
    except ValueError:
        return None
    missing = tuple(one.intent for one in found.unserved)
    return Written(plan=Plan(tasks=found.tasks), serves=found.serves, missing=missing)


def linked(trace: Trace) -> Trace:
    """Return a trace in which values that an earlier call returned, and nobody asked for, are references to it.

    An expert calls with plain values; a plan says where they come from. A value that several results hold is taken from
    a member of the argument's own name, else from the latest.
    """
    steps: list[Step] = []
    asked = f" {trace.question} {' '.join(trace.needs)} ".casefold()
    for step in trace.steps:
        arguments = {name: _linked(name, value, steps, asked) for name, value in step.arguments.items()}
        steps.append(replace(step, arguments=arguments))
    return replace(trace, steps=tuple(steps))


def _linked(name: str, value: object, earlier: Sequence[Step], asked: str) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
        return value
    if re.search(rf"(?<!\w){re.escape(str(value).casefold())}(?!\w)", asked):
        return value
    ways = [
        (place, way)
        for place, step in enumerate(earlier)
        if not step.error
        for way, leaf in _ways(step.result)
        if type(leaf) is type(value) and leaf == value
    ]
    if not ways:
        return value
    place, way = max(ways, key=lambda each: (bool(each[1]) and each[1][-1] == name, each[0]))
    text = "".join(f"[{step}]" if isinstance(step, int) else _member(step) for step in way)
    return {REF: f"{name_of(place)}.result{text}"}


def _member(name: str) -> str:
    return f".{name}" if re.fullmatch(r"[^\s.\[\]\"]+", name) else f"[{json.dumps(name, ensure_ascii=False)}]"


def _ways(value: object, way: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], object]]:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        return [each for name, member in members.items() for each in _ways(member, (*way, name))]
    if isinstance(value, list):
        items = enumerate(cast("list[object]", value))
        return [each for place, item in items for each in _ways(item, (*way, place))]
    return [(way, value)]
