"""A language model server that says what a test tells it to, over a real socket, and fails the ways servers fail.

    with ScriptedLLM(["Paris", Fault.status(500), "Rome"]) as server:
        agent = Agent(documents=…, model="any-name", base_url=server.base_url)

It speaks the OpenAI chat completions format (``/v1/chat/completions``, ``/v1/models``) and Anthropic's messages
(``/v1/messages``), plain and streamed, on 127.0.0.1, from a thread of its own that the ``with`` block ends.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Final, Self, TypeAlias, cast

from questline.types import Usage

from .replies import ChatRequest, Fault, Item, Reply, Rule, Script, count_tokens
from .wire import WIRES, Wire

__all__ = ["ScriptedLLM", "picker"]

_REASONS: Final = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}
_Picker: TypeAlias = Callable[[ChatRequest], Item]


class _HungUp(Exception):
    """The client closed its connection before the answer was complete."""


class ScriptedLLM:
    """An OpenAI-compatible (and Anthropic-compatible) server with scripted answers.

    Args:
        script: What to answer. One item: always that. A list of items: one for each request, in order of arrival; a
            request beyond the list gets status 400 that says so. A list of `Rule`: the first that matches; 400 when
            none does. A function: whatever it returns for the `ChatRequest`; it runs in the server's thread.
            An item is a text, a `Reply` or a `Fault`.
        models: The names that ``/v1/models`` lists; any name is answered.
        api_key: When given, requests without it get status 401.
    """

    def __init__(self, script: Script, *, models: Sequence[str] = ("scripted",), api_key: str | None = None) -> None:
        self._pick = picker(script)
        self._models = models
        self._api_key = api_key
        self._billed = Usage()
        self._at_once = 0
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._port = 0
        self.requests: list[ChatRequest] = []
        """Every chat request, in order of arrival, those included that got a fault."""
        self.connections = 0
        """How many connections were opened."""
        self.hung_up = 0
        """How many answers the client did not wait for to the end."""
        self.most_at_once = 0
        """The most requests that were being answered at the same time."""

    @property
    def base_url(self) -> str:
        """What to set as ``base_url``: the server's address with ``/v1``."""
        return f"{self.root_url}/v1"

    @property
    def root_url(self) -> str:
        """The server's address alone, as Anthropic's SDK wants it."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def billed(self) -> Usage:
        """What clients were told that it costs: ``calls`` counts all requests, tokens only reported ones."""
        return self._billed

    def __enter__(self) -> Self:
        if self._thread is not None:
            raise RuntimeError("this server has been started before; make a new one")
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="scripted-llm", daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._stop is not None
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.connections += 1
        try:
            connection = _Connection(reader, writer)
            while (arrived := await connection.read_request()) and await self._exchange(*arrived, connection):
                pass
        except (_HungUp, ConnectionError):
            self.hung_up += 1
        except asyncio.CancelledError:
            writer.transport.abort()  # the server is being stopped
        finally:
            self._open.discard(task)
            writer.close()

    async def _exchange(self, method: str, request: ChatRequest, connection: _Connection) -> bool:
        """Answer one request; False when the connection must not be used again."""
        if self._api_key is not None and not self._authorized(request):
            await connection.send_json(401, {"error": {"message": "wrong key", "code": "invalid_api_key"}})
        elif (method, request.path) == ("GET", "/v1/models"):
            rows = [{"id": name, "object": "model", "created": 1, "owned_by": "scripted"} for name in self._models]
            await connection.send_json(200, {"object": "list", "data": rows})
        elif method != "POST" or request.path not in WIRES:
            await connection.send_json(404, {"error": {"message": f"no such path: {request.path}"}})
        else:
            return await self._chat(request, connection)
        return True

    def _authorized(self, request: ChatRequest) -> bool:
        keys = (request.headers.get("authorization", "").removeprefix("Bearer "), request.headers.get("x-api-key"))
        return self._api_key in keys

    async def _chat(self, request: ChatRequest, connection: _Connection) -> bool:
        self.requests.append(request)
        self._billed += Usage(calls=1)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            item = self._pick(request)
            if isinstance(item, Fault):
                return await _fail(item, request, connection, WIRES[request.path])
            await self._reply(Reply(text=item) if isinstance(item, str) else item, request, connection)
        finally:
            self._at_once -= 1
        return True

    async def _reply(self, reply: Reply, request: ChatRequest, connection: _Connection) -> None:
        wire = WIRES[request.path]
        pieces, finish = reply.cut(request.max_tokens)
        text = "".join(pieces)
        usage: tuple[int, int] | None = (request.tokens, count_tokens(text))
        if reply.usage == "none" or (request.stream and not wire.reports_streamed_usage(request)):
            usage = None
        elif reply.usage != "counted":
            usage = reply.usage
        await connection.pause(reply.delay_s)
        if request.stream:
            await connection.start_stream()
            await connection.send_chunk(wire.opening(request, usage))
            for position, piece in enumerate(pieces):
                await connection.pause(reply.piece_delay_s if position else 0)
                await connection.send_chunk(wire.piece(request, piece, reply.tokens[position : position + 1]))
            self._bill(usage)
            await connection.send_chunk(wire.closing(request, finish, usage))
            await connection.end_stream()
        else:
            self._bill(usage)
            await connection.send_json(200, wire.body(request, text, finish, usage, reply.tokens[: len(pieces)]))

    def _bill(self, usage: tuple[int, int] | None) -> None:
        """Count tokens just before they are reported: a client that has read the report finds them counted."""
        if usage is not None:
            self._billed += Usage(tokens_in=usage[0], tokens_out=usage[1])


class _Connection:
    """Just enough HTTP/1.1: requests with a Content-Length, answers with one or in chunks, kept alive."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read_request(self) -> tuple[str, ChatRequest] | None:
        """Return method and request, or None when the client has closed the idle connection."""
        try:
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            fields_of = (line.partition(":") for line in head[1:] if line)
            headers = {name.lower(): value.strip() for name, _, value in fields_of}
            raw = await self._reader.readexactly(int(headers.get("content-length", "0")))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        body: object = json.loads(raw) if raw else {}
        fields = cast("Mapping[str, object]", body if isinstance(body, dict) else {})
        return method, ChatRequest(path=path.partition("?")[0], headers=headers, body=fields)

    async def send(
        self, status: int, body: bytes, *, kind: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> None:
        await self.start(status, {"content-type": kind, "content-length": str(len(body)), **(headers or {})})
        self._writer.write(body)
        await self._writer.drain()

    async def send_json(self, status: int, value: object, headers: Mapping[str, str] | None = None) -> None:
        await self.send(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers)

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Scripted')}", *(f"{k}: {v}" for k, v in headers.items())]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        await self._writer.drain()

    async def start_stream(self) -> None:
        await self.start(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})

    async def send_chunk(self, text: str) -> None:
        data = text.encode()
        self._writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self._writer.drain()

    async def end_stream(self) -> None:
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    async def send_raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def pause(self, seconds: float) -> None:
        """Wait; raises `_HungUp` as soon as the client closes the connection."""
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._reader.read(1)
        except TimeoutError:
            return
        raise _HungUp

    async def hang_up(self) -> None:
        """Close the connection in the middle of an answer; what was sent arrives, because a reset could overtake it."""
        self._writer.close()
        await self._writer.wait_closed()

    async def reset(self) -> None:
        """Break the connection with a TCP reset."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


async def _fail(fault: Fault, request: ChatRequest, connection: _Connection, wire: Wire) -> bool:
    """Act a fault out; False when the connection is of no more use."""
    if fault.kind == "status" or (fault.kind == "stream_error" and not request.stream):
        await connection.send_json(fault.code, wire.error(fault.code, fault.body, fault.reply.text), fault.headers)
        return True
    if fault.kind == "wrong_content":
        await connection.send(200, fault.body.encode(), kind="text/html")
        return True
    if fault.kind == "malformed":
        if request.stream:
            await connection.start_stream()
            await connection.send_chunk(f"data: {fault.body}\n\n")
            await connection.end_stream()
        else:
            await connection.send(200, fault.body.encode())
        return True
    if request.stream:
        return await _break_stream(fault, request, connection, wire)
    if fault.kind == "drop" and fault.after_chunks:
        body = json.dumps(wire.body(request, fault.reply.text, "stop", None)).encode()
        await connection.start(200, {"content-type": "application/json", "content-length": str(len(body))})
        await connection.send_raw(body[: len(body) // 2])
        await connection.hang_up()
        return False
    if fault.kind == "stall":
        await connection.pause(fault.seconds)
    await connection.reset()
    return False


async def _break_stream(fault: Fault, request: ChatRequest, connection: _Connection, wire: Wire) -> bool:
    pieces, _ = fault.reply.cut(None)
    if fault.kind == "drop" and not fault.after_chunks:
        await connection.reset()
        return False
    await connection.start_stream()
    await connection.send_chunk(wire.opening(request, None))
    for piece in pieces[: fault.after_chunks]:
        await connection.send_chunk(wire.piece(request, piece))
    if fault.kind in ("cut_short", "stream_error"):
        if fault.kind == "stream_error":
            await connection.send_chunk(wire.error_event(fault.body))
        await connection.end_stream()
        return True
    if fault.kind == "stall":
        await connection.pause(fault.seconds)
        await connection.reset()
    else:
        half = wire.piece(request, "".join(pieces[fault.after_chunks :])).encode()
        await connection.send_raw(f"{len(half):x}\r\n".encode() + half[: len(half) // 2])
        await connection.hang_up()
    return False


def picker(script: Script) -> _Picker:
    """Return what a script answers to each request."""
    if isinstance(script, (str, Reply, Fault)):
        return lambda request: script
    if callable(script):
        return script
    items = list(script)
    if items and all(isinstance(item, Rule) for item in items):
        return _Rules(cast("list[Rule]", items))
    if any(isinstance(item, Rule) for item in items):
        raise TypeError("a script holds rules or items, not both: write Rule('', item) for what always matches")
    return _InOrder(cast("list[Item]", items))


class _InOrder:
    def __init__(self, items: list[Item]) -> None:
        self._items = items
        self._next = 0

    def __call__(self, request: ChatRequest) -> Item:
        del request
        self._next += 1
        if self._next > len(self._items):
            return Fault.status(400, message=f"the script has {len(self._items)} items; this is request {self._next}")
        return self._items[self._next - 1]


class _Rules:
    def __init__(self, rules: list[Rule]) -> None:
        self._rules = [(rule, list(rule.items)) for rule in rules]

    def __call__(self, request: ChatRequest) -> Item:
        for rule, left in self._rules:
            if rule.matches(request):
                return left.pop(0) if len(left) > 1 else left[0]
        return Fault.status(400, message="no rule of the script matches this request")
