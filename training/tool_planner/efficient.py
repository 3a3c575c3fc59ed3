"""J_efficient: takes what is redundant out of a correct trace, and checks it again (arXiv:2508.04604 §2.4, Eq. 7).

Which calls are redundant is ours: the same call once more; a call whose result nothing uses, neither a later call nor
the answer, and with it what was only called for it; a round trip, two calls of which the second undoes the first in all
that was recorded. Each is taken out alone and stays out only where the rest is still correct: thoughts that speak of
what it showed, or an answer that rests on it, keep a call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, cast

from questline.agents.tool_planner.references import find, read, renamed
from questline.agents.tool_planner.toolbox import Toolbox
from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import canonical

from .correct import Sound, by_rule, correct
from .grounding import leaves
from .recorded import Recorded
from .traces import Step, Trace, called, name_of, parents

__all__ = ["Change", "Efficient", "efficient"]

Change: TypeAlias = Literal["repeated", "unused", "round_trip"]
_SHOWN: Final = 3
"""Different values that a round trip must have been recorded for."""

_GONE: Final = "gone"
"""What a reference to a call that went leads to: no step, so that the trace is not correct."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Efficient:
    """A trace without what was redundant."""

    trace: Trace
    changes: Mapping[Change, int]
    """How many calls went, by why."""


def efficient(
    trace: Trace,
    toolbox: Toolbox,
    *,
    recorded: Recorded | None = None,
    sound: Sound = by_rule,
    thoughts: bool = True,
) -> Efficient:
    """Prune a trace; one that is not `correct` is returned as it is. Pruning twice changes nothing more.

    Args:
        trace: What an expert did.
        toolbox: The tools that there are; what is not marked read-only or idempotent is never taken out.
        recorded: What round trips are looked for in, and results are held against.
        sound: Judges thoughts.
        thoughts: Whether each step needs one.
    """

    def holds(one: Trace) -> bool:
        return not correct(one, toolbox, recorded=recorded, sound=sound, thoughts=thoughts)

    changes: Counter[Change] = Counter()
    if not holds(trace):
        return Efficient(trace=trace, changes={})
    again = True
    while again:
        again = False
        for change, shorter in _shorter(trace, toolbox, recorded):
            if holds(shorter):
                changes[change] += len(trace.steps) - len(shorter.steps)
                trace, again = shorter, True
                break
    return Efficient(trace=trace, changes=dict(changes))


def _shorter(trace: Trace, toolbox: Toolbox, recorded: Recorded | None) -> Iterator[tuple[Change, Trace]]:
    """Yield traces with fewer calls, which may or may not be correct."""
    free = [_repeatable(step, toolbox) for step in trace.steps]
    keys = [_key(trace, place) for place in range(len(trace.steps))]
    for place, key in enumerate(keys):
        if free[place] and key is not None and key in keys[:place]:
            yield "repeated", _dropped(trace, {place}, {place: keys.index(key)})
    if recorded is not None:
        for place in range(len(trace.steps)):
            if free[place]:
                for each in _straight(trace, place, free, recorded):
                    yield "round_trip", each
    for place in reversed(range(len(trace.steps))):
        if free[place] and not _used(trace, place):
            yield "unused", _dropped(trace, {place}, {})


def _repeatable(step: Step, toolbox: Toolbox) -> bool:
    tool = toolbox.get(step.server, step.tool)
    return tool is not None and tool.repeatable


def _key(trace: Trace, place: int) -> str | None:
    step, given = trace.steps[place], called(trace, place)
    return None if given is None else canonical([step.server, step.tool, given])


def _dropped(trace: Trace, gone: set[int], instead: Mapping[int, int]) -> Trace:
    """Return the trace without some steps; `instead` says which step stands in for one in the references of others."""
    kept = [place for place in range(len(trace.steps)) if place not in gone]
    at = {place: number for number, place in enumerate(kept)}
    names = {name_of(place): _GONE for place in gone}
    names |= {name_of(place): name_of(number) for place, number in at.items()}
    names |= {name_of(place): name_of(at[other]) for place, other in instead.items() if other in at}
    needs: dict[int, set[int]] = {place: set(trace.steps[place].needs) for place in kept}
    for place, other in instead.items():
        needs[other] |= set(trace.steps[place].needs)
    steps = tuple(
        replace(
            trace.steps[place],
            arguments=renamed(trace.steps[place].arguments, names),
            needs=tuple(sorted(needs[place])),
        )
        for place in kept
    )
    return replace(trace, steps=steps)


