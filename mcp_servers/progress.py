"""A sign of life for calls that take long: the seconds so far, and what is being done.

The number is the time since the call began, so it always grows, as the protocol asks. A call that is quick pays for one
timer that never fires. A client that did not ask for progress gets none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import anyio
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError

__all__ = ["note", "reporting"]

_PAUSE_S: Final = 0.1
"""Shortest time between two reports; of what is noted in between, the last is told."""


class _Reporter:
    def __init__(self, context: Context[Any, Any], every_s: float) -> None:
        self._context, self._every_s = context, every_s
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self._news = asyncio.Event()
        self._message: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._timer = self._loop.call_later(every_s, self._begin)

    def note(self, message: str) -> None:
        """Tell the caller what is being done; from any thread."""
        self._loop.call_soon_threadsafe(self._noted, message)

    def close(self) -> None:
        self._closed = True
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _noted(self, message: str) -> None:
        self._message = message
        self._news.set()
        self._begin()

    def _begin(self) -> None:
        if self._task is None and not self._closed:
            self._task = self._loop.create_task(self._report())

    async def _report(self) -> None:
        while True:
            self._news.clear()
            try:
                await self._context.report_progress(self._loop.time() - self._start, None, self._message)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError, MCPError):
                return  # the caller is gone; its call is being cancelled
            await asyncio.sleep(_PAUSE_S)
            try:
                async with asyncio.timeout(max(0.0, self._every_s - _PAUSE_S)):
                    await self._news.wait()
            except TimeoutError:
                continue


_REPORTER: ContextVar[_Reporter | None] = ContextVar("questline_progress", default=None)


@contextmanager
def reporting(context: Context[Any, Any] | None, *, every_s: float) -> Generator[None]:
    """Report the progress of the call in this block, each `every_s` seconds and when something is noted."""
    if context is None:
        yield
        return
    reporter = _Reporter(context, every_s)
    token = _REPORTER.set(reporter)
    try:
        yield
    finally:
        _REPORTER.reset(token)
        reporter.close()


def note(message: str) -> None:
    """Tell the caller of the tool that runs here what is being done; from any thread, without effect elsewhere."""
    reporter = _REPORTER.get()
    if reporter is not None:
        reporter.note(message)
