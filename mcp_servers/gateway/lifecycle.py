"""When a server runs: from its first use until it was idle for a while, or until it is closed for good."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from questline.deadline import Deadline
from questline.errors import ToolTimeout, UsageError

from .configuration import ServerConfiguration
from .connection import Connection
from .failures import unavailable
from .redaction import Secrets

__all__ = ["Lifecycle"]


class Lifecycle:
    """Holds at most one connection that new calls go through, and ends every connection that it made.

    Args:
        configuration: Of the server.
        secrets: Are kept out of errors.
        on_open: Awaited with each new connection, before any call goes through it.
        on_change: Called when the server says that its list of tools changed.
    """

    def __init__(
        self,
        configuration: ServerConfiguration,
        *,
        secrets: Secrets,
        on_open: Callable[[Connection], Awaitable[object]],
        on_change: Callable[[], None],
    ) -> None:
        self._configuration = configuration
        self._secrets = secrets
        self._on_open = on_open
        self._on_change = on_change
        self._connection: Connection | None = None
        self._opening: asyncio.Task[Connection] | None = None
        self._starts: set[asyncio.Task[Connection]] = set()
        self._closing: dict[asyncio.Task[None], Connection] = {}
        self._idle_timer: asyncio.TimerHandle | None = None
        self._idle_since = 0.0
        self._users = 0
        self._closed = False

    @property
    def connection(self) -> Connection | None:
        """The connection that a call would go through now."""
        return self._connection if self._connection is not None and self._connection.alive else None

    @property
    def starting(self) -> bool:
        """Whether the server is being started."""
        return self._opening is not None

    def enter(self) -> None:
        """Begin to use it: until `leave` it is not idle."""
        self._users += 1

    def leave(self) -> None:
        """End to use it, and begin to count the time after which it is stopped."""
        self._users -= 1
        self._count_idle()

    async def ready(self, deadline: Deadline, *, anew: bool) -> Connection:
        """Return a live connection; the start goes on for the next caller where this one's time is over.

        Args:
            deadline: Of the caller.
            anew: Give up a start that has not come to an end, and begin another.

        Raises:
            ToolTimeout: It is still starting.
            QuestlineError: It cannot be started.
        """
        name = self._configuration.name
        if self._closed:
            raise UsageError("the gateway is closed", argument="gateway")
        if self.connection is not None:
            return self.connection
        if self._opening is not None and anew:
            self._opening.cancel()
            self._opening = None
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
            self._starts.add(self._opening)
            self._opening.add_done_callback(self._opened)
        opening = self._opening
        done, _ = await asyncio.wait((opening,), timeout=deadline.left_s)
        if not done:
            raise ToolTimeout(f"the server {name!r} is still starting", server=name, reason="starting")
        if opening.cancelled():
            raise unavailable(name, "its start was given up")
        return opening.result()

    async def close(self) -> None:
        """End everything for good."""
        self._closed = True
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        for start in self._starts:
            start.cancel()
        if self._starts:
            await asyncio.wait(tuple(self._starts))
        if self._connection is not None:
            self._let_go(self._connection)
        for connection in self._closing.values():
            connection.leave()
        if self._closing:
            await asyncio.wait(tuple(self._closing))

    async def _open(self) -> Connection:
        if self._connection is not None:
            self._let_go(self._connection)
        connection = Connection(self._configuration, secrets=self._secrets, on_change=self._on_change)
        try:
            await connection.open()
            await self._on_open(connection)
        except BaseException:
            await connection.close(kill=True)
            raise
        self._connection = connection
        self._count_idle()  # whoever wanted it may have gone
        return connection

    def _count_idle(self) -> None:
        idle_s = self._configuration.options.idle_s
        if idle_s and not self._users and self._connection is not None and not self._closed:
            loop = asyncio.get_running_loop()
            self._idle_since = loop.time()
            if self._idle_timer is None:  # else it looks again when it fires: each call would cost a timer
                self._idle_timer = loop.call_later(idle_s, self._stop_idle)

    def _opened(self, opening: asyncio.Task[Connection]) -> None:
        self._starts.discard(opening)
        if self._opening is opening:
            self._opening = None
        if not opening.cancelled():
            opening.exception()  # whoever waits is told; nobody need

    def _stop_idle(self) -> None:
        self._idle_timer = None
        if self._connection is None or self._users:
            return
        loop = asyncio.get_running_loop()
        left_s = self._idle_since + self._configuration.options.idle_s - loop.time()
        if left_s > 0:
            self._idle_timer = loop.call_later(left_s, self._stop_idle)
        else:
            self._let_go(self._connection)

    def _let_go(self, connection: Connection) -> None:
        """Close a connection beside everything else."""
        if self._connection is connection:
            self._connection = None
        task = asyncio.create_task(connection.finish())
        self._closing[task] = connection
        task.add_done_callback(self._closing.pop)
