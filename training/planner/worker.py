"""A worker process that fills the table: it runs a question's workflows, and never writes the table itself."""

from __future__ import annotations

import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from questline.settings import Settings

from .rows import Asked, Cell
from .serving import served

if TYPE_CHECKING:
    from .running import Bench

__all__ = ["Done", "Job", "Task", "serve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is made for."""

    index: Path
    settings: Settings
    fits: Path | None
    """Folder of fits that have not learnt its questions; None for the shipped ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A question to run."""

    asked: Asked
    columns: tuple[str, ...]
    alone: bool = False
    """Share nothing and measure each step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A question's runs."""

    key: str
    cells: tuple[Cell, ...]
    processor_s: float
    """What they took of one processor."""


def serve(pipe: Connection, job: Job) -> None:
    """Answer tasks until the pipe ends or None comes."""
    served(pipe, job.fits, partial(_bench, job), _ran)


def _bench(job: Job) -> AbstractAsyncContextManager[Bench]:
    from .running import open_bench

    return open_bench(job.index, job.settings)


async def _ran(bench: Bench, task: Task) -> Done:
    began = time.process_time()
    if task.alone:
        cells = [await bench.alone(task.asked, name) for name in task.columns]
    else:
        cells = await bench.cells(task.asked, task.columns)
    return Done(key=task.asked.key, cells=tuple(cells), processor_s=time.process_time() - began)
