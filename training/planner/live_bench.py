"""Draw rollouts of a question on the real graph; the same step of a question is done once, also in later groups."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, Hashable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from questline.agents.contract import Executor, Result
from questline.agents.executors import EXECUTORS
from questline.agents.workflow_planner.trained import Policy
from questline.agents.workflow_planner.workflow import Token
from questline.budget import Meter
from questline.errors import ModelError
from questline.graphs import search
from questline.graphs.adaptive_rag.state import Run
from questline.runtime import Runtime
from questline.settings import Settings
from questline.tools.models.cross_encoder_cache import RecentPairs, SharedCrossEncoder
from questline.tools.models.encoder_cache import RecentTexts, SharedEncoder
from questline.tools.retrieval.index import DocumentIndex
from questline.training.evaluation.answer_metrics import token_f1
from questline.types import Event, LedgerEntry

from .drawing import Drawing
from .nominal import charge
from .rewards import COMPONENTS
from .rollouts import Ask, Rollout
from .rows import Work
from .running import open_runtime
from .scoring import scored_text
from .seconds import Seconds
from .sharing import Memory, SharedSearch, SharedStep, Step

__all__ = ["LiveBench", "LiveJob", "open_live_bench"]

_TEXTS: Final = 5_000
"""Vectors kept for one question."""
_QUESTIONS: Final = 256
"""Questions whose steps are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveJob:
    """What a worker of rollouts is made for."""

    index: Path
    settings: Settings
    fits: Path | None
    """Folder of fits that have not learnt its questions; None for the shipped ones."""
    seconds: Seconds
    """The model of the table: what is measured here is disturbed by other work."""
    components: tuple[str, ...]
    scale: tuple[float, ...]


@dataclass(slots=True)
class _Known:
    """What is kept of a question."""

    search: SharedSearch
    texts: RecentTexts
    steps: dict[Hashable, Result] = field(default_factory=dict[Hashable, Result])


class LiveBench:
    """Draws rollouts, one at a time; `open_live_bench` is the way to one."""

    def __init__(
        self,
        runtime: Runtime,
        index: DocumentIndex,
        job: LiveJob,
        executors: Mapping[Token, Executor] = EXECUTORS,
    ) -> None:
        self._runtime, self._index, self._job = runtime, index, job
        self._memory = Memory()
        self._graph = search.build(
            checkpointer=False, executors={token: SharedStep(each, self._memory) for token, each in executors.items()}
        )
        self._encoder = SharedEncoder(threads=1)
        self._pairs = RecentPairs(SharedCrossEncoder(threads=1))
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def group(self, ask: Ask) -> tuple[Rollout, ...]:
        """Draw the rollouts of a question.

        Raises:
            QuestlineError: What a run raises; also `ModelError` where another backend stepped in.
        """
        policy = _opened(ask.policy, self._job.components, self._job.scale)
        chances = np.random.default_rng(ask.seed).spawn(ask.count)
        known = self._new() if ask.plain else self._recalled(ask.asked.key)
        drawn: list[Rollout] = []
        for chance in chances:
            known = self._new() if ask.plain else known
            drawn.append(await self._rollout(ask, policy, None if ask.likeliest else chance, known))
        return tuple(drawn)

    def _new(self) -> _Known:
        return _Known(SharedSearch(self._index), RecentTexts(self._encoder, size=_TEXTS))

    def _recalled(self, key: str) -> _Known:
        known = self._known.setdefault(key, self._new())
        self._known.move_to_end(key)
        if len(self._known) > _QUESTIONS:
            self._known.popitem(last=False)
        return known

    async def _rollout(self, ask: Ask, policy: Policy, chance: np.random.Generator | None, known: _Known) -> Rollout:
        memory = self._memory
        memory.sharing, memory.known = not ask.plain, known.steps
        memory.run_begins()
        tab = _Tab(self._job, memory.steps)
        lam = np.array(ask.weights, np.float32)
        planner = Drawing(policy, lam, tab.since, chance=chance, heat=ask.heat, first=ask.first)
        request = self._runtime.request(ask.asked.text, planner=planner, emit=tab.hear)
        pairs = RecentPairs(SharedCrossEncoder(threads=1)) if ask.plain else self._pairs
        context = replace(
            self._runtime.context(request, Meter(budget=request.budget)),
            retriever=self._index if ask.plain else known.search,
            encoder=known.texts,
            cross_encoder=pairs,
        )
        answer = await search.answer(self._graph, Run(context=context, planner=planner), request.question)
        if any(entry.degraded for entry in answer.ledger.entries):
            raise ModelError("a step was answered by another backend although the run is strict")
        text = scored_text(answer)
        return Rollout(
            turns=planner.ended(),
            f1=token_f1(text, ask.asked.answers),
            answer=text,
            illegal=sum(warning.code == "plan_fallback" for warning in answer.warnings),
        )


class _Tab:
    """What a run has cost so far, in the costs of the table."""

    def __init__(self, job: LiveJob, steps: list[Step]) -> None:
        self._job, self._steps = job, steps
        self._entries: list[LedgerEntry] = []
        self._told = (0, 0)

    def hear(self, event: Event) -> None:
        """Take a finished step's entry."""
        if event.kind == "step_finished" and event.entry is not None:
            self._entries.append(event.entry)

    def since(self) -> tuple[float, ...]:
        """Return the costs ``[c]`` since the last call."""
        entries, steps = self._entries[self._told[0] :], self._steps[self._told[1] :]
        self._told = len(self._entries), len(self._steps)
        cost = charge(entries)
        seconds = self._job.seconds.of(
            Work(step=step.token, characters=step.characters, called=step.called) for step in steps
        )
        told: dict[str, float] = dict(
            zip(COMPONENTS, (float(cost.tokens), cost.usd, float(cost.calls), seconds), strict=True)
        )
        return tuple(told[name] for name in self._job.components)


@lru_cache(maxsize=2)
def _opened(content: bytes, components: tuple[str, ...], scale: tuple[float, ...]) -> Policy:
    return Policy.of(content, components, scale)


@asynccontextmanager
async def open_live_bench(job: LiveJob) -> AsyncGenerator[LiveBench]:
    """Open the index of a corpus for reading, with a runtime of its own, one thread and no limit."""
    async with open_runtime(job.index, job.settings) as (runtime, opened):
        yield LiveBench(runtime, opened, job)
