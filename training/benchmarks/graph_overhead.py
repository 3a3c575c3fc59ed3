"""What the graph costs over calling the same executors one after another.

    python -P -m questline.training.benchmarks.graph_overhead --documents docs --rounds 200 --json graph_overhead.json

Each round asks one question both ways, in changing order, so that a noisy machine slows both alike. The bare way calls
planner, retrieval, generation and planner again as the graph would for ``R,AG``, with the same objects, and keeps
nothing: no state, no ledger, no events, no answer. With ``--checkpoints`` the graph writes each step to SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from rich.progress import Progress

from questline.agents.contract import PlannerView, Work
from questline.agents.executors import EXECUTORS
from questline.budget import Meter
from questline.runtime import Request, Runtime
from questline.settings import Settings
from questline.training.evaluation.rows import read_queries

from .harness import parser, positive, run

__all__ = ["Overhead", "main", "measure"]

_QUESTIONS = ("What does the planner see?", "How is a budget written?", "Which file holds the settings?")
_WARM_UP: Final = 3


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


def _silent() -> None:
    pass


async def measure(
    runtime: Runtime,
    questions: Sequence[str],
    *,
    rounds: int,
    checkpoints: bool = False,
    advance: Callable[[], None] = _silent,
) -> Overhead:
    """Time both ways; ``runtime`` must have documents, ``advance`` is called after each round."""
    bare: list[float] = []
    graph: list[float] = []
    for number in range(-_WARM_UP, rounds):
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
        advance()
    pairs = list(zip(bare, graph, strict=True))
    return Overhead(
        rounds=rounds,
        bare_ms=round(statistics.median(bare), 3),
        graph_ms=round(statistics.median(graph), 3),
        difference_ms=round(statistics.median(after - before for before, after in pairs), 3),
        ratio=round(statistics.median(after / before for before, after in pairs), 3),
        checkpoints=checkpoints,
    )


async def _timed(way: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await way()
    return (time.perf_counter() - began) * 1000


async def _bare(runtime: Runtime, request: Request) -> object:
    context = runtime.context(request, Meter(budget=request.budget))
    view = PlannerView(question=request.question)
    first = await request.planner.choose(view, context)
    found = await EXECUTORS["R"].run(Work(question=request.question), context)
    passages = found.passages or ()
    read = await EXECUTORS["AG"].run(Work(question=request.question, passages=passages), context)
    tried = (first.workflow,) if first.workflow else ()
    last = PlannerView(question=request.question, turn=2, passages=passages, draft=read.draft, tried=tried)
    return await request.planner.choose(last, context)


def _measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    questions: Sequence[str] = _QUESTIONS
    if chosen.questions is not None:
        questions = [query.text for query in read_queries(chosen.questions)]
    rounds = bar.add_task("rounds", total=chosen.rounds + _WARM_UP)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index=chosen.index or Path(folder))
        with Runtime.build(settings, documents=chosen.documents) as runtime:
            work = measure(
                runtime,
                questions,
                rounds=chosen.rounds,
                checkpoints=chosen.checkpoints,
                advance=lambda: bar.advance(rounds),
            )
            return asdict(asyncio.run(work))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--documents", type=Path, nargs="+", default=None, help="files or folders to index")
    options.add_argument("--index", type=Path, default=None, help="an index that exists, in place of --documents")
    options.add_argument("--questions", type=Path, default=None, help="JSON lines of {id, question}, plain or .gz")
    options.add_argument("--rounds", type=positive, default=200)
    options.add_argument("--checkpoints", action="store_true", help="keep each step in SQLite")
    return run("graph_overhead", options, _measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