def _used(trace: Trace, place: int) -> bool:
    """Say whether a later call takes what a step returned, or the answer tells it; the last for a need counts too."""
    step, name = trace.steps[place], name_of(place)
    values = {_plain(leaf) for leaf in leaves(step.result)} - {""}
    for later in trace.steps[place + 1 :]:
        if name in parents(later) or any(_plain(leaf) in values for leaf in leaves(dict(later.arguments))):
            return True
    asked = " ".join((trace.question, *trace.needs))
    if _told(step.result, trace.answer, asked):
        return True
    others = [each for number, each in enumerate(trace.steps) if number != place]
    return any(
        not any(need in each.needs and _told(each.result, trace.answer, asked) for each in others)
        and not any(need in each.needs for each in trace.steps[place + 1 :])
        for need in step.needs
    )


def _told(result: object, answer: str, asked: str) -> bool:
    """Say whether an answer holds one of the values that a call returned, and that the question does not say."""
    said, known = f" {_plain(answer)} ", f" {_plain(asked)} "
    values = [f" {_plain(leaf)} " for leaf in leaves(result) if _plain(leaf) and not isinstance(leaf, bool)]
    return any(value in said and value not in known for value in values)


def _plain(value: object) -> str:
    if value is None:
        return ""
    return " ".join("".join(sign if sign.isalnum() or sign in ".-" else " " for sign in str(value).casefold()).split())


# Round trips


def _straight(trace: Trace, place: int, free: Sequence[bool], recorded: Recorded) -> Iterator[Trace]:
    """Yield the trace in which what leads there and back is replaced by where it began."""
    step = trace.steps[place]
    for argument, value in step.arguments.items():
        way = _only_reference({argument: value})
        if way is None or not free[way[0]] or len(way[1]) != 1:
            continue
        first, out = way
        for start, origin in trace.steps[first].arguments.items():
            for later in range(place + 1, len(trace.steps)):
                for spot, mark in find(trace.steps[later].arguments):
                    back = _only_reference({"": mark})
                    if back is None or back[0] != place or len(spot) != 1 or len(back[1]) != 1:
                        continue
                    if _undoes(recorded, trace.steps[first], start, str(out[0]), step, argument, str(back[1][0])):
                        given = {**trace.steps[later].arguments, str(spot[0]): origin}
                        steps = list(trace.steps)
                        steps[later] = replace(steps[later], arguments=given)
                        straight = replace(trace, steps=tuple(steps))
                        steps[place] = replace(step, arguments={}, result=None)
                        alone = replace(trace, steps=tuple(steps))
                        gone = {place} if _used(alone, first) else {first, place}
                        yield _dropped(straight, gone, {})


def _only_reference(arguments: Mapping[str, object]) -> tuple[int, tuple[str | int, ...]] | None:
    """Return the step that the one argument refers to, and the way into its result."""
    for spot, mark in find(arguments):
        if len(spot) == 1:
            try:
                reference = read(mark)
            except UsageError:
                return None
            return (int(reference.task[1:]) - 1, reference.path) if reference.task[1:].isdigit() else None
    return None


def _undoes(recorded: Recorded, there: Step, start: str, out: str, back: Step, into: str, end: str) -> bool:
    """Say whether a call with what another returned gives in all that was recorded what that one was given."""
    ways: dict[str, object] = {}
    for given, value in recorded.calls_of(there.server, there.tool):
        if isinstance(value, Mapping) and set(given) == {start} and out in value:
            ways[canonical(cast("Mapping[str, object]", value)[out])] = given[start]
    shown = 0
    for given, value in recorded.calls_of(back.server, back.tool):
        if set(given) != {into} or not isinstance(value, Mapping) or canonical(given[into]) not in ways:
            continue
        if canonical(cast("Mapping[str, object]", value).get(end)) != canonical(ways[canonical(given[into])]):
            return False
        shown += 1
    return shown >= _SHOWN
