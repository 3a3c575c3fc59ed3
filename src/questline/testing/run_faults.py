"""Whole runs of a plan over servers that fail: each ends by its deadline, and every need has an answer or a reason.

Servers of this process, over the real protocol: two whose calls fail by chance, one that never answers, and one that
cannot be started. Each question has a need for each of them, and chains over two.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from mcp.server import MCPServer
from mcp.types import ToolAnnotations
from typing_extensions import TypedDict

from questline.agents.contract import Context
from questline.agents.intents.values import Intents
from questline.agents.tool_planner.contract import Candidate, Planned
from questline.budget import Budget, Meter
from questline.graphs.tool_search.answering import search
from questline.graphs.tool_search.assembly import Searching, open_servers
from questline.graphs.tool_search.build import build
from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.options import ServerOptions
from questline.mcp_servers.gateway.pool import ServerPool
from questline.types import Answer, Task

from .kill_case import FixedPlanner

__all__ = ["RunFaults", "faulty_runs"]

NEEDS: Final = (("one",), ("two",), ("one", "two"), ("two", "one"), ("hanging",), ("dead",), ("one", "hanging"))
"""The servers that each need goes through, one after the other."""
_READS: Final = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True)
_GRACE_S: Final = 0.1


class Looked(TypedDict):
    """What a server of the test says."""

    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFaults:
    """What became of the runs."""

    runs: int
    failing: float
    """Share of the calls that fail."""
    deadline_s: float
    late: int
    """Runs that came back more than 100 ms after their deadline."""
    unnamed: int
    """Needs that were neither answered nor named as missing."""
    answered: int
    needs: int
    median_over_deadline_s: float
    """Seconds after the deadline at which a run came back; below 0 for before."""
    worst_over_deadline_s: float
    worst_own_over_s: float
    """The same without the time in which the run could have gone on and the machine had no core for it; where the
    system does not tell that time, the same."""
    codes: dict[str, int] = field(default_factory=dict[str, int])
    """Why needs were not answered."""
    seed: int = 0


class _Chains(FixedPlanner):
    """Plans a chain of calls for each need."""

    def __init__(self) -> None:
        tasks: list[Task] = []
        self._serves: dict[str, tuple[int, ...]] = {}
        for place, servers in enumerate(NEEDS):
            before: tuple[str, ...] = ()
            for number, server in enumerate(servers):
                name = f"N{place}-{number}"
                word: object = {"$ref": f"{before[0]}.result.word"} if before else f"word{place}"
                tasks.append(
                    Task(
                        id=name,
                        intent=_text(place),
                        server=server,
                        tool="look",
                        arguments={"word": word},
                        depends_on=before,
                    )
                )
                self._serves[name] = (place,)
                before = (name,)
        super().__init__(tasks)

    async def plan(
        self, question: str, intents: Intents, candidates: Sequence[Sequence[Candidate]], **options: Any
    ) -> Planned:
        """Return the chains."""
        del question, intents, candidates, options
        return Planned(plan=self._plan, serves=self._serves)


def _text(place: int) -> str:
    return f"What is word{place}?"


def _server(name: str, chance: random.Random, failing: float, *, hangs: bool) -> ServerConfiguration:
    made = MCPServer(name, log_level="CRITICAL")

    @made.tool(annotations=_READS)
    async def look(word: str) -> Looked:
        """Look a word up."""
        if hangs:
            await asyncio.Event().wait()
        await asyncio.sleep(chance.uniform(0.0, 0.02))
        if chance.random() < failing:
            raise ValueError("it is out of order")
        return Looked(word=word)

    del look
    return ServerConfiguration.in_memory(name, made, options=ServerOptions(attempts=1, breaker_failures=1000))


async def faulty_runs(runs: int, *, failing: float, deadline_s: float, seed: int = 0) -> RunFaults:
    """Run questions one after the other, and count.

    Args:
        runs: How many.
        failing: Share of the calls that fail.
        deadline_s: Of each run.
        seed: Of what fails, and how long a call takes.
    """
    chance = random.Random(seed)  # noqa: S311 because it is no secret
    dead = ServerConfiguration(name="dead", kind="stdio", command="no-such-program-anywhere")
    servers = [_server(name, chance, failing, hangs=name == "hanging") for name in ("one", "two", "hanging")]
    pool = ServerPool(Configuration.of(*servers, dead))
    graph, planner = build(checkpointer=False), _Chains()
    question = " ".join(map(_text, range(len(NEEDS))))
    over: list[float] = []
    own: list[float] = []
    codes: Counter[str] = Counter()
    unnamed = answered = 0
    async with pool.session() as gateway:
        await pool.refresh(gateway, deadline_s=60)  # a question's own time is not for starting what is there for all
        for _ in range(runs):
            context = Context(meter=Meter(budget=Budget(seconds=deadline_s)))
            began, waited_s = time.perf_counter(), _waited_s()
            searching = Searching(pool=pool)
            async with open_servers(searching, context) as opened:
                run = replace(opened.run(context, searching), planner=planner, plan_plainly=planner, suggest=None)
                found = await search(graph, run, question)
            over.append(time.perf_counter() - began - deadline_s)
            own.append(over[-1] - (_waited_s() - waited_s))
            assert found.answer is not None
            lost = {part.question.rstrip("?") for part in found.answer.missing}
            codes.update(part.code for part in found.answer.missing)
            done = _answered(found.answer)
            named = {place for place in range(len(NEEDS)) if _text(place).rstrip("?") in lost}
            answered += len(done - named)
            unnamed += len(set(range(len(NEEDS))) - named - done)
    pool.close()
    return RunFaults(
        runs=runs,
        failing=failing,
        deadline_s=deadline_s,
        late=sum(seconds > _GRACE_S for seconds in over),
        unnamed=unnamed,
        answered=answered,
        needs=runs * len(NEEDS),
        median_over_deadline_s=round(statistics.median(over), 4),
        worst_over_deadline_s=round(max(over), 4),
        worst_own_over_s=round(max(own), 4),
        codes=dict(sorted(codes.items())),
        seed=seed,
    )


def _waited_s() -> float:
    """Return the seconds in which this thread could have run so far, and waited for a core (Linux, `sched_info`)."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text("ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def _answered(answer: Answer) -> set[int]:
    """Return the needs whose word stands in the answer beside a citation."""
    cited = {each.evidence_id.partition(":")[0] for each in answer.citations}
    return {int(name[1:].partition("-")[0]) for name in cited}
