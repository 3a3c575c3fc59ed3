"""J_correct: whether every step of a trace holds, and its answer with them; one fault discards it.

The paper (arXiv:2508.04604 §2.4) names three things that are checked at each step: the schema, the arguments, the
soundness of the thought. How is ours: plans are checked as those that are served (`validate`), values by whether they
were asked or seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from questline.agents.tool_planner.composed import COMPOSED
from questline.agents.tool_planner.problems import Kind as PlanKind
from questline.agents.tool_planner.references import REF
from questline.agents.tool_planner.toolbox import Toolbox
from questline.agents.tool_planner.validate import validate
from questline.mcp_servers.gateway.definitions import ToolDefinition, canonical
from questline.mcp_servers.gateway.schemas import Schemas

from .grounding import Known, leaves
from .recorded import Recorded
from .traces import Trace, called, name_of, parents, plan_of

__all__ = ["Fault", "Kind", "Sound", "by_rule", "correct", "counted"]

Kind: TypeAlias = (
    PlanKind
    | Literal[
        "no_step",
        "no_thought",
        "unsound_thought",
        "invented_argument",
        "later_reference",
        "no_such_value",
        "failed_call",
        "unexpected_result",
        "other_result",
        "no_answer",
        "unsupported_answer",
    ]
)
"""What can be wrong: what `validate` says of a plan, and what only a trace can have."""
Sound: TypeAlias = Callable[[Trace, int, Known, ToolDefinition | None], str]
"""Says what is unsound in the thought of a step, given what was asked and seen before it; empty where it is sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a trace."""

    kind: Kind
    step: str
    """Its id; empty for the trace as a whole and its answer."""
    reason: str


def by_rule(trace: Trace, place: int, known: Known, tool: ToolDefinition | None) -> str:
    """Judge a thought: it mentions only what was asked or seen, or what the tool that it calls says of itself."""
    own = trace.steps[place]
    about = (tool.description, tool.input_schema, tool.output_schema) if tool is not None else ()
    strange = known.and_of(own.server, own.tool, own.tool.replace("_", " "), *about).strange(own.thought)
    return f"it mentions {', '.join(map(repr, strange[:3]))}, which nobody asked and no step showed" if strange else ""


def correct(
    trace: Trace,
    toolbox: Toolbox,
    *,
    recorded: Recorded | None = None,
    sound: Sound = by_rule,
    thoughts: bool = True,
) -> tuple[Fault, ...]:
    """Return all that is wrong with a trace; one without faults may be learnt from.

    Args:
        trace: What an expert did.
        toolbox: The tools that there are.
        recorded: Calls that results are held against; None takes what the trace says.
        sound: Judges thoughts.
        thoughts: Whether each step needs one.
    """
    return tuple(_faults(trace, toolbox, recorded, sound, thoughts))


def counted(faults: Iterable[Fault]) -> Mapping[str, int]:
    """Return how often each kind of fault occurs."""
    return dict(sorted(Counter(str(each.kind) for each in faults).items()))


_SCHEMAS: Final = Schemas()


def _faults(trace: Trace, toolbox: Toolbox, recorded: Recorded | None, sound: Sound, thoughts: bool) -> Iterator[Fault]:
    if not trace.steps:
        yield Fault(kind="no_step", step="", reason="nothing was called")
    for problem in validate(plan_of(trace), toolbox).errors:
        if problem.kind == "unknown_dependency":  # a reference that leads nowhere is told as such
            continue
        yield Fault(kind=problem.kind, step=problem.task, reason=problem.reason)
    known = Known.of(trace.question, *trace.needs)
    for place, step in enumerate(trace.steps):
        name, tool = name_of(place), toolbox.get(step.server, step.tool)
        if not step.thought.strip():
            if thoughts:
                yield Fault(kind="no_thought", step=name, reason="it has no thought")
        elif why := sound(trace, place, known, tool):
            yield Fault(kind="unsound_thought", step=name, reason=why)
        yield from _of_call(trace, place, known, tool)
        if step.error:
            yield Fault(kind="failed_call", step=name, reason=f"the call failed: {step.error}")
        else:
            yield from _of_result(trace, place, tool, recorded)
        known = known.and_of(step.result)
    yield from _of_answer(trace, known)


def _of_call(trace: Trace, place: int, known: Known, tool: ToolDefinition | None) -> Iterator[Fault]:
    step, name = trace.steps[place], name_of(place)
    earlier = {name_of(before) for before in range(place)}
    ids = {name_of(other) for other in range(len(trace.steps))}
    later = [each for each in parents(step) if each in ids - earlier - {name}]
    if later:
        yield Fault(kind="later_reference", step=name, reason=f"it takes a value of {later[0]}, which comes later")
    elif set(parents(step)) <= earlier and called(trace, place) is None:
        yield Fault(kind="no_such_value", step=name, reason="a reference leads to no value of what came back")
    fixed = Known.of(*_fixed(tool.input_schema)) if tool is not None else Known(())
    for value in _literals(step.arguments):
        if not known.says(value) and not fixed.says(value):
            yield Fault(kind="invented_argument", step=name, reason=f"{value!r} was neither asked nor seen")


def _of_result(trace: Trace, place: int, tool: ToolDefinition | None, recorded: Recorded | None) -> Iterator[Fault]:
    step, name = trace.steps[place], name_of(place)
    if tool is not None and tool.output_schema is not None and (why := _SCHEMAS.misfit(tool, step.result)):
        yield Fault(kind="unexpected_result", step=name, reason=why)
    arguments = called(trace, place)
    if recorded is None or tool is None or arguments is None:
        return
    told = recorded.told(step.server, step.tool, arguments)
    if told is not None and canonical(told.value) != canonical(step.result):
        yield Fault(kind="other_result", step=name, reason="the recorded call returned something else")
    elif told is None:
        yield Fault(kind="other_result", step=name, reason="no such call was recorded")


def _of_answer(trace: Trace, known: Known) -> Iterator[Fault]:
    if not trace.answer.strip():
        yield Fault(kind="no_answer", step="", reason="there is no answer")
    elif strange := known.strange(trace.answer):
        told = ", ".join(map(repr, strange[:3]))
        yield Fault(kind="unsupported_answer", step="", reason=f"it says {told}, which no result shows")


def _literals(arguments: Mapping[str, object]) -> list[object]:
    """Return the plain values of arguments that no reference brings."""
    found: list[object] = []
    for value in arguments.values():
        if isinstance(value, Mapping):
            members = cast("Mapping[str, object]", value)
            if REF not in members and not COMPOSED & members.keys():
                found += _literals(members)
        elif isinstance(value, list):
            found += _literals({str(place): item for place, item in enumerate(cast("list[object]", value))})
        else:
            found.append(value)
    return found


def _fixed(schema: object) -> list[object]:
    """Return the values that a schema itself names: of enum, const and default."""
    if isinstance(schema, list):
        return [each for item in cast("list[object]", schema) for each in _fixed(item)]
    if not isinstance(schema, Mapping):
        return []
    found: list[object] = []
    for name, member in cast("Mapping[str, object]", schema).items():
        found += leaves(member) if name in ("enum", "const", "default") else _fixed(member)
    return found
