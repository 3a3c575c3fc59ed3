"""A server that runs as a child process of ours, with bounds that the SDK's own transport does not have.

A message longer than the limit is thrown away while it arrives and never kept whole; the call that it answers fails
alone, where its id can be read. The child leads a process group of its own, and nothing of that group outlives it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

from mcp.client.stdio import get_default_environment

from .pipes import Incoming, Outgoing, Pipes

__all__ = ["ChildProcess"]

_LEAVE_S: Final = 1.0
"""How long it may take to end by itself when its input closes."""
_TERM_S: Final = 0.5
_REAP_S: Final = 2.0


class ChildProcess:
    """A transport of the SDK: entering it starts the child, leaving it ends the child and all of its group.

    Args:
        command: The program, found by the child's `PATH`.
        args: Its arguments.
        env: What it gets besides the few harmless variables that every child gets.
        cwd: Its working folder; ours when left out.
        limit: Longest message in bytes.
        on_end: Called when nothing more will come from the child.

    Raises:
        OSError: It cannot be started; raised on entering.
    """

    def __init__(
        self,
        *,
        command: str,
        args: Sequence[str],
        env: Mapping[str, str],
        cwd: Path | None,
        limit: int,
        on_end: Callable[[], None],
    ) -> None:
        self._command = command
        self._args = args
        self._env = get_default_environment() | dict(env)
        self._cwd = cwd
        self._limit = limit
        self._pipes: Pipes | None = None
        self._killed = False
        self._on_end = on_end

    @property
    def pid(self) -> int | None:
        """The process id, which is its group's as well."""
        process = self._pipes.process if self._pipes else None
        return process.get_pid() if process else None

    @property
    def garbage(self) -> int:
        """How many lines of its output were no messages."""
        return self._pipes.garbage if self._pipes else 0

    @property
    def last_words(self) -> str:
        """What it last wrote on stderr, and how it ended; the server's own words."""
        process = self._pipes.process if self._pipes else None
        code = process.get_returncode() if process else None
        words = self._pipes.tail.decode("utf-8", "replace").strip() if self._pipes else ""
        return "\n".join(filter(None, (f"exit code {code}" if code is not None else "", words)))

    def kill(self) -> None:
        """End the whole group at once."""
        self._killed = True
        self._signal(signal.SIGKILL)

    async def __aenter__(self) -> tuple[Incoming, Outgoing]:
        pipes = Pipes(self._limit)
        await asyncio.get_running_loop().subprocess_exec(
            lambda: pipes,
            self._command,
            *self._args,
            env=self._env,
            cwd=self._cwd,
            start_new_session=True,
        )
        self._pipes = pipes
        return Incoming(pipes, on_end=self._on_end), Outgoing(pipes)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pipes = self._pipes
        assert pipes is not None
        assert pipes.process is not None
        try:
            await self._stop(pipes, pipes.process)
        finally:
            self._signal(signal.SIGKILL)
            pipes.process.close()
            pipes.end()

    async def _stop(self, pipes: Pipes, process: asyncio.SubprocessTransport) -> None:
        """Close its input and let it leave; else ask it to, and make it."""
        stdin = process.get_pipe_transport(0)
        if stdin is not None:
            stdin.close()
        if not self._killed and not await _within(_LEAVE_S, pipes.exited):
            self._signal(signal.SIGTERM)
            await _within(_TERM_S, pipes.exited)
        if pipes.exited.is_set() and self._signal(signal.SIGTERM):  # what it has started and left behind
            await asyncio.sleep(0.05)
        self._signal(signal.SIGKILL)
        await _within(_REAP_S, pipes.exited)

    def _signal(self, number: signal.Signals) -> bool:
        """Signal the group; say whether there was anybody in it."""
        if self.pid is None:
            return False
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
            return True
        return False


async def _within(seconds: float, event: asyncio.Event) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
