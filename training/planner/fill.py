"""Fill the table: every column on every question once, in processes, from where an earlier run of it ended."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from questline.errors import RunError, UsageError
from questline.runtime import MAX_QUESTION_CHARS
from questline.settings import Settings
from questline.tools.retrieval.report import Phase
from questline.training.embedded.examples import question_hash
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.rows import Question, read_distinct_questions
from questline.training.interrupts import interrupts
from questline.training.recipe import Hears

from .columns import COLUMNS
from .folds import Fits, learnt_by_shipped
from .identity import asked, identity
from .lock import table_lock
from .pool import Pool
from .rows import Asked
from .seconds import Seconds
from .serving import Failed
from .store import Store
from .worker import Done, Job, Task, serve

__all__ = ["Filled", "Order", "fill", "sampled"]

_SAMPLE: Final = 12
"""Questions whose columns are also run alone, for the model of seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to fill, and how."""

    corpus: Path
    questions: Path
    out: Path
    cache: Path
    """Folder of the corpus's index."""
    processes: int = field(default_factory=lambda: os.cpu_count() or 1)
    settings: Settings = field(default_factory=Settings)
    fits: Fits = field(default_factory=Fits)
    limit: int | None = None
    """Only so many questions, those with the lowest hash: a smaller sample is part of a larger one."""
    resume: bool = False

    def __post_init__(self) -> None:
        for name in ("processes", "limit"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name}={value!r} must be at least 1", argument=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What a filling came to."""

    questions: int
    """In the table now."""
    runs: int
    """In the table now."""
    new: int
    """Runs of this filling."""
    seconds: float
    """Wall clock of the new ones."""
    processor_s: float
    """Of all workers together, for the new ones; their start is not counted."""
    deaths: int
    """Workers that died, whose questions ran again."""
    seen: bool | None
    """Whether the executors have learnt from the questions; None where that is not known."""


def fill(order: Order, hears: Hears) -> Filled:
    """Run what is not in the table yet.

    Raises:
        UsageError: ``bad_data`` with the row of the questions file, ``already_there``, ``bad_table``; what the corpus
            and the settings raise.
        RunError: ``table_locked`` while another process fills the same table. When questions failed: the others are
            kept, and --resume tries the failed ones again.
        KeyboardInterrupt: After the questions that ran are kept.
    """
    rows = sampled(read_distinct_questions(order.questions, most=MAX_QUESTION_CHARS), order.limit)
    order.fits.check(row.text for row in rows)
    told = identity(order.corpus, order.settings, order.fits)

    def indexing(phase: Phase, done: int, total: int) -> None:
        hears(f"indexing: {phase}", done, total)

    with table_lock(order.out), Store.begin(order.out, told, resume=order.resume) as store:
        with open_corpus(order.corpus, order.cache, progress=indexing) as index:
            folder = index.folder
        return _Filling(order, store, folder, hears).all(asked(rows, told))


def sampled(rows: Sequence[Question], limit: int | None) -> list[Question]:
    """Return so many questions, those with the lowest hash, or all of them, in the order of the hash."""
    order = sorted(rows, key=lambda row: question_hash(f"table {row.text}"))
    return order[: limit or len(order)]


def _cut(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[:most]} …"


class _Filling:
    def __init__(self, order: Order, store: Store, index: Path, hears: Hears) -> None:
        self._order = order
        self._store = store
        self._index = index
        self._hears = hears
        self._failed: list[tuple[Asked, Failed]] = []
        self._deaths = 0
        self._processor_s = 0.0

    def all(self, questions: Sequence[Asked]) -> Filled:
        names = tuple(COLUMNS)
        sample = questions[:_SAMPLE]
        seen = self._seen()
        self._store.note("seen", seen)
        self._store.note("asked", [one.key for one in questions])
        with interrupts() as wanted:
            self._run("measuring seconds", sample, names, lambda: wanted.to_end, alone=True)
            started = time.perf_counter()
            self._processor_s = 0.0
            new = self._run("running", questions, names, lambda: wanted.to_end)
            took = time.perf_counter() - started
        self._tell_rate(new * len(names), took)
        if wanted.to_end:
            raise KeyboardInterrupt
        if self._failed:
            first, why = self._failed[0]
            count = len({one.key for one, _ in self._failed})  # one may fail where it is measured, and where it is run
            raise RunError(
                f"{count} question{'' if count == 1 else 's'} failed, such as {_cut(first.text)!r} ({why.code}: "
                f"{_cut(why.message, 400)}); what ran is kept, and --resume tries again",
                failed=count,
                question=first.id,
            )
        self._store.note("seconds", Seconds.fitted(self._store.alone()).as_dict())
        return Filled(
            questions=len(questions),
            runs=len(questions) * len(names),
            new=new * len(names),
            seconds=took,
            processor_s=self._processor_s,
            deaths=self._deaths,
            seen=seen,
        )

    def _tell_rate(self, runs: int, took: float) -> None:
        """Keep how fast each filling was, beside those before."""
        if runs:
            told = {"runs": runs, "seconds": took, "processor_s": self._processor_s, "deaths": self._deaths}
            before = self._store.about().get("fillings", [])
            self._store.note("fillings", [*before, {**told, "processes": self._order.processes}])

    def _seen(self) -> bool | None:
        if self._order.fits.folders:
            return False
        return True if learnt_by_shipped(self._order.questions) else None

    def _run(
        self,
        phase: str,
        questions: Sequence[Asked],
        names: tuple[str, ...],
        ends: Callable[[], bool],
        *,
        alone: bool = False,
    ) -> int:
        done = self._store.done(names, table="alone" if alone else "runs")
        open_ = [one for one in questions if one.key not in done]
        total, finished, kept = len(questions), len(questions) - len(open_), 0
        for fits in dict.fromkeys(self._order.fits.of(one.text) for one in open_):
            tasks = [
                Task(asked=one, columns=names, alone=alone) for one in open_ if self._order.fits.of(one.text) == fits
            ]
            job = Job(index=self._index, settings=self._order.settings, fits=fits)
            # What is timed runs by itself: a neighbour on the same core would lengthen it.
            processes = 1 if alone else self._order.processes
            pool = Pool[Task, Job, Done](serve=serve, jobs=(job,), processes=processes, ends=ends)
            for task, message in pool.run(tasks):
                if isinstance(message, Done):
                    self._keep(task, message)
                    self._processor_s += message.processor_s
                    kept += 1
                else:
                    self._failed.append((task.asked, message))
                finished += 1
                self._hears(phase, finished, total)
            self._deaths += pool.deaths
        return kept

    def _keep(self, task: Task, message: Done) -> None:
        if task.alone:
            self._store.add_alone(message.key, message.cells)
        else:
            self._store.add(task.asked, message.cells)
