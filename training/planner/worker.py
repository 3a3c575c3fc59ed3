"""A worker process: takes questions from a pipe, runs their workflows, sends back what came of them.

It holds a runtime of its own and never writes the table; when it dies, what it had not sent is not there.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeAlias

from questline.errors import QuestlineError
from questline.settings import Settings
from questline.tools.models.fitted import use

from .rows import Asked, Cell

__all__ = ["Done", "Failed", "Job", "Message", "Task", "serve", "served"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A question, or a worker (an empty key), that a known error ended."""

    key: str
    code: str
    message: str


Message: TypeAlias = Done | Failed


def serve(pipe: Connection, job: Job) -> None:
    """Answer tasks until the pipe ends or None comes."""
    served(pipe, job.fits, partial(_serve, pipe, job))


def served(pipe: Connection, fits: Path | None, answers: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run what answers tasks, with fits of its own; a known error is told, and Ctrl-C is the parent's to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        if fits is not None:
            use(fits)
        asyncio.run(answers())
    except QuestlineError as error:
        pipe.send(Failed(key="", code=error.code, message=error.message))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent is gone


async def _serve(pipe: Connection, job: Job) -> None:
    from .running import open_bench

    async with open_bench(job.index, job.settings) as bench:
        while (task := await asyncio.to_thread(pipe.recv)) is not None:
            assert isinstance(task, Task)
            message: Message
            began = time.process_time()
            try:
                if task.alone:
                    cells = [await bench.alone(task.asked, name) for name in task.columns]
                else:
                    cells = await bench.cells(task.asked, task.columns)
                message = Done(key=task.asked.key, cells=tuple(cells), processor_s=time.process_time() - began)
            except QuestlineError as error:
                message = Failed(key=task.asked.key, code=error.code, message=error.message)
            pipe.send(message)
