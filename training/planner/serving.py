"""What every worker process does: it takes tasks from a pipe, and answers each on a bench of its own.

`questline.training.planner.pool` starts such processes and hears them; when one dies, what it had not sent is lost.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol, TypeVar

from questline.errors import QuestlineError
from questline.tools.models.fitted import use

from .rows import Asked

__all__ = ["Failed", "HasQuestion", "served"]


class HasQuestion(Protocol):
    """What is handed to a worker."""

    @property
    def asked(self) -> Asked:
        """Whose key tells tasks apart."""
        ...


BenchT = TypeVar("BenchT")
TaskT = TypeVar("TaskT", bound=HasQuestion)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A question, or a worker (an empty key), that a known error ended."""

    key: str
    code: str
    message: str


def served(
    pipe: Connection,
    fits: Path | None,
    opened: Callable[[], AbstractAsyncContextManager[BenchT]],
    answer: Callable[[BenchT, TaskT], Awaitable[object]],
) -> None:
    """Answer tasks until the pipe ends or None comes; Ctrl-C is the parent's to hear.

    Args:
        pipe: Brings tasks, and takes an answer or a `Failed` for each; or one `Failed` where the bench does not open.
        fits: Folder of fits that have not learnt the worker's questions; None for the shipped ones.
        opened: Opens what runs the tasks.
        answer: Runs one of them.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        if fits is not None:
            use(fits)
        asyncio.run(_answered(pipe, opened, answer))
    except QuestlineError as error:
        pipe.send(Failed(key="", code=error.code, message=error.message))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent is gone


async def _answered(
    pipe: Connection,
    opened: Callable[[], AbstractAsyncContextManager[BenchT]],
    answer: Callable[[BenchT, TaskT], Awaitable[object]],
) -> None:
    async with opened() as bench:
        while True:
            task: TaskT | None = await asyncio.to_thread(pipe.recv)
            if task is None:
                return
            try:
                message = await answer(bench, task)
            except QuestlineError as error:
                message = Failed(key=task.asked.key, code=error.code, message=error.message)
            pipe.send(message)
