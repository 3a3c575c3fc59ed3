"""How long the embedded backend takes for a question, and which step takes it.

    python -P -m questline.training.benchmarks.ask_latency --corpus corpus.jsonl --questions dev.jsonl --source nq

Questions are asked one after another in this process, with one thread for encoder and index. The first three warm up
and are not measured. The figures are of the questions that no workflow split into parts; a question that ended without
an answer counts too, for it was worked on as long.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.progress import Progress

from questline.agents.workflow_planner.build import build as build_planner
from questline.agents.workflow_planner.workflow import Workflow
from questline.api import Agent
from questline.errors import UsageError
from questline.settings import Settings
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.intervals import mean, percentile
from questline.training.evaluation.items import CACHE
from questline.training.evaluation.rows import Question, read_questions
from questline.types import Answer

from .harness import indexing_phases, milliseconds, parser, positive, run

__all__ = ["main", "measure"]

_WARM_UP: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One answered question."""

    seconds: float
    answer: Answer

    @property
    def workflows(self) -> list[str]:
        """What ran, in order, also for parts of the question."""
        return [str(task.arguments["workflow"]) for task in self.answer.plan.tasks if task.arguments.get("workflow")]

    @property
    def single_hop(self) -> bool:
        return not any(Workflow.parse(workflow).is_decomposition for workflow in self.workflows)


def measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    """Ask the questions and return the figures."""
    settings = Settings(planner=chosen.planner, workflow=chosen.workflow, threads=1, strict=True)
    build_planner(settings.planner, workflow=settings.workflow)  # refuses a wrong name before anything is indexed
    questions = _drawn(chosen.questions, chosen.source, chosen.limit)
    with open_corpus(chosen.corpus, chosen.cache, progress=indexing_phases(bar)) as index:
        cpu, wall = time.process_time(), time.perf_counter()
        asked = asyncio.run(_ask(Agent(documents=index, settings=settings), questions, bar))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    single = [one for one in asked if one.single_hop]
    return {
        "source": chosen.source,
        "planner": None if chosen.workflow else chosen.planner,
        "workflow": chosen.workflow,
        "threads": 1,
        "warm_up": _WARM_UP,
        "n": len(asked),
        "n_single_hop": len(single),
        "n_without_answer": sum(one.answer.status == "abstained" for one in single),
        **_times([one.seconds for one in single]),
        "steps": _steps(single),
        "all": _times([one.seconds for one in asked]),
        "workflows": dict(Counter(" > ".join(one.workflows) or "none" for one in asked).most_common()),
        "cpu_per_wall": round(cpu / wall, 3),
    }


def _drawn(path: Path, source: str | None, limit: int) -> list[Question]:
    """Return the first questions of the source: those that warm up, then those that are measured."""
    questions = [row for row in read_questions(path) if source is None or row.source == source]
    if len(questions) <= _WARM_UP:
        raise UsageError(
            f"{str(path)!r} holds {len(questions)} questions{f' of source {source!r}' if source else ''}; "
            f"the first {_WARM_UP} warm up, so at least {_WARM_UP + 1} are needed",
            code="bad_data",
            path=path,
            field="source",
        )
    return questions[: _WARM_UP + limit]


async def _ask(agent: Agent, questions: Sequence[Question], bar: Progress) -> list[_Asked]:
    async with agent:
        asked: list[_Asked] = []
        for question in bar.track(questions, description="asking"):
            began = time.perf_counter()
            answer = await agent.aask(question.text)
            asked.append(_Asked(seconds=time.perf_counter() - began, answer=answer))
    return asked[_WARM_UP:]


def _times(seconds: Sequence[float]) -> dict[str, object]:
    shares = {"ms_p50": percentile(seconds, 50), "ms_p95": percentile(seconds, 95), "ms_mean": mean(seconds)}
    return {name: None if value is None else milliseconds(value) for name, value in shares.items()}


def _steps(asked: Sequence[_Asked]) -> dict[str, object]:
    """Return the median of each step's runs, as the ledgers tell them."""
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for one in asked:
        for entry in one.answer.ledger.entries:
            seconds[entry.step].append(entry.usage.seconds)
    return {step: {"ms_p50": _times(took)["ms_p50"], "runs": len(took)} for step, took in sorted(seconds.items())}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--corpus", type=Path, required=True, help="JSON lines of {id|_id, title, text}, plain or .gz")
    options.add_argument("--questions", type=Path, required=True, help="JSON lines of {id, question, answers, source?}")
    options.add_argument("--source", default=None, help="only questions whose field 'source' is this")
    options.add_argument("--limit", type=positive, default=200, help="questions to measure, the first of the file")
    way = options.add_mutually_exclusive_group()
    way.add_argument("--planner", default="rule", help="rule or constant:WORKFLOW")
    way.add_argument("--workflow", default=None, help="run this workflow for every question, such as R,AG")
    options.add_argument("--cache", type=Path, default=CACHE, help="folder of indexes")
    return run("ask_latency", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
