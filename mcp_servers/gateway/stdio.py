"""A server that runs as a child process of ours, with bounds that the SDK's own transport does not have.

A message longer than the limit is thrown away while it arrives and never kept whole; the call that it answers fails
alone, where its id can be read. The child leads a process group of its own, and nothing of that group outlives it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, cast

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp.types import ErrorData, JSONRPCError
from mcp.types.jsonrpc import jsonrpc_message_adapter

from .failures import TOO_LARGE

__all__ = ["ChildProcess"]

_STDIN, _STDOUT, _STDERR = 0, 1, 2
_TAIL: Final = 2_000
"""Bytes of what it last wrote on stderr that are kept."""
_LOST: Final = 256 * 1024 * 1024
"""A message of more bytes than that ends the connection: it may have no end."""
_LEAVE_S: Final = 1.0
"""How long it may take to end by itself when its input closes."""
_TERM_S: Final = 0.5
_REST_S: Final = 0.2
_REAP_S: Final = 2.0
_ID: Final = re.compile(rb'\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,18}|"[^"\\]{1,100}")\s*,')
"""The beginning of an answer, as nearly all servers write it."""


class _Pipes(asyncio.SubprocessProtocol):
    """Cuts what comes into lines, and says when the child can take more."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._part = bytearray()
        self._skipped = 0
        self._waiting = 0
        self.lines: deque[bytes | JSONRPCError] = deque()
        self.arrived = asyncio.Event()
        self.writable = asyncio.Event()
        self.writable.set()
        self.exited = asyncio.Event()
        self.ended = False
        self.tail = b""
        self.process: asyncio.SubprocessTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.process = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == _STDERR:
            self.tail = (self.tail + data)[-_TAIL:]
            return
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._take(data[start:end])
            self._close_line()
            start = end + 1
        self._take(data[start:])
        if self._waiting > self._limit:
            self._pause(True)  # noqa: FBT003 because there is no other word for it
        self.arrived.set()

    def next(self) -> bytes | JSONRPCError | None:
        """Return the next line, or None for now."""
        if not self.lines:
            self._pause(False)  # noqa: FBT003 because there is no other word for it
            return None
        line = self.lines.popleft()
        self._waiting -= len(line) if isinstance(line, bytes) else 0
        return line

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == _STDOUT:
            self.end()
        elif fd == _STDIN:
            self.writable.set()

    def process_exited(self) -> None:
        self.exited.set()
        # What it wrote last is still in the pipe; but its own children may hold that open for ever.
        asyncio.get_running_loop().call_later(_REST_S, self.end)

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def end(self) -> None:
        """Say that no more lines will come."""
        self.ended = True
        self.arrived.set()

    def _take(self, piece: bytes) -> None:
        if self._skipped:
            self._skipped += len(piece)
            if self._skipped > _LOST:
                self.end()
            return
        self._part += piece
        if len(self._part) > self._limit:
            self._refuse()

    def _close_line(self) -> None:
        if not self._skipped and self._part:
            self.lines.append(bytes(self._part))
            self._waiting += len(self._part)
        self._part.clear()
        self._skipped = 0

    def _refuse(self) -> None:
        """Answer in the child's place that its answer is too large, and throw the rest of it away."""
        match = _ID.match(self._part[:512])
        self._skipped = len(self._part)
        self._part.clear()
        if match is None:
            self.end()
            return
        told = match[1].decode("utf-8", "replace")
        error = ErrorData(code=TOO_LARGE, message=f"the answer is larger than {self._limit} bytes")
        self.lines.append(
            JSONRPCError(jsonrpc="2.0", id=told.strip('"') if told.startswith('"') else int(told), error=error)
        )

    def _pause(self, wanted: bool) -> None:
        pipe = self.process.get_pipe_transport(_STDOUT) if self.process else None
        if isinstance(pipe, asyncio.ReadTransport) and not pipe.is_closing():
            if wanted and pipe.is_reading():
                pipe.pause_reading()
            elif not wanted and not pipe.is_reading():
                pipe.resume_reading()


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
        self._pipes: _Pipes | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._close_streams: list[Callable[[], None]] = []
        self._killed = False
        self._on_end = on_end
        self.garbage = 0
        """Lines of its output that were no messages; many servers print such things, and they are read over."""

    @property
    def pid(self) -> int | None:
        """The process id, which is its group's as well."""
        process = self._pipes.process if self._pipes else None
        return process.get_pid() if process else None

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

    async def __aenter__(
        self,
    ) -> tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]:
        pipes = _Pipes(self._limit)
        await asyncio.get_running_loop().subprocess_exec(
            lambda: pipes,
            self._command,
            *self._args,
            env=self._env,
            cwd=self._cwd,
            start_new_session=True,
        )
        self._pipes = pipes
        to_session, from_child = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        to_child, from_session = anyio.create_memory_object_stream[SessionMessage](0)
        self._close_streams = [stream.close for stream in (from_child, to_child, from_session)]
        self._tasks = [
            asyncio.create_task(self._read(pipes, to_session)),
            asyncio.create_task(self._write(pipes, from_session)),
        ]
        return from_child, to_child

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
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for close in self._close_streams:
                close()

    async def _stop(self, pipes: _Pipes, process: asyncio.SubprocessTransport) -> None:
        """Close its input and let it leave; else ask it to, and make it."""
        stdin = process.get_pipe_transport(_STDIN)
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

    async def _read(self, pipes: _Pipes, to_session: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
        async with to_session:
            try:
                while True:
                    line = pipes.next()
                    if line is not None:
                        await self._deliver(line, to_session)
                    elif pipes.ended:
                        return
                    else:
                        pipes.arrived.clear()
                        await pipes.arrived.wait()
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return  # the session is gone
            finally:
                self._on_end()

    async def _deliver(
        self, line: bytes | JSONRPCError, to_session: MemoryObjectSendStream[SessionMessage | Exception]
    ) -> None:
        if isinstance(line, bytes):
            try:
                message = jsonrpc_message_adapter.validate_json(line, by_name=False)
            except ValueError:
                self.garbage += 1
                return
        else:
            message = line
        await to_session.send(SessionMessage(message))

    async def _write(self, pipes: _Pipes, from_session: MemoryObjectReceiveStream[SessionMessage]) -> None:
        assert pipes.process is not None
        stdin = cast("asyncio.WriteTransport", pipes.process.get_pipe_transport(_STDIN))
        async with from_session:
            async for item in from_session:
                if stdin.is_closing():
                    pipes.end()  # it may live on, but it will never hear of anything again
                    return
                stdin.write(item.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
                await pipes.writable.wait()


async def _within(seconds: float, event: asyncio.Event) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
