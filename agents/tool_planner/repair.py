"""Mend a plan without a language model (spec 02 §2.5): only what cannot change what the plan is for.

Edges that references need are added; optional arguments whose reference leads nowhere are dropped; cycles are cut at
their weakest edge; equal tasks become one. What is still wrong then is an error: a missing argument is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from questline.types import Plan, Task

from .orders import ancestors, cycle, knots
from .problems import Kind, Problem, refusal
from .references import place_text, renamed, without
from .toolbox import Toolbox, Use, uses
from .validate import validate

__all__ = ["Change", "Repaired", "repair"]

_DROPPED: Final[frozenset[Kind]] = frozenset(
    {"bad_reference", "dangling_reference", "self_reference", "no_such_field", "wrong_type"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that was mended."""

    task: str
    field: str
    what: str
    """The rest of a sentence about it."""

    def __str__(self) -> str:
        return f"task {self.task!r}, {self.field}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A plan that can run, and how it differs from what was given."""

    plan: Plan
    changes: tuple[Change, ...] = ()
    notes: tuple[Problem, ...] = ()
    """What `validate` still says of it: isolated tasks, unchecked references."""


def repair(plan: Plan, toolbox: Toolbox, *, given: bool = False) -> Repaired:
    """Mend a plan by rule. What can run already is returned as it is; mending twice changes nothing more.

    The weakest edge of a cycle is, first, one that only says an order; then one whose reference stands in an optional
    argument, which is dropped with it. Of equally weak ones it is that which leads furthest back in the plan's order,
    and of these the last. Edges of required references are never cut. Equal tasks become the first of them when their
    intents are equal too or their tool may be called twice: else each is somebody's wish.

    Args:
        plan: What a planner, a language model or a user wrote.
        toolbox: The tools there are.
        given: Whether a user gave the plan, whose to fix it then is.

    Raises:
        PlanError: ``bad_plan`` with all that is still wrong; a `UsageError` of the same code for a given plan.
    """
    changes: list[Change] = []
    report = validate(plan, toolbox)
    # Each round takes something away, or adds an edge that a reference needs; no other round undoes it, so they end.
    while True:
        plan, made = _once(plan, report.problems, toolbox)
        if not made:
            break
        changes += made
        report = validate(plan, toolbox)
    if report.errors:
        raise refusal(report.errors, given=given)
    return Repaired(plan=plan, changes=tuple(changes), notes=report.notes)


def _once(plan: Plan, problems: Sequence[Problem], toolbox: Toolbox) -> tuple[Plan, list[Change]]:
    """Mend the first kind of fault that there is, so that what follows sees a plan without it."""
    mended = [problem for problem in problems if problem.repairable]
    if not mended:
        return plan, []
    for step in (_single, _drop, _edges, _cut, _merge):
        changed, made = step(plan, mended, toolbox)
        if made:
            return changed, made
    return plan, []


def _single(plan: Plan, problems: Sequence[Problem], _toolbox: Toolbox) -> tuple[Plan, list[Change]]:
    """Keep one of several tasks that are equal to the last letter."""
    twice = {problem.task for problem in problems if problem.kind == "duplicate_id"}
    kept: list[Task] = []
    made: list[Change] = []
    for task in plan.tasks:
        if task.id in twice and task in kept:
            made.append(Change(task=task.id, field="id", what="the same task stood in the plan twice"))
        else:
            kept.append(task)
    return Plan(tasks=tuple(kept)), made


def _drop(plan: Plan, problems: Sequence[Problem], toolbox: Toolbox) -> tuple[Plan, list[Change]]:
    """Leave out optional arguments whose reference leads nowhere."""
    faults = {(problem.task, problem.field) for problem in problems if problem.kind in _DROPPED}
    tasks: list[Task] = []
    made: list[Change] = []
    for task in plan.tasks:
        for place, optional in toolbox.marks(task):
            if optional is not None and (task.id, f"arguments{place_text(place)}") in faults:
                task = replace(task, arguments=without(task.arguments, optional))  # noqa: PLW2901 because it is mended
                what = "an optional argument was left out: what it refers to is not there"
                made.append(Change(task=task.id, field=f"arguments{place_text(optional)}", what=what))
                break  # places of later ones in a list may have moved
        tasks.append(task)
    return Plan(tasks=tuple(tasks)), made


