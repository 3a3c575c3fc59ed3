from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from questline.graphs.tool_search.outcomes import Outcome
from questline.types import Plan, Task


def task(id: str, *depends_on: str, server: str = "s", tool: str = "t") -> Task:  # noqa: A002 because it is one
    return Task(id=id, intent=id, server=server, tool=tool, depends_on=depends_on)


def plan(*tasks: Task) -> Plan:
    return Plan(tasks=tasks)


@dataclass
class World:
    """Carries tasks out: each waits for a gate where it has one, and ends as is said."""

    fails: Mapping[str, str] = field(default_factory=dict[str, str])
    """Codes by task."""
    gates: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])
    calls: list[str] = field(default_factory=list[str])
    ended: list[str] = field(default_factory=list[str])
    cancelled: list[str] = field(default_factory=list[str])
    inputs: dict[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    allowed: dict[str, float] = field(default_factory=dict[str, float])
    running: dict[str, int] = field(default_factory=dict[str, int])
    most: dict[str, int] = field(default_factory=dict[str, int])

    def close(self, *names: str) -> None:
        """Let these wait until they are opened."""
        self.gates |= {name: asyncio.Event() for name in names}

    async def __call__(self, task: Task, inputs: Mapping[str, object], deadline_s: float) -> Outcome:
        self.calls.append(task.id)
        self.inputs[task.id], self.allowed[task.id] = inputs, deadline_s
        self.running[task.server] = self.running.get(task.server, 0) + 1
        self.most[task.server] = max(self.most.get(task.server, 0), self.running[task.server])
        try:
            if task.id in self.gates:
                await self.gates[task.id].wait()
            else:
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.cancelled.append(task.id)
            raise
        finally:
            self.running[task.server] -= 1
        self.ended.append(task.id)
        if task.id in self.fails:
            return Outcome(task=task.id, status="failed", code=self.fails[task.id], message="as told", attempts=2)
        return Outcome(task=task.id, result=f"result of {task.id}")


@pytest.fixture
def world() -> World:
    return World()


async def until(condition: Callable[[], object]) -> None:
    """Give others the loop until something holds."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 because what is waited for is no event of the test
            await asyncio.sleep(0.001)


def statuses(outcomes: Mapping[str, Outcome]) -> dict[str, str]:
    return {name: outcome.status for name, outcome in outcomes.items()}


def ids(tasks: Sequence[Task]) -> list[str]:
    return [each.id for each in tasks]
