"""What a plan earns: the hierarchy as published, and ours, graded and bounded; every part of both apart.

Published (arXiv:2511.10037, as its authors' repository has it [secondary]): a text that cannot be read or a circle −10;
edges that fall apart −2; else five times the F1 of the edges, and five more for exactly the right ones. It looks at
edges alone: of a plan of one call it takes any call for right, and a question of two needs without anything in common
can earn nothing but −2. Ours looks at the calls too, and at whether the plan runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from questline.agents.tool_planner.references import REF, read
from questline.agents.tool_planner.toolbox import Toolbox
from questline.agents.tool_planner.validate import validate
from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import canonical
from questline.types import Plan, Task

__all__ = ["Judged", "Weights", "edges_of", "full_keys", "judged", "node_keys", "ours", "overlap", "published"]

T = TypeVar("T", bound=Hashable)
Edge = tuple[str, str]
_BROKEN: Final = -10.0
_APART: Final = -2.0
_EDGES: Final = 5.0
_EXACT: Final = 5.0
_MOST_EXTRA: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is true of a plan beside the right one."""

    parsed: bool
    """The served planner can read it."""
    cyclic: bool = False
    connected: bool = True
    """The tasks that stand in edges hang together."""
    valid: bool = False
    """It has a task, a call for each need, and nothing that keeps it from running."""
    executed: float = 0.0
    """Share of its tasks that were done when the scheduler ran it; 0 for one that is not valid."""
    nodes: float = 0.0
    """F1 of its calls, their own values and the names of what they take from others included."""
    edges: float = 0.0
    """F1 of its edges; 1 where neither has one."""
    has_edges: bool = False
    """Whether either has an edge."""
    same_edges: bool = False
    exact: bool = False
    """The same calls, for the same needs, with values from the same calls."""
    extra: int = 0
    """Tasks beyond the right number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Of the parts of our reward; what a plan can gain sums to 1 as they stand."""

    parses: float = 0.1
    valid: float = 0.1
    executes: float = 0.2
    nodes: float = 0.15
    edges: float = 0.15
    exact: float = 0.3
    extra: float = 0.05
    """Cost of a task more than are needed; of four at most."""


def overlap(predicted: Iterable[T], right: Iterable[T]) -> float:
    """Return the F1 of two bags, in [0, 1]; 1 where both are empty.

    >>> overlap("aab", "abb")
    0.6666666666666666
    """
    given, wanted = Counter(predicted), Counter(right)
    whole = given.total() + wanted.total()
    return 2 * (given & wanted).total() / whole if whole else 1.0


