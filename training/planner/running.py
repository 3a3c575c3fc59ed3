"""Run workflows on questions through the real graph, and score, charge and describe what came of each."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from questline.agents.contract import WorkflowPlanner
from questline.agents.executors import EXECUTORS
from questline.budget import Meter
from questline.errors import ModelError
from questline.graphs import search
from questline.graphs.adaptive_rag.state import Run
from questline.runtime import Request, Runtime
from questline.settings import Settings
from questline.tools.models.cross_encoder_cache import RecentPairs, SharedCrossEncoder
from questline.tools.models.encoder_cache import RecentTexts, SharedEncoder
from questline.tools.retrieval.index import DocumentIndex
from questline.training.evaluation.answer_metrics import exact_match, token_f1
from questline.types import Answer

from .columns import COLUMNS, Column
from .evidence import Watch
from .nominal import charge
from .rows import Asked, Cell, Work
from .scoring import is_part, plan_of, scored_text, turns_of
from .sharing import Memory, SharedSearch, SharedStep, Step

__all__ = ["Bench", "open_bench", "open_runtime"]

_TEXTS: Final = 50_000
"""Vectors kept for one question: more than any has."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a run asks in place of its runtime's own."""

    retriever: DocumentIndex | SharedSearch
    encoder: RecentTexts
    cross_encoder: RecentPairs


class Bench:
    """Runs workflows, one at a time; `open_bench` is the way to one."""

    def __init__(self, runtime: Runtime, index: DocumentIndex) -> None:
        self._runtime = runtime
        self._index = index
        self._memory = Memory()
        self._graph = search.build(
            checkpointer=False, executors={token: SharedStep(each, self._memory) for token, each in EXECUTORS.items()}
        )
        self._encoder = SharedEncoder(threads=1)
        self._pairs = RecentPairs(SharedCrossEncoder(threads=1))

    async def cells(self, asked: Asked, columns: Iterable[str] = tuple(COLUMNS)) -> list[Cell]:
        """Run each column on a question, sharing what is the same.

        Raises:
            QuestlineError: What a run raises; also `ModelError` where another backend stepped in.
        """
        self._memory.forget()
        found, texts = SharedSearch(self._index), RecentTexts(self._encoder, size=_TEXTS)
        return [
            await self._column(asked, COLUMNS[name], _Parts(found, RecentTexts(texts), self._pairs)) for name in columns
        ]

    async def planned(self, asked: Asked, planner: WorkflowPlanner) -> Cell:
        """Let a planner answer a question, turn by turn; the cell's column is its way, such as ``R,AG > QDS``."""
        self._memory.forget()
        parts = _Parts(SharedSearch(self._index), RecentTexts(self._encoder), self._pairs)
        return await self._cell(asked, self._runtime.request(asked.text, planner=planner), parts)

    async def alone(self, asked: Asked, column: str) -> Cell:
        """Run one column with nothing shared, remembered or warm, and with the seconds of its steps."""
        self._memory.forget(sharing=False)
        parts = _Parts(self._index, RecentTexts(self._encoder), RecentPairs(SharedCrossEncoder(threads=1)))
        return await self._column(asked, COLUMNS[column], parts, timed=True)

    async def _column(self, asked: Asked, column: Column, parts: _Parts, *, timed: bool = False) -> Cell:
        request = self._runtime.request(asked.text, planner=column.parts, workflow=str(column.workflow))
        return await self._cell(asked, request, parts, column=column.name, timed=timed)

    async def _cell(
        self, asked: Asked, request: Request, parts: _Parts, *, column: str | None = None, timed: bool = False
    ) -> Cell:
        self._memory.run_begins()
        watch = Watch(request.planner)
        meter = Meter(budget=request.budget)
        context = replace(
            self._runtime.context(request, meter),
            retriever=parts.retriever,
            encoder=parts.encoder,
            cross_encoder=parts.cross_encoder,
        )
        answer = await search.answer(self._graph, Run(context=context, planner=watch), request.question)
        if any(entry.degraded for entry in answer.ledger.entries):
            raise ModelError("a step was answered by another backend although the run is strict")
        return self._scored(asked, column, answer, watch.evidence, timed=timed)

    def _scored(
        self, asked: Asked, column: str | None, answer: Answer, saw: Mapping[str, float], *, timed: bool
    ) -> Cell:
        text = scored_text(answer)
        cost = charge(answer.ledger.entries)
        turns = turns_of(answer)
        return Cell(
            column=plan_of(answer) if column is None else column,
            answer=text,
            status=answer.status,
            f1=token_f1(text, asked.answers),
            em=exact_match(text, asked.answers),
            tokens=cost.tokens,
            usd=cost.usd,
            calls=cost.calls,
            retrievals=cost.retrievals,
            turns=len(turns),
            parts=sum(map(is_part, turns)),
            nominal=cost.nominal,
            evidence=saw,
            work=tuple(sorted(map(_timed if timed else _untimed, self._memory.steps), key=_place)),
        )


def _timed(step: Step) -> Work:
    return Work(step=step.token, characters=step.characters, called=step.called, seconds=step.seconds)


def _untimed(step: Step) -> Work:
    return Work(step=step.token, characters=step.characters, called=step.called)


def _place(work: Work) -> tuple[str, int]:
    """Order steps by what they are: parts that run side by side end in any order."""
    return work.step, work.characters


@asynccontextmanager
async def open_bench(index: Path, settings: Settings) -> AsyncGenerator[Bench]:
    """Open the index of a corpus for running workflows; arguments as those of `open_runtime`."""
    async with open_runtime(index, settings) as (runtime, opened):
        yield Bench(runtime, opened)


@asynccontextmanager
async def open_runtime(index: Path, settings: Settings) -> AsyncGenerator[tuple[Runtime, DocumentIndex]]:
    """Open the index of a corpus for reading, with a runtime of its own, one thread and no limit.

    Args:
        index: Folder of a `questline.tools.retrieval.index.DocumentIndex`.
        settings: Model, `k` and the like; budget, planner, threads and strictness are set here.
    """
    own = replace(settings, budget="unlimited", planner="rule", workflow=None, threads=1, strict=True, servers=None)
    with DocumentIndex.open(index, threads=1, read_only=True) as opened:
        async with Runtime.build(own, documents=opened) as runtime, runtime.connections():
            yield runtime, opened
