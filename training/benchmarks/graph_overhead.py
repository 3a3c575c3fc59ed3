"""What the graph costs over calling the same executors one after another.

    python -P -m questline.training.benchmarks.graph_overhead --documents docs --rounds 200

Each round asks one question both ways, in changing order, so that a noisy machine slows both alike. The bare way calls
planner, retrieval, generation and planner again as the graph would for ``R,AG``, with the same objects, and keeps
nothing: no state, no ledger, no events, no answer. With ``--checkpoints`` the graph writes each step to SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from questline.agents.contract import Context, PlannerView, Work
from questline.agents.executors import EXECUTORS
from questline.budget import Meter
from questline.runtime import Request, Runtime
from questline.settings import Settings

__all__ = ["Overhead", "main", "measure"]

_QUESTIONS = ("What does the planner see?", "How is a budget written?", "Which file holds the settings?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """Medians over the rounds."""

    rounds: int
    bare_ms: float
    graph_ms: float
    difference_ms: float
    """Median of the differences within a round."""
    ratio: float
    """Median of the ratios within a round."""
    checkpoints: bool
    hardware: str
    python: str


async def measure(runtime: Runtime, questions: Sequence[str], *, rounds: int, checkpoints: bool = False) -> Overhead:
    """Time both ways; ``runtime`` must have documents."""
    bare: list[float] = []
    graph: list[float] = []
    for number in range(-3, rounds):  # the first three warm up
        question = questions[number % len(questions)]
        run_id = f"round-{number}" if checkpoints else None
        request = runtime.request(question, planner="constant:R,AG", run_id=run_id)

        async def by_graph(request: Request = request) -> object:
            return await runtime.answer(request)

        async def by_hand(request: Request = request) -> object:
            return await _bare(runtime, request)

        ways = [(bare, by_hand), (graph, by_graph)]
        for times, way in ways if number % 2 else reversed(ways):
            took_ms = await _timed(way)
            if number >= 0:
                times.append(took_ms)
    pairs = list(zip(bare, graph, strict=True))
    return Overhead(
        rounds=rounds,
        bare_ms=round(statistics.median(bare), 3),
        graph_ms=round(statistics.median(graph), 3),
        difference_ms=round(statistics.median(after - before for before, after in pairs), 3),
        ratio=round(statistics.median(after / before for before, after in pairs), 3),
        checkpoints=checkpoints,
        hardware=f"{platform.machine()}, {os.cpu_count()} CPUs, {_processor()}",
        python=platform.python_version(),
    )


async def _timed(way: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await way()
    return (time.perf_counter() - began) * 1000


async def _bare(runtime: Runtime, request: Request) -> object:
    context = Context(meter=Meter(budget=request.budget), retriever=runtime.retriever, llm=runtime.gateway, k=request.k)
    view = PlannerView(question=request.question)
    first = await request.planner.choose(view, context)
    found = await EXECUTORS["R"].run(Work(question=request.question), context)
    passages = found.passages or ()
    read = await EXECUTORS["AG"].run(Work(question=request.question, passages=passages), context)
    tried = (first.workflow,) if first.workflow else ()
    last = PlannerView(question=request.question, turn=2, passages=passages, draft=read.draft, tried=tried)
    return await request.planner.choose(last, context)


def _processor() -> str:
    """Name the processor as Linux tells it, else as Python does."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown processor")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--documents", type=Path, nargs="+", default=None, help="files or folders to index")
    parser.add_argument("--index", type=Path, default=None, help="an index that exists, in place of --documents")
    parser.add_argument("--questions", type=Path, default=None, help="JSON lines with a field 'question'")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--checkpoints", action="store_true", help="keep each step in SQLite")
    chosen = parser.parse_args(arguments)
    questions: Sequence[str] = _QUESTIONS
    if chosen.questions is not None:
        questions = [json.loads(line)["question"] for line in chosen.questions.read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index=chosen.index or Path(folder))
        with Runtime.build(settings, documents=chosen.documents) as runtime:
            result = asyncio.run(measure(runtime, questions, rounds=chosen.rounds, checkpoints=chosen.checkpoints))
    sys.stdout.write(json.dumps(asdict(result), indent=2) + "\n")


if __name__ == "__main__":
    main()
