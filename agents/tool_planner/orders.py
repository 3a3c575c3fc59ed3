"""Which task comes before which: ancestors, cycles, levels. All of it works on plans that are wrong, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

__all__ = ["ancestors", "cycle", "knots", "levels"]


def cycle(parents: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return one cycle, each task before the one that waits for it, beginning with the first in order; or none.

    Args:
        parents: By task what it waits for; what has no entry of its own waits for nothing.
    """
    sorter = TopologicalSorter({task: dict.fromkeys(before) for task, before in parents.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        found: list[str] = list(error.args[1])[:-1]  # the library closes it: the first task stands at the end again
        place = {task: number for number, task in enumerate(parents)}
        first = min(range(len(found)), key=lambda number: place.get(found[number], len(place)))
        return tuple(found[first:] + found[:first])
    return ()


def ancestors(parents: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """Return all tasks that each one waits for, directly or not; in a cycle a task waits for itself."""
    found: dict[str, frozenset[str]] = {}
    for task in parents:
        seen: set[str] = set()
        stack = list(parents[task])
        while stack:
            before = stack.pop()
            if before not in seen:
                seen.add(before)
                stack += parents.get(before, ())
        found[task] = frozenset(seen)
    return found


def knots(waits: Mapping[str, frozenset[str]]) -> list[frozenset[str]]:
    """Return each set of tasks that all wait for each other, and for themselves.

    Args:
        waits: What `ancestors` returned.
    """
    tied = [task for task in waits if task in waits[task]]
    return list(
        dict.fromkeys(frozenset(each for each in tied if each in waits[task] and task in waits[each]) for task in tied)
    )


def levels(parents: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Return the tasks by the length of the longest way to them, in the given order within a level.

    Raises:
        ValueError: There is a cycle.
    """
    known = {task: [before for before in waits if before in parents] for task, waits in parents.items()}
    depth: dict[str, int] = {}
    for task in TopologicalSorter(known).static_order():
        depth[task] = max((depth[before] + 1 for before in known[task]), default=0)
    rows: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for task in parents:
        rows[depth[task]].append(task)
    return tuple(map(tuple, rows))
