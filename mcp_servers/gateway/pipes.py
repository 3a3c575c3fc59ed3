"""What runs through the pipes of a child: bytes into messages and messages into bytes, bounded both ways.

The session of the SDK reads and writes in tasks of its own. Nothing stands between it and the pipes, for each task
between would add the time of a switch to every call.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, cast

import anyio
from mcp.shared.message import SessionMessage
from mcp.types import ErrorData, JSONRPCError, JSONRPCMessage
from mcp.types.jsonrpc import jsonrpc_message_adapter

from .failures import TOO_LARGE

__all__ = ["Incoming", "Outgoing", "Pipes"]

_STDIN, _STDOUT, _STDERR = 0, 1, 2
_TAIL: Final = 2_000
"""Bytes of what it last wrote on stderr that are kept."""
_LOST: Final = 256 * 1024 * 1024
"""A message of more bytes than that ends the connection: it may have no end."""
_REST_S: Final = 0.2
"""How long what a child wrote last may take to arrive after its end."""
_IN_A_ROW: Final = 64
"""Messages that are read before anything else gets its turn."""
_VERSION: Final = rb'"jsonrpc"\s*:\s*"2\.0"'
_NAMED: Final = rb'"id"\s*:\s*(\d{1,18}|"[^"\\]{1,100}")'
_FIRST: Final = re.compile(rb"\s*\{\s*(?:" + _VERSION + rb"\s*,\s*)?" + _NAMED + rb"\s*,")
"""The beginning of an answer that says early which call it answers."""
_LAST: Final = re.compile(rb",\s*" + _NAMED + rb"\s*(?:,\s*" + _VERSION + rb"\s*)?\}\s*$")
"""The end of one that says so last, as other servers write it."""
_ENDS: Final = 300
"""Bytes of the beginning and of the end of a message in which that is looked for."""


class Pipes(asyncio.SubprocessProtocol):
    """Cuts what comes into lines, and says when the child can take more."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._part = bytearray()
        self._skipped = 0
        self._end: bytes | None = None
        """The last bytes of a message that is thrown away, while it is not known which call it answers."""
        self._waiting = 0
        self.lines: deque[bytes | JSONRPCError] = deque()
        self.arrived = asyncio.Event()
        self.writable = asyncio.Event()
        self.writable.set()
        self.exited = asyncio.Event()
        self.ended = False
        self.tail = b""
        self.garbage = 0
        """Lines that were no messages; many servers print such things, and they are read over."""
        self.process: asyncio.SubprocessTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the child's process."""
        self.process = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Cut what came into lines; read no further while too many wait."""
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
        """Wake whoever waits for that pipe."""
        if fd == _STDOUT:
            self.end()
        elif fd == _STDIN:
            self.writable.set()

    def process_exited(self) -> None:
        """Say that the child is gone."""
        self.exited.set()
        # What it wrote last is still in the pipe; but its own children may hold that open for ever.
        asyncio.get_running_loop().call_later(_REST_S, self.end)

    def pause_writing(self) -> None:
        """Say that the child can take no more for now."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """Say that it can again."""
        self.writable.set()

    def end(self) -> None:
        """Say that no more lines will come."""
        self.ended = True
        self.arrived.set()

    def _take(self, piece: bytes) -> None:
        if self._skipped:
            self._skipped += len(piece)
            if self._end is not None:
                self._end = (self._end + piece)[-_ENDS:]
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
        elif self._end is not None:
            self._answer(_LAST.search(self._end))
        self._part.clear()
        self._skipped = 0
        self._end = None

    def _refuse(self) -> None:
        """Begin to throw a message away that is too large."""
        self._skipped = len(self._part)
        match = _FIRST.match(self._part[:_ENDS])
        if match is not None:
            self._answer(match)
        else:
            self._end = bytes(self._part[-_ENDS:])
        self._part.clear()

    def _answer(self, match: re.Match[bytes] | None) -> None:
        """Answer in the child's place that its answer is too large; what answers no call is nothing to tell of."""
        if match is None:
            self.garbage += 1
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


class _Stream:
    """What both directions have in common: the session enters and leaves them."""

    def __init__(self, pipes: Pipes) -> None:
        self._pipes = pipes
        self._closed = False

    async def aclose(self) -> None:
        """Close it for the session; the pipes stay as they are."""
        self._closed = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self.aclose()


class Incoming(_Stream):
    """Messages of the child, for the session.

    Args:
        pipes: Of the child.
        on_end: Called when nothing more will come.
    """

    def __init__(self, pipes: Pipes, *, on_end: Callable[[], None]) -> None:
        super().__init__(pipes)
        self._on_end = on_end
        self._in_a_row = 0

    async def receive(self) -> SessionMessage | Exception:
        """Return the next message.

        Raises:
            anyio.EndOfStream: Nothing more will come.
            anyio.ClosedResourceError: The session has closed this stream.
        """
        while not self._closed:
            await self._rest()
            line = self._pipes.next()
            if line is not None:
                message = self._message(line)
                if message is not None:
                    return SessionMessage(message)
            elif self._pipes.ended:
                self._on_end()
                raise anyio.EndOfStream
            else:
                self._in_a_row = 0
                self._pipes.arrived.clear()
                await self._pipes.arrived.wait()
        raise anyio.ClosedResourceError

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def _rest(self) -> None:
        """Give all others their turn, now and then: a child may write faster than it is read."""
        self._in_a_row += 1
        if self._in_a_row >= _IN_A_ROW:
            self._in_a_row = 0
            await asyncio.sleep(0)

    def _message(self, line: bytes | JSONRPCError) -> JSONRPCMessage | None:
        if isinstance(line, JSONRPCError):
            return line
        try:
            return jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValueError:
            self._pipes.garbage += 1
            return None


class Outgoing(_Stream):
    """Messages of the session, for the child."""

    async def send(self, item: SessionMessage, /) -> None:
        """Write one message, and wait until the child can take more.

        Raises:
            anyio.ClosedResourceError: The session has closed this stream.
            anyio.BrokenResourceError: The child hears nothing any more.
        """
        if self._closed:
            raise anyio.ClosedResourceError
        pipes = self._pipes
        assert pipes.process is not None
        stdin = cast("asyncio.WriteTransport", pipes.process.get_pipe_transport(_STDIN))
        if stdin.is_closing():
            pipes.end()  # it may live on, but it will never hear of anything again
            raise anyio.BrokenResourceError
        stdin.write(item.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
        await pipes.writable.wait()