def _references(value: object, names: Mapping[str, str]) -> Any:
    """Return arguments with each reference's task replaced: by what `names` says of it, else by nothing."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        if REF in members:
            try:
                reference = read(members)
            except UsageError:
                return dict(members)
            return {REF: [names.get(reference.task, ""), list(reference.path)]}
        return {name: _references(member, names) for name, member in members.items()}
    if isinstance(value, list | tuple):
        return [_references(item, names) for item in cast("list[object]", value)]
    return value


def node_keys(plan: Plan) -> dict[str, str]:
    """Return what each task calls, by id: its own values, and which members it takes, but not of which task."""
    return {task.id: _key(task, {}) for task in plan.tasks}


def _key(task: Task, names: Mapping[str, str]) -> str:
    return canonical([task.server, task.tool, _references(task.arguments, names)])


def full_keys(plan: Plan) -> dict[str, str]:
    """Return the same with what it takes from which call, all the way up; tasks of a circle have their own key."""
    tasks = {task.id: task for task in plan.tasks}
    keys: dict[str, str] = {}
    while True:
        ready = [
            task for task in tasks.values()
            if task.id not in keys and all(before in keys or before not in tasks for before in task.depends_on)
        ]  # fmt: skip
        if not ready:
            return {name: keys.get(name, _key(task, {})) for name, task in tasks.items()}
        keys |= {task.id: _key(task, keys) for task in ready}


def edges_of(plan: Plan) -> list[Edge]:
    """Return the edges between calls, by what they call: no id, no order of independent tasks is in it."""
    keys = node_keys(plan)
    return [
        (keys[before], keys[task.id])
        for task in plan.tasks
        for before in dict.fromkeys(task.depends_on)
        if before in keys
    ]


def judged(
    plan: Plan | None,
    right: Plan,
    toolbox: Toolbox,
    *,
    executed: float = 0.0,
    missing: int = 0,
    serves: Mapping[str, tuple[int, ...]] | None = None,
    right_serves: Mapping[str, tuple[int, ...]] | None = None,
) -> Judged:
    """Compare a plan with the right one.

    Args:
        plan: As it was read; None for a text that cannot be.
        right: An expert's.
        toolbox: The tools.
        executed: Share of its tasks that were done when it ran.
        missing: Needs that it says there is no call for.
        serves: By task the needs it works for; None for all alike.
        right_serves: The same of the right plan.
    """
    if plan is None:
        return Judged(parsed=False)
    problems = validate(plan, toolbox).errors
    valid = bool(plan.tasks) and not problems and not missing
    given, wanted = edges_of(plan), edges_of(right)
    mine, gold = full_keys(plan), full_keys(right)
    if serves is not None and right_serves is not None:
        mine = {name: f"{key} {serves.get(name)}" for name, key in mine.items()}
        gold = {name: f"{key} {right_serves.get(name)}" for name, key in gold.items()}
    return Judged(
        parsed=True,
        cyclic=any(problem.kind in ("cycle", "self_reference") for problem in problems),
        connected=_hangs_together(plan),
        valid=valid,
        executed=executed if valid else 0.0,
        nodes=overlap(node_keys(plan).values(), node_keys(right).values()),
        edges=overlap(given, wanted),
        has_edges=bool(given or wanted),
        same_edges=Counter(given) == Counter(wanted),
        exact=not missing and Counter(mine.values()) == Counter(gold.values()),
        extra=max(0, len(plan.tasks) - len(right.tasks)),
    )


def _hangs_together(plan: Plan) -> bool:
    ids = {task.id for task in plan.tasks}
    beside: dict[str, set[str]] = {}
    for before, after in plan.edges:
        if before in ids:
            beside.setdefault(before, set()).add(after)
            beside.setdefault(after, set()).add(before)
    if not beside:
        return True
    seen, left = set[str](), [next(iter(beside))]
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left += beside[name]
    return len(seen) == len(beside)


def published(one: Judged) -> dict[str, float]:
    """Return the parts of the reward as published, whose sum it is: from −10 to 10.

    Each stage that fails ends it, so that at most one of the first two is not 0, and then the rest is.
    """
    broken = not one.parsed or one.cyclic
    apart = not broken and not one.connected
    whole = not broken and not apart
    return {
        "broken": _BROKEN if broken else 0.0,
        "apart": _APART if apart else 0.0,
        "edges": _EDGES * one.edges if whole else 0.0,
        "exact": _EXACT if whole and one.same_edges else 0.0,
    }


def ours(one: Judged, weights: Weights | None = None) -> dict[str, float]:
    """Return the parts of our reward, whose sum it is: 1 for the right plan, 0 for what cannot be read.

    Where neither plan has an edge the calls count in their place, so that a wrong call gains nothing from that. That a
    plan runs counts as far as its calls are right: any recorded call runs, whatever was asked.
    """
    told = weights or Weights()
    if not one.parsed:
        return dict.fromkeys(("parses", "valid", "executes", "nodes", "edges", "exact", "extra"), 0.0)
    return {
        "parses": told.parses,
        "valid": told.valid * one.valid,
        "executes": told.executes * one.executed * one.nodes,
        "nodes": told.nodes * one.nodes,
        "edges": told.edges * (one.edges if one.has_edges else one.nodes),
        "exact": told.exact * (one.exact and one.valid),
        "extra": -told.extra * min(_MOST_EXTRA, one.extra),
    }