def _edges(plan: Plan, _problems: Sequence[Problem], toolbox: Toolbox) -> tuple[Plan, list[Change]]:
    """Make edges hold every reference once, and nothing that is no task."""
    ids = {task.id for task in plan.tasks}
    tasks: list[Task] = []
    made: list[Change] = []
    for task in plan.tasks:
        known = [before for before in dict.fromkeys(task.depends_on) if before in ids]
        needed = [use.reference.task for use in uses(task, toolbox.get(task.server, task.tool))]
        added = [before for before in dict.fromkeys(needed) if before in ids - {*known, task.id}]
        waits = (*known, *added)
        if waits != task.depends_on:
            lost = [before for before in task.depends_on if before not in ids]
            told = [f"it now waits for {before!r}, which it refers to" for before in added]
            told += [f"{before!r} is no task, so nothing waits for it" for before in lost]
            told += [] if told else ["it named a task more than once"]
            made += [Change(task=task.id, field="depends_on", what=what) for what in told]
        tasks.append(replace(task, depends_on=waits) if waits != task.depends_on else task)
    return Plan(tasks=tuple(tasks)), made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edge:
    before: str
    after: str
    reach: int
    """How far back in the plan's order it leads; negative for an edge in its direction."""
    held: tuple[Use, ...]
    """The references that need it."""

    @property
    def weakness(self) -> tuple[bool, int]:
        """What is larger is weaker."""
        return not self.held, self.reach


def _cut(plan: Plan, _problems: Sequence[Problem], toolbox: Toolbox) -> tuple[Plan, list[Change]]:
    """Cut the weakest edge of one cycle; the next round finds the next one."""
    tasks = {task.id: task for task in plan.tasks}
    parents = {task.id: list(task.depends_on) for task in plan.tasks}
    place = {name: number for number, name in enumerate(tasks)}
    for knot in knots(ancestors(parents)):
        found = cycle({name: [each for each in parents[name] if each in knot] for name in parents if name in knot})
        pairs = zip(found, [*found[1:], found[0]], strict=True)
        edges = [_edge(before, tasks[after], place, toolbox) for before, after in pairs]
        loose = [edge for edge in edges if all(use.optional is not None for use in edge.held)]
        if not loose:
            continue
        weakest = max(loose, key=lambda edge: (*edge.weakness, place[edge.after]))
        cut, made = _without_edge(tasks[weakest.after], weakest)
        return Plan(tasks=tuple(cut if task.id == cut.id else task for task in plan.tasks)), made
    return plan, []


def _edge(before: str, after: Task, place: Mapping[str, int], toolbox: Toolbox) -> _Edge:
    held = tuple(use for use in uses(after, toolbox.get(after.server, after.tool)) if use.reference.task == before)
    return _Edge(before=before, after=after.id, reach=place[before] - place[after.id], held=held)


def _without_edge(task: Task, edge: _Edge) -> tuple[Task, list[Change]]:
    arguments = task.arguments
    made = [Change(task=task.id, field="depends_on", what=f"it no longer waits for {edge.before!r}, to end a cycle")]
    for optional in dict.fromkeys(use.optional for use in edge.held):
        if optional is not None:
            arguments = without(arguments, optional)
            what = f"an optional argument was left out with the edge from {edge.before!r}"
            made.append(Change(task=task.id, field=f"arguments{place_text(optional)}", what=what))
    waits = tuple(before for before in task.depends_on if before != edge.before)
    return replace(task, arguments=arguments, depends_on=waits), made


def _merge(plan: Plan, problems: Sequence[Problem], _toolbox: Toolbox) -> tuple[Plan, list[Change]]:
    """Let the first of several equal tasks stand for all of them."""
    names = {problem.task: problem.others[0] for problem in problems if problem.kind == "duplicate_task"}
    if not names:
        return plan, []
    kept = [_repointed(task, names) for task in plan.tasks if task.id not in names]
    return Plan(tasks=tuple(kept)), list(_merged(names))


def _merged(names: Mapping[str, str]) -> Iterator[Change]:
    for name, first in names.items():
        yield Change(task=name, field="id", what=f"it does what {first!r} does, which stands for both now")


def _repointed(task: Task, names: Mapping[str, str]) -> Task:
    if not any(before in names for before in task.depends_on):
        return task
    waits = dict.fromkeys(names.get(before, before) for before in task.depends_on)
    return replace(task, arguments=renamed(task.arguments, names), depends_on=tuple(waits))
