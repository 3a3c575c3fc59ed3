"""What the nodes of the graph hand on, beside what planners, executors and composers give: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from questline.agents.tool_executor.contract import TaskResult
from questline.agents.tool_planner.contract import Candidate, Planned
from questline.types import AnswerWarning, Backend, Task, Usage

from .outcomes import PlanRun

__all__ = ["Found", "Ran", "Replan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The tools that may serve a question's intents."""

    candidates: tuple[tuple[Candidate, ...], ...]
    """Of each intent, best first."""
    likely: tuple[bool, ...] = ()
    """Of each intent, whether the best tool of the configured servers is likely to serve it."""
    failed: str = ""
    """The code of what ended the search for tools; empty where it came to its end."""
    warnings: tuple[AnswerWarning, ...] = ()
    backend: Backend = "embedded"
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    degraded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan:
    """New tasks in the place of a failed one and of what depended on it."""

    failed: str
    """Id of the failed task, which stays in the plan."""
    replaced: tuple[str, ...]
    """Ids of the tasks that go, where they have not begun."""
    tasks: tuple[Task, ...]
    intents: tuple[int, ...] = ()
    """Positions of the intents that the new tasks work for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of a plan: how its tasks ended, and what they found."""

    planned: Planned
    run: PlanRun
    results: Mapping[str, TaskResult] = field(default_factory=dict[str, TaskResult])
    """By task id, of those that are done."""
    serves: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    """By task id the positions of the intents that it works for, new plans included."""
