"""``agents eval schedule``: how long plans take, how much of it is the scheduler's own, and what failures do to them.

Without failures each plan runs four ways, in an order drawn for it, over servers that take the same seconds (real
waits): by the scheduler, one task after the other, level by level, and as a LangGraph graph with a node a task. Then
the same without any waiting shows what each way costs by itself; LangGraph's figure is that of `Send`. With failures
only the scheduler runs, under a deadline.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from questline.deadline import Deadline
from questline.errors import UsageError
from questline.graphs.tool_search.contract import Limits
from questline.graphs.tool_search.scheduler import run_plan
from questline.training.evaluation.dag_rows import DagRow, generated_dags, read_dags, seconds_of
from questline.training.evaluation.intervals import mean
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.schedule_ways import WAYS, Broken, Servers, Way, fan_out, ways
from questline.training.evaluation.suite import Outcome, Summary

__all__ = ["ScheduleSuite"]

_SIGMA: Final = 0.5
_REPEATS: Final = 5
_LATE_S: Final = 0.1
"""A run that returns later than so long after its deadline has missed it."""
_LEAST_DEADLINE_S: Final = 0.5
_TIMES: Final = 2.0
"""Where something fails, a run may take so many times its critical path."""
_STATUSES: Final = ("done", "failed", "skipped", "cancelled")


@dataclass(kw_only=True)
class ScheduleSuite:
    """Run plans and time them."""

    tasks: Path | None = None
    """Plans; generated ones where there is no file."""
    generated: int = 40
    """How many are made."""
    seed: int = 0
    faults: float = 0.0
    """Share of calls that fail."""
    broken: Broken = "none"
    """What ails one server of each plan, that of a task drawn by the seed."""
    deadline_s: float | None = None
    """Of each run; with failures twice its critical path by default, half a second at least."""
    slots: int | None = None
    """Tasks that each server may have at once."""
    latency_ms: float = 100.0
    """Median of a task's time, which is log-normal with a sigma of 0.5."""
    limit: int | None = None
    name = "schedule"

    def __post_init__(self) -> None:
        if not 0 <= self.faults <= 1:
            raise UsageError(f"faults={self.faults!r} is no share from 0 to 1", code="bad_param", argument="faults")
        if not (math.isfinite(self.latency_ms) and self.latency_ms > 0):
            raise UsageError(f"latency_ms={self.latency_ms!r} is not above 0", code="bad_param", argument="latency-ms")
        if self.deadline_s is not None:
            Deadline(self.deadline_s)

    def load(self) -> Sequence[DagRow]:
        """Return the plans; raises `UsageError` ``bad_data``."""
        rows = generated_dags(self.generated, seed=self.seed) if self.tasks is None else read_dags(self.tasks)
        return rows[: self.limit]

    def identify(self, row: DagRow) -> str:
        """Return the plan's line, or its number and size."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the options, and the hash of the data."""
        return {
            "options": {
                "seed": self.seed,
                "generated": self.generated if self.tasks is None else None,
                "faults": self.faults,
                "broken": self.broken,
                "deadline_s": self.deadline_s,
                "slots": self.slots,
                "latency_ms": self.latency_ms,
            },
            "data": {} if self.tasks is None else {"tasks": content_hash(self.tasks)},
            "models": {},
            "prompts": {},
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Run one small plan each way, so that none of the measured ones pays for loading."""
        row = generated_dags(1, seed=self.seed)[0]
        nothing = dict.fromkeys((task.id for task in row.plan.tasks), 0.0)
        for way in (*ways(row.plan, Servers(nothing), slots=None).values(), fan_out(row.plan)):
            await way()
        yield

    async def run(self, row: DagRow) -> Outcome:
        """Time one plan."""
        seconds = seconds_of(row, seed=self.seed, median_s=self.latency_ms / 1000, sigma=_SIGMA)
        labels = {"tasks": str(len(row.plan.tasks))}
        if self.faults or self.broken != "none":
            return Outcome(prediction=None, scores=await self._under_faults(row, seconds), cost={}, labels=labels)
        return Outcome(prediction=None, scores=await self._timed(row, seconds), cost={}, labels=labels)

    async def _timed(self, row: DagRow, seconds: Mapping[str, float]) -> dict[str, float]:
        chance = random.Random(f"{self.seed}/order/{row.id}")  # noqa: S311 because it is for measuring
        critical = row.critical_s(seconds)
        scores = {"critical_s": critical, "bound_s": max(critical, self._fullest_s(row, seconds))}
        scores["sum_s"] = sum(seconds.values())
        servers = Servers(seconds, slots=self.slots)
        for name, way in _shuffled(ways(row.plan, servers, slots=self.slots), chance):
            if name == "scheduler":
                scores |= await self._scheduled(row, servers, self.deadline_s)
            scores[f"{name}_s"] = scores["wall_s"] if name == "scheduler" else await _took(way)
        nothing = Servers(dict.fromkeys(seconds, 0.0))
        costs = ways(row.plan, nothing, slots=None)
        costs["langgraph"] = fan_out(row.plan)
        taken: dict[Way, list[float]] = {name: [] for name in WAYS}
        for _ in range(_REPEATS):
            for name, way in _shuffled(costs, chance):
                taken[name].append(await _took(way))
        return scores | {f"{name}_us": 1e6 * median(times) / len(seconds) for name, times in taken.items()}

    async def _under_faults(self, row: DagRow, seconds: Mapping[str, float]) -> dict[str, float]:
        chance = random.Random(f"{self.seed}/faults/{row.id}")  # noqa: S311 because it is for measuring
        tasks = row.plan.tasks
        broken = chance.choice(tasks).server
        failing = frozenset(task.id for task in tasks if chance.random() < self.faults)
        servers = Servers(seconds, failing=failing, broken=broken, how=self.broken)
        deadline = self.deadline_s or max(_LEAST_DEADLINE_S, _TIMES * row.critical_s(seconds))
        return await self._scheduled(row, servers, deadline)

    async def _scheduled(self, row: DagRow, servers: Servers, deadline_s: float | None) -> dict[str, float]:
        began = time.perf_counter()
        run = await run_plan(row.plan, servers.perform, deadline_s=deadline_s, limits=Limits(default_slots=self.slots))
        wall = time.perf_counter() - began
        found = [outcome.status for outcome in run.outcomes.values()]
        accounted = set(run.outcomes) == {task.id for task in row.plan.tasks}
        late = deadline_s is not None and wall > deadline_s + _LATE_S
        over = 0.0 if deadline_s is None else max(0.0, wall - deadline_s)
        scores = {"wall_s": wall, "accounted": float(accounted), "missed": float(late), "over_s": over}
        scores["completed"] = float(run.complete)
        return scores | {f"tasks_{status}": found.count(status) / len(found) for status in _STATUSES}

    def _fullest_s(self, row: DagRow, seconds: Mapping[str, float]) -> float:
        """Return what the fullest server needs for its tasks with its slots."""
        loads: dict[str, float] = {}
        for task in row.plan.tasks:
            loads[task.server] = loads.get(task.server, 0.0) + seconds[task.id]
        return 0.0 if self.slots is None else max(loads.values()) / self.slots

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return medians over the plans; what did not run fails `completed` and `accounted`."""
        good = [item.scores for item in items if not item.error]
        timed = [scores for scores in good if "critical_s" in scores]
        metrics: dict[str, Json] = {
            "makespan_over_critical_path": _median(timed, lambda s: s["scheduler_s"] / s["critical_s"]),
            "speedup_over_sequential": _median(timed, lambda s: s["sequential_s"] / s["scheduler_s"]),
            "speedup_over_supersteps": _median(timed, lambda s: s["langgraph_s"] / s["scheduler_s"]),
            "overhead_us_per_task": _median(timed, lambda s: s["scheduler_us"]),
        }
        completed = [item.scores.get("completed", 0.0) for item in items]
        metrics["completed"] = mean(completed)
        metrics["deadline_misses"] = sum(int(scores["missed"]) for scores in good)
        metrics["n"] = len(items)
        metrics["accounted"] = mean([item.scores.get("accounted", 0.0) for item in items])
        metrics["over_deadline_ms_max"] = 1000 * max((scores["over_s"] for scores in good), default=0.0)
        for status in _STATUSES:
            metrics[f"tasks_{status}"] = mean([scores[f"tasks_{status}"] for scores in good]) if good else None
        saves = [scores for scores in timed if scores["sum_s"] > scores["bound_s"] * 1.0001]
        metrics |= {
            "makespan_over_bound": _median(timed, lambda s: s["scheduler_s"] / s["bound_s"]),
            "saving_share": _median(saves, _saved),
            "plans_with_a_saving": len(saves) if timed else None,
            "longer_than_supersteps": sum(s["scheduler_s"] > s["langgraph_s"] for s in timed) if timed else None,
            "longest_over_supersteps": max((s["scheduler_s"] / s["langgraph_s"] for s in timed), default=None),
            "overhead_over_send": _median(timed, lambda s: s["scheduler_us"] / s["langgraph_us"]),
            "overhead_over_send_max": max((s["scheduler_us"] / s["langgraph_us"] for s in timed), default=None),
            "ways": {name: _of_way(name, timed) for name in WAYS} if timed else {},
        }
        return Summary(metrics=metrics, means={"completed": completed})


def _shuffled(
    some: Mapping[Way, Callable[[], Awaitable[object]]], chance: random.Random
) -> list[tuple[Way, Callable[[], Awaitable[object]]]]:
    pairs = list(some.items())
    chance.shuffle(pairs)
    return pairs


async def _took(way: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await way()
    return time.perf_counter() - began


def _median(rows: Sequence[Mapping[str, float]], figure: Callable[[Mapping[str, float]], float]) -> float | None:
    return median(map(figure, rows)) if rows else None


def _saved(scores: Mapping[str, float]) -> float:
    """Return the share of the saving over doing one after the other that the way through the plan allows."""
    return (scores["sum_s"] - scores["scheduler_s"]) / (scores["sum_s"] - scores["bound_s"])


def _of_way(name: Way, timed: Sequence[Mapping[str, float]]) -> dict[str, Json]:
    return {
        "makespan_over_critical_path": _median(timed, lambda s: s[f"{name}_s"] / s["critical_s"]),
        "speedup_over_sequential": _median(timed, lambda s: s["sequential_s"] / s[f"{name}_s"]),
        "speedup_over_supersteps": _median(timed, lambda s: s["langgraph_s"] / s[f"{name}_s"]),
        "overhead_us_per_task": _median(timed, lambda s: s[f"{name}_us"]),
    }
