"""A point in time until which something must be done, on the clock that never goes back."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from questline.errors import UsageError

__all__ = ["Deadline", "bounded", "let_go"]

T = TypeVar("T")


class Deadline:
    """`seconds` from now.

    Raises:
        UsageError: ``bad_deadline``: not a number above 0.
    """

    __slots__ = ("_at", "_began")

    def __init__(self, seconds: float) -> None:
        if not isinstance(seconds, (int, float)) or math.isnan(seconds) or seconds <= 0:  # pyright: ignore[reportUnnecessaryIsInstance]  # because it may come from JSON
            raise UsageError(
                f"a deadline of {seconds!r} is no number of seconds above 0",
                code="bad_deadline",
                argument="deadline_s",
            )
        self._began = time.monotonic()
        self._at = self._began + seconds

    def share(self, parts: int) -> Deadline:
        """Return the deadline after one of `parts` equal parts of what is left."""
        if parts == 1:
            return self
        part = Deadline(1.0)
        part._at = time.monotonic() + self.left_s / parts
        part._began = self._began
        return part

    @property
    def left_s(self) -> float:
        """Seconds that are left; 0 when it has passed."""
        return max(0.0, self._at - time.monotonic())

    @property
    def spent_s(self) -> float:
        """Seconds since it was set; a share of it counts from where the whole began."""
        return time.monotonic() - self._began


async def bounded(
    work: Coroutine[Any, Any, T],
    seconds: float,
    *,
    loose: set[asyncio.Task[Any]],
    wakers: set[Callable[[], None]] | None = None,
) -> T:
    """Await `work` for at most so long; after that it is cancelled, and not waited for.

    Args:
        work: What may hang, or ignore that it is cancelled.
        seconds: Longest wait.
        loose: Gets the tasks that were cancelled and have not ended yet.
        wakers: Has a function, as long as it waits, that ends the wait as if its time were over.

    Raises:
        TimeoutError: The time is over.
    """
    loop = asyncio.get_running_loop()
    over = loop.create_future()  # what `asyncio.wait` does, in half of its time

    def end() -> None:
        if not over.done():
            over.set_result(None)

    async def working() -> T:
        try:
            return await work
        finally:
            end()  # one turn of the loop earlier than a callback of the task

    def ended(_: object) -> None:
        work.close()  # where it was cancelled before its first step
        end()

    task = loop.create_task(working())
    task.add_done_callback(ended)
    timer = loop.call_later(seconds, end)
    if wakers is not None:
        wakers.add(end)
    try:
        await over
    except BaseException:
        let_go(task, loose=loose)
        raise
    finally:
        timer.cancel()
        if wakers is not None:
            wakers.discard(end)
    if not task.done():
        let_go(task, loose=loose)
        raise TimeoutError
    return task.result()


def let_go(task: asyncio.Task[Any], *, loose: set[asyncio.Task[Any]]) -> None:
    """Cancel a task without waiting for it; `loose` holds it until it ends, and no error of it is told."""

    def ended(_: asyncio.Task[Any]) -> None:
        loose.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is told of an error that nobody waits for

    loose.add(task)
    task.add_done_callback(ended)
    task.cancel()
