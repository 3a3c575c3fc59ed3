"""All checks of a plan before it runs (spec 02 §2.5): all that is wrong, as typed problems, not the first alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import cast

from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition, canonical
from questline.mcp_servers.gateway.holes import Hole
from questline.types import Plan, Task

from .composed import COMPOSED, faults, types_of
from .orders import ancestors, cycle, knots
from .problems import Kind, Problem, Report
from .references import LITERAL, REF, Place, Reference, find, place_text, read
from .result_types import ALL_TYPES, Target, at
from .toolbox import Toolbox, optional_around, uses

__all__ = ["validate"]


def validate(plan: Plan, toolbox: Toolbox) -> Report:
    """Check a plan: ids, servers and tools, arguments, references, edges, cycles, isolated and equal tasks.

    References are holes in the arguments: checked by the types that the output schema gives them. Edges must hold every
    reference. The work is bounded by the gateway's limits on schemas; nothing is called.
    """
    tasks: dict[str, Task] = {}
    problems: list[Problem] = []
    for task in plan.tasks:
        problems += _of_id(task, tasks.get(task.id))
        tasks.setdefault(task.id, task)
    for task in tasks.values():
        problems += _of_task(task, tasks, toolbox)
    problems += _of_order(plan, tasks, toolbox)
    place = {name: number for number, name in enumerate(tasks)}
    return Report(problems=tuple(sorted(problems, key=lambda problem: place[problem.task])))


def _of_id(task: Task, earlier: Task | None) -> Iterator[Problem]:
    if earlier is not None:
        same = task == earlier
        reason = f"a task before it has this id{' and is equal' if same else ''}"
        yield Problem(kind="duplicate_id", task=task.id, field="id", reason=reason, repairable=same, others=(task.id,))
    elif not task.id or re.search(r"[\s.\[\]\"]", task.id):
        reason = "an id is a word without white space, dots, brackets and quotes"
        yield Problem(kind="bad_id", task=task.id, field="id", reason=reason)


def _of_task(task: Task, tasks: Mapping[str, Task], toolbox: Toolbox) -> Iterator[Problem]:
    tool = toolbox.get(task.server, task.tool)
    if tool is None:
        yield _no_tool(task, toolbox)
    targets: dict[Place, Target] = {}
    try:
        marks = list(find(task.arguments))
    except UsageError as error:
        reason = str(error.fields["reason"])
        yield Problem(kind="bad_argument", task=task.id, field="arguments", reason=reason)
        return
    for place, reason in faults(task.arguments):
        yield Problem(kind="bad_reference", task=task.id, field=_field(place), reason=reason)
    for place, value in marks:
        field, optional = _field(place), optional_around(tool, place) is not None
        try:
            reference = read(value)
        except UsageError as error:
            reason = str(error.fields["reason"])
            yield Problem(kind="bad_reference", task=task.id, field=field, reason=reason, repairable=optional)
            continue
        other = tasks.get(reference.task)
        if other is None:
            reason = f"it refers to {reference.task!r}, which is no task of the plan"
            yield _reference("dangling_reference", task, place, reference, reason, repairable=optional)
            continue
        if other is task:
            reason = "it refers to the result of the task itself"
            yield _reference("self_reference", task, place, reference, reason, repairable=optional)
            continue
        source = toolbox.get(other.server, other.tool)
        target = at(source.output_schema if source else None, reference.path)
        if target.known == "missing":
            yield _reference("no_such_field", task, place, reference, target.reason, repairable=optional)
            continue
        if target.known == "unchecked":
            yield _reference("unchecked_reference", task, place, reference, f"no schema says what {reference.text} is")
        targets[place] = target
        if reference.task not in task.depends_on:
            reason = f"{reference.text} is used, and {reference.task!r} is not in depends_on"
            yield _reference("missing_edge", task, place, reference, reason, repairable=True)
    if tool is not None:
        unread = frozenset(place for place, _ in marks if place not in targets)
        yield from _of_arguments(task, tool, toolbox, targets, unread)


def _reference(
    kind: Kind, task: Task, place: Place, reference: Reference, reason: str, *, repairable: bool = False
) -> Problem:
    return Problem(
        kind=kind,
        task=task.id,
        field=_field(place),
        reason=reason,
        repairable=repairable,
        others=(reference.task,),
    )


def _no_tool(task: Task, toolbox: Toolbox) -> Problem:
    if task.server not in toolbox.servers:
        near = _near(task.server, sorted(toolbox.servers))
        reason = f"there is no server {task.server!r}{near}"
        return Problem(kind="unknown_server", task=task.id, field="server", reason=reason)
    near = _near(task.tool, toolbox.names(task.server))
    reason = f"the server {task.server!r} has no tool {task.tool!r}{near}"
    return Problem(kind="unknown_tool", task=task.id, field="tool", reason=reason)


def _near(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name, names, n=2)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def _of_arguments(
    task: Task, tool: ToolDefinition, toolbox: Toolbox, targets: Mapping[Place, Target], unread: frozenset[Place]
) -> Iterator[Problem]:
    filled = cast("dict[str, object]", _with_holes(task.arguments, (), targets))
    seen: set[Place] = set()
    for fault in toolbox.faults(tool, filled):
        place = tuple(fault.place)
        if fault.missing:
            if place not in seen:
                seen.add(place)
                names = ", ".join(fault.missing)
                reason = f"what the tool requires is missing: {names}"
                yield Problem(
                    kind="missing_argument", task=task.id, field=_field(place), reason=reason, others=fault.missing
                )
        elif place in targets:
            optional = optional_around(tool, place) is not None
            yield Problem(
                kind="wrong_type", task=task.id, field=_field(place), reason=fault.reason, repairable=optional
            )
        elif place not in unread:
            yield Problem(kind="bad_argument", task=task.id, field=_field(place), reason=fault.reason)


def _with_holes(value: object, place: Place, targets: Mapping[Place, Target]) -> object:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        if REF in members:
            return Hole(types=targets[place].types if place in targets else ALL_TYPES)
        if len(members) == 1 and LITERAL in members:
            return members[LITERAL]
        if COMPOSED & members.keys():
            return Hole(types=types_of(members))
        return {name: _with_holes(member, (*place, name), targets) for name, member in members.items()}
    if isinstance(value, list | tuple):
        items = enumerate(cast("list[object]", value))
        return [_with_holes(item, (*place, number), targets) for number, item in items]
    return value


def _field(place: Place) -> str:
    return f"arguments{place_text(place)}"


def _of_order(plan: Plan, tasks: Mapping[str, Task], toolbox: Toolbox) -> Iterator[Problem]:
    parents = {task.id: list(task.depends_on) for task in tasks.values()}
    for task in tasks.values():
        for before in dict.fromkeys(task.depends_on):
            if before not in tasks:
                reason = f"it waits for {before!r}, which is no task of the plan"
                kind: Kind = "unknown_dependency"
            elif task.depends_on.count(before) > 1:
                reason, kind = f"it names {before!r} more than once", "repeated_dependency"
            else:
                continue
            yield Problem(kind=kind, task=task.id, field="depends_on", reason=reason, repairable=True, others=(before,))
    firm = {task.id: list(task.depends_on) for task in tasks.values()}
    for task in tasks.values():
        used = [
            use
            for use in uses(task, toolbox.get(task.server, task.tool))
            if use.reference.task in tasks and use.reference.task != task.id
        ]
        parents[task.id] += [use.reference.task for use in used]
        firm[task.id] = [use.reference.task for use in used if use.optional is None]
    yield from _cycles(parents, firm)
    yield from _apart(tasks, parents)
    yield from _equal(list(tasks.values()), toolbox)


def _cycles(parents: Mapping[str, Sequence[str]], firm: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Yield a cycle for each knot of tasks; it can be mended unless required values make one."""
    waits, stuck = ancestors(parents), ancestors(firm)
    for knot in knots(waits):
        inside = {task: [before for before in parents[task] if before in knot] for task in parents if task in knot}
        found = cycle(inside)
        way = " → ".join([*found, found[0]])
        yield Problem(
            kind="cycle",
            task=found[0],
            field="depends_on",
            reason=f"the tasks wait for each other: {way}",
            repairable=not any(task in stuck[task] for task in knot),
            others=found,
        )


def _apart(tasks: Mapping[str, Task], parents: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    if len(tasks) < 2:
        return
    needed = {before for waits in parents.values() for before in waits}
    for task in tasks:
        if task not in needed and not any(before in tasks for before in parents[task]):
            reason = "no task waits for it and it waits for none"
            yield Problem(kind="isolated_task", task=task, field="depends_on", reason=reason)


def _equal(tasks: Sequence[Task], toolbox: Toolbox) -> Iterator[Problem]:
    """Yield each task that does what an earlier one does: same server, tool, arguments and waits."""
    seen: dict[str, Task] = {}
    for task in tasks:
        try:
            key = canonical([task.server, task.tool, task.arguments, sorted(set(task.depends_on))])
        except (TypeError, ValueError, RecursionError):
            continue
        first = seen.setdefault(key, task)
        if first.id != task.id:
            tool = toolbox.get(task.server, task.tool)
            same = task.intent == first.intent or (tool is not None and tool.repeatable)
            reason = f"it calls the same tool with the same arguments as {first.id!r}"
            yield Problem(
                kind="duplicate_task",
                task=task.id,
                field="arguments",
                reason=reason,
                repairable=same,
                others=(first.id,),
            )
