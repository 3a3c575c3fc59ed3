"""What a SIGKILL in the middle of a question leaves: a child runs a plan against a counting server, and is killed.

The plan has calls that may not be repeated beside such that may. Each killed run is resumed under its id, as often as
it is killed again; then no call that may not be repeated was made twice, and every task is done or named as missing.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import signal
import sqlite3
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from questline.agents.contract import Context
from questline.agents.intents.values import Intents
from questline.agents.tool_executor.contract import TaskResult, ToolExecutor
from questline.agents.tool_planner.contract import Candidate, Planned
from questline.budget import Budget, Meter
from questline.errors import RunError
from questline.graphs.tool_search.answering import search_resumably
from questline.graphs.tool_search.assembly import Searching, open_servers
from questline.graphs.tool_search.build import build
from questline.graphs.tool_search.state import SearchRun
from questline.mcp_servers.gateway.pool import ServerPool
from questline.types import Answer, Plan, Task, Usage

from .flaky_server import FlakyServer

__all__ = ["FixedPlanner", "KillReport", "killed_runs", "once"]

QUESTION: Final = "Keep two notes, and say each of them back."
_NAME: Final = "flaky"
_LIMIT_S: Final = 60.0
_AGAIN: Final = 0.5
"""How likely a resumed run is killed, too."""


class FixedPlanner:
    """Plans the same tasks for every question, all for its first intent."""

    def __init__(self, tasks: Sequence[Task], *, replans: dict[str, Sequence[Task]] | None = None) -> None:
        self._plan = Plan(tasks=tuple(tasks))
        self._replans = replans or {}

    async def plan(
        self, question: str, intents: Intents, candidates: Sequence[Sequence[Candidate]], **options: Any
    ) -> Planned:
        """Return the plan."""
        del question, intents, candidates, options
        return Planned(plan=self._plan, serves={task.id: (0,) for task in self._plan.tasks})

    async def stream(
        self, question: str, intents: Intents, candidates: Sequence[Sequence[Candidate]], **options: Any
    ) -> AsyncIterator[Task | Planned]:
        """Yield the tasks one by one, then the plan."""
        for task in self._plan.tasks:
            await asyncio.sleep(0.002)
            yield task
        yield await self.plan(question, intents, candidates, **options)

    async def replan(self, failed: Task, why: str, **options: Any) -> Sequence[Task] | None:
        """Return the tasks that were given for the failed one."""
        del why, options
        return self._replans.get(failed.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class KillReport:
    """What became of the runs."""

    runs: int
    kills: int
    """Processes killed; a resumed run may be killed again."""
    resumed: int
    """Runs that came to their end after at least one kill."""
    repeated: int
    """Calls that may not be repeated and were made more than once."""
    repeated_finished: int
    """Calls of tasks that were known as done and ran again."""
    unnamed: int
    """Tasks of ended runs that are neither done nor have a code that says why."""
    unknown_outcome: int
    """Tasks that had begun, may not be repeated, and so count as failed."""
    median_run_s: float
    seed: int


class _Noting:
    """Writes down which tasks are carried out."""

    def __init__(self, executor: ToolExecutor, log: Path) -> None:
        self._executor = executor
        self._log = log

    async def run(self, task: Task, inputs: Mapping[str, object], *, deadline_s: float) -> TaskResult:
        """Carry the task out."""
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{task.id}\n")
        return await self._executor.run(task, inputs, deadline_s=deadline_s)


def tasks_of(run: str) -> list[Task]:
    """Return the plan of one run: two chains, each with a call that may not be repeated, and one that needs both."""

    def task(name: str, tool: str, text: object, *needs: str, delay_s: float = 0.0) -> Task:
        arguments: dict[str, object] = {"text": text} | ({"delay_s": delay_s} if delay_s else {})
        return Task(id=name, intent=QUESTION, server=_NAME, tool=tool, arguments=arguments, depends_on=needs)

    return [
        task("T1", "echo", f"{run}:T1", delay_s=0.01),
        task("T2", "append", f"{run}:T2"),
        task("T3", "append", {"$ref": "T1.result.text"}, "T1"),
        task("T4", "echo", f"{run}:T4", "T2", delay_s=0.01),
        task("T5", "append", {"$ref": "T4.result.text"}, "T4"),
        task("T6", "echo", f"{run}:T6", "T3", "T5"),
    ]


async def once(file: Path, index: Path, run: str, *, streaming: bool = False, question: str = QUESTION) -> Answer:
    """Run the plan of one run, or go on with it, and return its answer.

    Args:
        file: Of the server's configuration.
        index: Folder of the checkpoints.
        run: Its id.
        streaming: Whether the plan is run while it is being written.
        question: What is asked.
    """
    pool = ServerPool.read(file)
    context = Context(meter=Meter(budget=Budget(seconds=_LIMIT_S)))
    searching = Searching(pool=pool)
    try:
        async with open_servers(searching, context) as servers:
            planner = FixedPlanner(tasks_of(run))

            def start(spent: Usage, elapsed_s: float) -> SearchRun:
                meter = Meter(budget=Budget(seconds=_LIMIT_S), spent=spent, elapsed_before_s=elapsed_s)
                made = servers.run(replace(context, meter=meter), searching)
                executor = _Noting(made.executor, index / f"{run}.log")
                return replace(
                    made, planner=planner, plan_plainly=planner, streaming=streaming, suggest=None, executor=executor
                )

            found = await search_resumably(
                build(checkpointer=False), start, question, run_id=run, file=index / "checkpoints.sqlite"
            )
    finally:
        pool.close()
    assert found.answer is not None
    return found.answer


def killed_runs(runs: int, *, seed: int, folder: Path, streaming: bool = False) -> KillReport:
    """Run, kill at random moments, resume, and count.

    Args:
        runs: How many questions.
        seed: Of the moments.
        folder: For configuration, checkpoints and answers.
        streaming: Whether the plan is run while it is being written.
    """
    chance = random.Random(seed)  # noqa: S311 because the moments are no secret
    kills = resumed = unnamed = unknown = again = 0
    with FlakyServer(transport="http", name=_NAME) as server:
        file = folder / "mcp.json"
        file.write_text(json.dumps({"mcpServers": {_NAME: server.entry}}), "utf-8")
        index = folder / "index"
        index.mkdir(exist_ok=True)
        seconds: list[float] = []
        for number in range(3):
            began = time.perf_counter()
            _child(file, index, f"whole-{number}", None, streaming=streaming)
            seconds.append(time.perf_counter() - began)
        usual = statistics.median(seconds)
        for number in range(runs):
            run, was_killed = f"run-{number}", False
            while True:
                finished = _finished(index, run)
                before = _noted(index, run)
                wait = chance.uniform(0, usual) if not was_killed or chance.random() < _AGAIN else None
                told = _child(file, index, run, wait, streaming=streaming)
                again += sum((_noted(index, run) - before)[name] for name in finished)
                if told is not None:
                    break
                was_killed, kills = True, kills + 1
            resumed += was_killed
            for task in told["plan"]["tasks"]:
                unknown += task["reason"].startswith("unknown_outcome")
                unnamed += task["status"] != "done" and not task["reason"]
        calls = Counter(server.appended)
    return KillReport(
        runs=runs,
        kills=kills,
        resumed=resumed,
        repeated=sum(count - 1 for count in calls.values()),
        repeated_finished=again,
        unnamed=unnamed,
        unknown_outcome=unknown,
        median_run_s=round(usual, 3),
        seed=seed,
    )


def _noted(index: Path, run: str) -> Counter[str]:
    log = index / f"{run}.log"
    return Counter(log.read_text("utf-8").split() if log.exists() else ())


def _finished(index: Path, run: str) -> set[str]:
    """Return the tasks of a run whose end is written down."""
    with closing(sqlite3.connect(index / "checkpoints.sqlite", timeout=30)) as connection:
        query = "SELECT name FROM tool_steps WHERE kind = 'finished' AND run_id LIKE ? || char(10) || '%'"
        return {str(name) for (name,) in connection.execute(query, (run,))}


def _child(file: Path, index: Path, run: str, kill_after_s: float | None, *, streaming: bool) -> dict[str, Any] | None:
    """Run in a process of its own; None where it was killed before its answer was written."""
    processes = multiprocessing.get_context("forkserver")  # a new process without our threads, and with our imports
    processes.set_forkserver_preload([_run.__module__])
    child = processes.Process(target=_run, args=(file, index, run, streaming))
    child.start()
    child.join(kill_after_s)
    child.kill()
    child.join()
    if child.exitcode == 0:
        return json.loads((index / f"{run}.json").read_text("utf-8"))
    if child.exitcode != -signal.SIGKILL:
        raise RunError(f"the run {run!r} ended with {child.exitcode}")
    return None


def _run(file: Path, index: Path, run: str, streaming: bool) -> None:
    answer = asyncio.run(once(file, index, run, streaming=streaming))
    (index / f"{run}.json").write_text(json.dumps(answer.as_dict()), "utf-8")
