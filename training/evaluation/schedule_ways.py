"""Ways to run a plan, for comparison: one after the other, level by level, and as LangGraph does it."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from typing import Annotated, Any, Final, Literal, TypeAlias, TypedDict, cast

import networkx as nx
from langgraph.graph import (  # pyright: ignore[reportMissingTypeStubs]  # because a namespace package hides py.typed
    END,
    START,
    StateGraph,
)
from langgraph.types import Send

from questline.errors import RunError, ServerUnavailable
from questline.graphs.tool_search.contract import Limits
from questline.graphs.tool_search.outcomes import Outcome
from questline.graphs.tool_search.scheduler import run_plan
from questline.types import Plan, Task

__all__ = ["BROKEN", "WAYS", "Broken", "Servers", "Way", "fan_out", "ways"]

Broken: TypeAlias = Literal["none", "dead", "hanging"]
BROKEN: Final[tuple[Broken, ...]] = ("none", "dead", "hanging")
Way: TypeAlias = Literal["scheduler", "sequential", "level_barrier", "langgraph"]
WAYS: Final[tuple[Way, ...]] = ("scheduler", "sequential", "level_barrier", "langgraph")
_STUBBORN_S: Final = 1.0
"""So long a hanging call ignores that it is cancelled."""


class Servers:
    """Stand in for the servers of a plan: each task takes its seconds (0 is none at all), and may fail or hang.

    Args:
        seconds: By task id.
        slots: Tasks that each server may have at once; None is no limit.
        failing: Ids of tasks that fail when their seconds are over.
        broken: A server whose tasks do not end well.
        how: Whether it refuses at once, or never answers and ignores for a second that it is cancelled.
    """

    def __init__(
        self,
        seconds: Mapping[str, float],
        *,
        slots: int | None = None,
        failing: frozenset[str] = frozenset(),
        broken: str = "",
        how: Broken = "none",
    ) -> None:
        self._seconds = seconds
        self._failing = failing
        self._broken = broken
        self._how = how
        self._slots = slots
        self._doors: dict[str, asyncio.Semaphore] = {}

    async def perform(self, task: Task, inputs: Mapping[str, object], deadline_s: float) -> Outcome:
        """Carry a task out for the scheduler, which counts the slots itself."""
        del inputs, deadline_s
        if self._how != "none" and task.server == self._broken:
            await self._break(task.server)
        if seconds := self._seconds[task.id]:
            await asyncio.sleep(seconds)
        if task.id in self._failing:
            raise RunError("the call fails, as was drawn", code="tool_failed")
        return Outcome(task=task.id)

    async def serve(self, task: Task) -> None:
        """Carry a task out when its server has a place."""
        door = (
            nullcontext()
            if self._slots is None
            else self._doors.setdefault(task.server, asyncio.Semaphore(self._slots))
        )
        async with door:
            await self.perform(task, {}, 0.0)

    async def _break(self, server: str) -> None:
        if self._how == "dead":
            raise ServerUnavailable(f"{server} is dead", server=server)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(_STUBBORN_S)
            raise


def ways(plan: Plan, servers: Servers, *, slots: int | None) -> dict[Way, Callable[[], Awaitable[object]]]:
    """Return each way to run a plan over the same servers, ready to be timed; LangGraph's graph is compiled here."""
    graph = _graph(plan)
    levels = [[*level] for level in nx.topological_generations(graph)]
    tasks = {task.id: task for task in plan.tasks}
    compiled = _supersteps(plan, servers)
    limits = Limits(default_slots=slots)

    async def sequential() -> None:
        for level in levels:
            for name in level:
                await servers.serve(tasks[name])

    async def level_barrier() -> None:
        for level in levels:
            await asyncio.gather(*(servers.serve(tasks[name]) for name in level))

    return {
        "scheduler": lambda: run_plan(plan, servers.perform, limits=limits),
        "sequential": sequential,
        "level_barrier": level_barrier,
        "langgraph": lambda: compiled.ainvoke({"done": []}, {"recursion_limit": len(levels) + 2}),
    }


class _State(TypedDict):
    done: Annotated[list[str], operator.add]


def _graph(plan: Plan) -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(task.id for task in plan.tasks)
    graph.add_edges_from(plan.edges)
    return graph


def _supersteps(plan: Plan, servers: Servers) -> Any:
    """A node a task and an edge a dependency: what runs in one superstep is waited for as a whole."""
    graph: Any = StateGraph(cast("Any", _State))

    def node(task: Task) -> Callable[[_State], Awaitable[_State]]:
        async def run(state: _State) -> _State:
            del state
            await servers.serve(task)
            return {"done": [task.id]}

        return run

    needed = {before for before, _ in plan.edges}
    for task in plan.tasks:
        graph.add_node(task.id, node(task))
    for task in plan.tasks:
        befores = list(task.depends_on)
        graph.add_edge((befores[0] if len(befores) == 1 else befores) if befores else START, task.id)
        if task.id not in needed:
            graph.add_edge(task.id, END)
    return graph.compile()


def fan_out(plan: Plan) -> Callable[[], Awaitable[object]]:
    """Return a LangGraph run that sends every task of a plan at once to a node that does nothing.

    That is the least that `Send` can cost: the dependencies are left out.
    """
    graph: Any = StateGraph(cast("Any", _State))

    async def run(task: Task) -> _State:
        return {"done": [task.id]}

    def send(state: _State) -> list[Send]:
        del state
        return [Send("run", task) for task in plan.tasks]

    graph.add_node("run", run)
    graph.add_conditional_edges(START, send, ["run"])
    graph.add_edge("run", END)
    compiled = graph.compile()
    return lambda: compiled.ainvoke({"done": []})
