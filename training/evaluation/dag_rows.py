"""Plans to schedule: those of a data set, read as they are, and generated ones.

Rows of ComplexTool-Plan (arXiv:2511.10037) are ``{input, output}``: ``input`` is JSON with ``tool_sequence`` by
number, ``output`` a fenced JSON object whose ``DAG`` says ``"2->1, 3->1"`` (2 before 1). Every tool of a row is a task,
also one that no arrow names. The server is the tool that a function's description says it belongs to, where it says so.
Your own rows are ``{tasks: [{id, server?, depends_on?[]}]}``.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from questline.errors import PlanError, UsageError
from questline.graphs.tool_search.dag import Dag
from questline.types import Plan, Task

from .rows import Row, read_rows

__all__ = ["DagRow", "generated_dags", "read_dags", "seconds_of"]

_SIZES: Final = (5, 200)
_SERVERS: Final = 4
_ARROW: Final = re.compile(r"\s*(\d+)\s*->\s*(\d+)\s*")
_BELONGS: Final = re.compile(r'工具"([^"]+)"的子功能')


@dataclass(frozen=True, slots=True, kw_only=True)
class DagRow:
    """A plan, without any word of what its tasks do."""

    id: str
    plan: Plan

    def critical_s(self, seconds: Mapping[str, float]) -> float:
        """Return how long its longest way takes, with seconds by task id."""
        ends: dict[str, float] = {}
        left = list(self.plan.tasks)
        while left:
            for task in [task for task in left if all(before in ends for before in task.depends_on)]:
                ends[task.id] = seconds[task.id] + max((ends[before] for before in task.depends_on), default=0.0)
                left.remove(task)
        return max(ends.values())


def read_dags(path: Path) -> list[DagRow]:
    """Read the plans of a file.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field``, also for a plan with a circle;
            ``file_not_found``, ``unreadable_file``, ``bad_encoding``.
    """
    found = [DagRow(id=str(row.line), plan=_plan(row)) for row in read_rows(path)]
    if not found:
        raise UsageError(f"{str(path)!r} holds no plan", code="bad_data", path=path, field="tasks")
    return found


def generated_dags(count: int, *, seed: int) -> list[DagRow]:
    """Make plans of 5 to 200 tasks, their sizes spread evenly on a log scale.

    Each task depends on up to three of the last few before it; how few differs by plan, so that some are long and some
    wide. Tasks are spread over four servers.
    """
    rows: list[DagRow] = []
    low, high = _SIZES
    for number in range(count):
        chance = random.Random(f"{seed}/dag/{number}")  # noqa: S311 because it is for measuring
        size = round(low * (high / low) ** (number / max(1, count - 1)))
        window = chance.randint(2, max(2, size // 3))
        tasks = [
            Task(
                id=f"T{place}",
                intent="",
                server=f"s{chance.randrange(_SERVERS)}",
                depends_on=tuple(
                    f"T{before}"
                    for before in sorted(
                        chance.sample(
                            range(max(0, place - window), place), min(place, window, chance.choice((0, 1, 1, 2, 2, 3)))
                        )
                    )
                ),
            )
            for place in range(size)
        ]
        rows.append(DagRow(id=f"{number}-{size}", plan=Plan(tasks=tuple(tasks))))
    return rows


def _plan(row: Row) -> Plan:
    plan = Plan(tasks=tuple(_own(row) if "tasks" in row.values else _complextool(row)))
    ids = {task.id for task in plan.tasks}
    for task in plan.tasks:
        for before in task.depends_on:
            if before not in ids:
                raise row.fault("depends_on", f"the task {task.id!r} depends on {before!r}, which is no task")
    try:
        Dag(lambda task: None).add(plan.tasks)
    except PlanError as error:
        raise row.fault("tasks", error.message) from error
    if not plan.tasks:
        raise row.fault("tasks", "a plan needs a task")
    return plan


def _own(row: Row) -> Iterator[Task]:
    tasks = row.values["tasks"]
    for value in cast("list[object]", tasks) if isinstance(tasks, list) else [None]:
        if not isinstance(value, dict):
            raise row.fault("tasks", "needs 'tasks' as a list of objects")
        task = Row(row.path, row.line, cast("dict[str, object]", value))
        befores = task.texts("depends_on") if task.values.get("depends_on") else ()
        server = task.text("server") if "server" in task.values else "server"
        yield Task(id=task.identifier("id"), intent="", server=server, depends_on=befores)


def _complextool(row: Row) -> Iterator[Task]:
    tools = _object(row, "input", row.text("input")).get("tool_sequence")
    if not isinstance(tools, dict):
        raise row.fault("input", "needs a 'tool_sequence' in 'input'")
    output = row.text("output")
    inside = output[output.find("{") : output.rfind("}") + 1]
    arrows = _object(row, "output", inside).get("DAG")
    if not isinstance(arrows, str):
        raise row.fault("output", "needs a 'DAG' in 'output'")
    befores: dict[str, list[str]] = {}
    for arrow in filter(str.strip, arrows.split(",")):
        pair = _ARROW.fullmatch(arrow)
        if pair is None:
            raise row.fault("output", f"{arrow!r} is no arrow between two numbers")
        befores.setdefault(pair[2], []).append(pair[1])
    if unknown := set(befores).union(*befores.values()) - set(cast("dict[str, object]", tools)):
        raise row.fault("output", f"the DAG names {min(unknown)!r}, which is no tool of the row")
    for name, tool in cast("dict[str, object]", tools).items():
        belongs = _BELONGS.search(json.dumps(tool, ensure_ascii=False).replace('\\"', '"'))
        server = belongs[1] if belongs else "server"
        yield Task(id=name, intent="", server=server, depends_on=tuple(dict.fromkeys(befores.get(name, ()))))


def _object(row: Row, field: str, text: str) -> dict[str, object]:
    try:
        value: object = json.loads(text)
    except ValueError as error:
        raise row.fault(field, f"needs JSON in {field!r} ({error})") from error
    if not isinstance(value, dict):
        raise row.fault(field, f"needs a JSON object in {field!r}")
    return cast("dict[str, object]", value)


def seconds_of(row: DagRow, *, seed: int, median_s: float, sigma: float) -> dict[str, float]:
    """Draw how long each task takes: log-normal, the same for the same seed and row."""
    chance = random.Random(f"{seed}/seconds/{row.id}")  # noqa: S311 because it is for measuring
    return {task.id: chance.lognormvariate(math.log(median_s), sigma) for task in row.plan.tasks}
