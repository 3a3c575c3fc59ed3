"""What another reading of a need found, put in the place of that need among all that a question found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from questline.agents.intents.values import Intent, Intents
from questline.agents.tool_executor.contract import TaskResult
from questline.agents.tool_planner.contract import Planned
from questline.agents.tool_planner.references import renamed
from questline.types import LedgerEntry, Plan, Task

from .outcomes import PlanRun
from .values import Found, Ran

__all__ = ["apart", "in_place", "needs_in_place", "of_reading"]


def of_reading(ran: Ran, prefix: str) -> Ran:
    """Return what was run with ids of its own: ``T1`` becomes ``R1-T1``."""
    names = {name: f"{prefix}-{name}" for name in ran.run.outcomes}

    def task(one: Task) -> Task:
        return replace(
            one,
            id=names.get(one.id, one.id),
            arguments=renamed(one.arguments, names),
            depends_on=tuple(names.get(each, each) for each in one.depends_on),
        )

    plan = Plan(tasks=tuple(map(task, ran.run.plan.tasks)))
    outcomes = {names[name]: replace(one, task=names[name]) for name, one in ran.run.outcomes.items()}
    results = {names[name]: _renamed(one, prefix) for name, one in ran.results.items()}
    serves = {names.get(name, name): numbers for name, numbers in ran.serves.items()}
    planned = replace(ran.planned, plan=plan, serves=serves)
    return Ran(planned=planned, run=replace(ran.run, plan=plan, outcomes=outcomes), results=results, serves=serves)


def apart(entries: Sequence[LedgerEntry], prefix: str) -> tuple[LedgerEntry, ...]:
    """Return lines of the ledger with the ids that `of_reading` gives to tasks."""
    return tuple(replace(one, task=f"{prefix}-{one.task}") if one.task else one for one in entries)


def needs_in_place(intents: Intents, place: int, new: Sequence[Intent]) -> Intents:
    """Return a question's needs with others in the place of one; whoever needed its result needs the last of them."""
    old, more = intents.items[place], len(new) - 1
    own = [
        replace(one, start=old.start, end=old.end, after=(*old.after, *(each + place for each in one.after)))
        for one in new
    ]

    def moved(one: Intent) -> Intent:
        return replace(one, after=tuple(each + more if each >= place else each for each in one.after))

    behind = map(moved, intents.items[place + 1 :])
    return replace(intents, items=(*intents.items[:place], *own, *behind))


def in_place(whole: Ran, found: Found, place: int, part: Ran, part_found: Found) -> tuple[Ran, Found]:
    """Return what was run and found for a question, with what a reading of one need came to in its place.

    What was run for the need before stays in the plan, and serves nothing.
    """
    more = len(part_found.candidates) - 1
    serves: dict[str, tuple[int, ...]] = {
        name: tuple(each + more if each > place else each for each in numbers if each != place)
        for name, numbers in whole.serves.items()
    }
    serves |= {name: tuple(each + place for each in numbers) for name, numbers in part.serves.items()}
    unserved = (
        *(
            replace(one, intent=one.intent + more if one.intent > place else one.intent)
            for one in whole.planned.unserved
            if one.intent != place
        ),
        *(replace(one, intent=one.intent + place) for one in part.planned.unserved),
    )
    plan = Plan(tasks=(*whole.run.plan.tasks, *part.run.plan.tasks))
    results: Mapping[str, TaskResult] = {**whole.results, **part.results}
    planned: Planned = replace(whole.planned, plan=plan, serves=serves, unserved=unserved)
    run: PlanRun = replace(whole.run, plan=plan, outcomes={**whole.run.outcomes, **part.run.outcomes})
    candidates = (*found.candidates[:place], *part_found.candidates, *found.candidates[place + 1 :])
    likely = (*found.likely[:place], *part_found.likely, *found.likely[place + 1 :]) if found.likely else ()
    return (
        Ran(planned=planned, run=run, results=results, serves=serves),
        replace(found, candidates=candidates, likely=likely),
    )


def _renamed(result: TaskResult, prefix: str) -> TaskResult:
    evidence = tuple(replace(one, id=f"{prefix}-{one.id}") if one.kind == "tool" else one for one in result.evidence)
    return replace(result, evidence=evidence)
