"""The same work once for all workflows of a question: searches, vectors, judgements, embedded steps.

A workflow runs through the real graph with the real executors; what is shared is what they ask for, keyed by everything
that it depends on, so that a shared run gives what a run of its own gives. Steps of a language model are never shared.
What an index hands over to a run's encoder stays that run's own, since such vectors are rounded.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from questline.agents.contract import Context, Executor, Result, Work
from questline.agents.workflow_planner.workflow import Token
from questline.tools.retrieval.index import DocumentIndex
from questline.types import Filters, Passage

__all__ = ["Memory", "SharedSearch", "SharedStep", "Step"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One executor's part in a run."""

    token: Token
    given: int = 0
    """Passages that it was given."""
    characters: int = 0
    """Of those passages."""
    called: bool = False
    """Whether anything was asked: not where there was nothing to select from or to read."""
    seconds: float | None = None
    """Measured; None where it was shared, or where another step ran beside it."""
    found: tuple[Passage, ...] | None = None
    """What it left: the passages of a search or a selection."""


@dataclass(slots=True)
class Memory:
    """What the workflows of one question share, and what the running one has done."""

    sharing: bool = True
    known: dict[Hashable, Result] = field(default_factory=dict[Hashable, Result])
    steps: list[Step] = field(default_factory=list[Step])
    running: int = 0
    begun: int = 0

    def forget(self, *, sharing: bool = True) -> None:
        """Begin another question."""
        self.sharing = sharing
        self.known.clear()
        self.steps.clear()

    def run_begins(self) -> None:
        """Begin another workflow of the same question."""
        self.steps.clear()


class SharedStep:
    """An executor that does each embedded step once for a question, and notes what it did."""

    def __init__(self, inner: Executor, memory: Memory) -> None:
        self.token: Token = inner.token
        self._inner = inner
        self._memory = memory

    async def run(self, work: Work, context: Context) -> Result:
        """Do the step, or take what the same step gave before; see `questline.agents.contract.Executor`."""
        memory, key = self._memory, _key(self.token, work)
        result = memory.known.get(key) if memory.sharing else None
        seconds = None
        if result is None:
            result, seconds = await self._measured(work, context)
            # A search charges the meter, and a model's answer is drawn anew: only what is neither may be taken again.
            if memory.sharing and result.backend != "llm" and not result.usage.retrievals:
                memory.known[key] = result
        memory.steps.append(
            Step(
                token=self.token,
                given=len(work.passages),
                characters=sum(len(passage.text) for passage in work.passages),
                called=result.backend != "none",
                seconds=seconds,
                found=result.passages,
            )
        )
        return result

    async def _measured(self, work: Work, context: Context) -> tuple[Result, float | None]:
        """Run it; its time is that of the processor, which other processes do not lengthen, but for a model's."""
        memory = self._memory
        memory.begun += 1
        memory.running += 1
        number, alone = memory.begun, memory.running == 1
        processor, clock = time.process_time(), time.perf_counter()
        try:
            result = await self._inner.run(work, context)
        finally:
            memory.running -= 1
        if result.backend == "llm":
            return result, time.perf_counter() - clock
        alone = alone and number == memory.begun
        return result, time.process_time() - processor if alone else None


def _key(token: Token, work: Work) -> Hashable:
    passages = tuple((each.id, each.title, each.text, each.score) for each in work.passages)
    return token, work.question, work.original, work.query, passages, work.sub_answers, work.history


class SharedSearch:
    """An index that searches once for each query."""

    def __init__(self, index: DocumentIndex) -> None:
        self._index = index
        self._found: dict[Hashable, Sequence[Passage]] = {}
        self._vectors: dict[Hashable, Mapping[str, NDArray[np.float32]]] = {}

    async def search(self, query: str, *, k: int, filters: Filters | None = None) -> Sequence[Passage]:
        """Search; see `questline.tools.retrieval.contract.Retriever`."""
        key = (query, k, filters)
        if key not in self._found:
            self._found[key] = await self._index.search(query, k=k, filters=filters)
        return self._found[key]

    def vectors(self, passages: Sequence[Passage], *, encoder: str) -> Mapping[str, NDArray[np.float32]]:
        """Look up; see `questline.tools.retrieval.contract.KnowsVectors`."""
        key = (tuple(passage.id for passage in passages), encoder)
        if key not in self._vectors:
            self._vectors[key] = self._index.vectors(passages, encoder=encoder)
        return self._vectors[key]
