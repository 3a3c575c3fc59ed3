"""A question that runs in a task of its own, and ends with its caller's interest.

One task drives the whole run: an async generator that is resumed from several tasks would lose its tracing context.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from starlette.types import Receive

from questline.errors import RunError
from questline.types import Answer, Event

__all__ = ["Disconnected", "Feed"]

_HEARTBEAT_S: Final = 15.0
"""Silence after which proxies begin to cut connections is 30 s and more."""


class Disconnected(Exception):
    """The client went away; nobody is left to answer."""


class Feed:
    """Hands over the events of a run, and cancels the run when the client disconnects or the block ends.

    Args:
        events: The run, as `Agent.astream` gives it.
        receive: The connection, whose body was read already: its next message is the disconnect.
        heartbeat_s: Longest time that `next` waits before it returns None.
    """

    def __init__(self, events: AsyncIterator[Event], receive: Receive, *, heartbeat_s: float = _HEARTBEAT_S) -> None:
        self._events = events
        self._receive = receive
        self._heartbeat_s = heartbeat_s
        self._queue: asyncio.Queue[Event] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._run = asyncio.create_task(self._drive())
        self._gone = asyncio.create_task(self._disconnect())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in (self._run, self._gone):
            task.cancel()
        await asyncio.gather(self._run, self._gone, return_exceptions=True)

    async def next(self) -> Event | None:
        """Return the next event, or None when nothing happened for a heartbeat.

        Raises:
            Disconnected: The client is gone.
            QuestlineError: What ended the run.
        """
        waiting = asyncio.create_task(self._queue.get())
        try:
            await asyncio.wait(
                {waiting, self._run, self._gone},
                timeout=self._heartbeat_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if self._gone.done():
                raise Disconnected
            if waiting.done():
                return waiting.result()
            if not self._queue.empty():
                return self._queue.get_nowait()
            if self._run.done():
                self._run.result()
                raise RunError("the run ended without an answer")
            return None
        finally:
            waiting.cancel()

    async def answer(self) -> Answer:
        """Wait for the answer; raises as `next` does."""
        while True:
            event = await self.next()
            if event is not None and event.answer is not None:
                return event.answer

    async def _drive(self) -> None:
        async for event in self._events:
            self._queue.put_nowait(event)

    async def _disconnect(self) -> None:
        with suppress(OSError):
            while (await self._receive())["type"] != "http.disconnect":
                pass
