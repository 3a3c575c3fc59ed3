"""Outcomes from the graph itself: a workflow runs on a question when it is first asked about, and never again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.settings import Settings
from questline.training.embedded.examples import question_hash
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.rows import read_questions
from questline.training.planner.folds import Fits, learnt_by_shipped
from questline.training.planner.identity import asked, identity
from questline.training.planner.rewards import scales
from questline.training.planner.rows import Asked, Cell
from questline.training.planner.running import Bench, open_bench

from .outcomes import RETRIEVING

__all__ = ["Live"]

T = TypeVar("T")
_COMPONENTS: Final = ("tokens", "usd", "calls")
"""No seconds: their model needs runs that are timed alone."""
_SAMPLE: Final = 8
"""Questions whose runs decide the scale of the costs."""


class Live:
    """Runs on questions over a corpus; see `questline.training.planner.llm.outcomes.Outcomes`.

    The bench lives in a loop of its own thread, so that whoever asks may be in any thread, inside a loop or not.
    """

    def __init__(
        self,
        questions: Sequence[Asked],
        opened: AbstractAsyncContextManager[Bench],
        loop: asyncio.AbstractEventLoop,
        thread: threading.Thread,
    ) -> None:
        self.questions: Sequence[Asked] = questions
        self.components: tuple[str, ...] = _COMPONENTS
        self._opened = opened
        self._loop = loop
        self._thread = thread
        self._bench = _ran(opened.__aenter__(), loop)
        self._cells: dict[tuple[int, str], Cell] = {}
        self._lock = threading.Lock()
        sample = sorted(range(len(questions)), key=lambda place: question_hash(f"scale {questions[place].text}"))
        runs = [self.cell(place, str(each)) for place in sample[:_SAMPLE] for each in RETRIEVING]
        self.scale: NDArray[np.float64] = scales(np.array([_costs(run) for run in runs]))

    @classmethod
    def open(cls, corpus: Path, questions: Path, cache: Path, settings: Settings, *, allow_seen: bool) -> Self:
        """Index the corpus, where that was not done before, and start the graph.

        Raises:
            UsageError: ``bad_data`` with the row, ``bad_table`` for questions that the executors have learnt from.
        """
        rows = read_questions(questions)
        if learnt_by_shipped(questions) and not allow_seen:
            raise UsageError(
                "the shipped executors have learnt from these questions, so that the wrong workflows are rewarded; "
                "take a table filled by cross-fitting, or set llm-planner.allow_seen = true",
                code="bad_table",
                path=questions,
            )
        with open_corpus(corpus, cache) as index:
            folder = index.folder
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="graph", daemon=True)
        thread.start()
        return cls(asked(rows, identity(corpus, settings, Fits())), open_bench(folder, settings), loop, thread)

    def cell(self, question: int, column: str) -> Cell:
        """Return the run of a column, from the graph at first."""
        with self._lock:
            key = (question, column)
            if key not in self._cells:
                [self._cells[key]] = _ran(self._bench.cells(self.questions[question], [column]), self._loop)
            return self._cells[key]

    def costs(self, cell: Cell) -> NDArray[np.float64]:
        """Return what a run cost, in units of the scale: ``[c]``."""
        return np.array(_costs(cell)) / self.scale

    def close(self) -> None:
        """End the graph and its thread."""
        _ran(self._opened.__aexit__(None, None, None), self._loop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _costs(cell: Cell) -> tuple[float, float, float]:
    return float(cell.tokens), cell.usd, float(cell.calls)


def _ran(work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> T:
    return asyncio.run_coroutine_threadsafe(work, loop).result()
