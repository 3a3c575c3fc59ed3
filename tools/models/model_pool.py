"""Models whose connections are open, by event loop.

A connection belongs to the event loop that opened it, and an agent may be asked from several. So models are opened per
loop when a session first needs them, shared by all calls of that loop's sessions, and closed when the last session of
the loop ends: no connection outlives its loop, and none is left to the garbage collector.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from pydantic_ai.models import Model

__all__ = ["ModelPool"]


@dataclass(slots=True)
class _Opened:
    """What is open on one event loop."""

    sessions: int = 0
    models: dict[Callable[[], Model], Model] = field(default_factory=dict["Callable[[], Model]", "Model"])
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class ModelPool:
    """Open models on demand; safe to use from several event loops in several threads."""

    def __init__(self) -> None:
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _Opened] = WeakKeyDictionary()
        self._lock = threading.Lock()

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[None]:
        """Keep what is opened inside open until the last session of the running loop ends."""
        opened = self._of_running_loop()
        opened.sessions += 1
        try:
            yield
        finally:
            opened.sessions -= 1
            if not opened.sessions:
                await self._close(opened)

    async def model(self, make: Callable[[], Model]) -> Model:
        """Return the open model that `make` made for this loop; only inside a session."""
        opened = self._of_running_loop()
        async with opened.lock:
            if make not in opened.models:
                opened.models[make] = await opened.stack.enter_async_context(make())
            return opened.models[make]

    async def aclose(self) -> None:
        """Close what is open on the running loop now; calls under way there fail."""
        await self._close(self._of_running_loop())

    async def _close(self, opened: _Opened) -> None:
        # Detached before anything is awaited: a session that begins meanwhile opens models of its own.
        stack, opened.stack, opened.models = opened.stack, AsyncExitStack(), {}
        await stack.aclose()

    def _of_running_loop(self) -> _Opened:
        loop = asyncio.get_running_loop()
        with self._lock:
            return self._by_loop.setdefault(loop, _Opened())
