"""The response of ``/v1/chat/completions``: whole, or as server-sent events while the question runs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from questline.errors import QuestlineError
from questline.types import Event

from .errors import error_body
from .feed import Disconnected, Feed
from .wire import ChunkWriter, completion

__all__ = ["ChatResponse", "ChatStream"]


class ChatResponse(Response):
    """Runs a question when it is sent, and stops it when the client hangs up."""

    def __init__(self, events: AsyncIterator[Event], *, model: str, run_id: str, heartbeat_s: float) -> None:
        super().__init__()
        self._events = events
        self._model = model
        self._run_id = run_id
        self._heartbeat_s = heartbeat_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; an error before the first byte leaves as an HTTP error."""
        try:
            async with Feed(self._events, receive, heartbeat_s=self._heartbeat_s) as feed:
                await self._answer(feed, scope, receive, send)
        except Disconnected:
            return

    async def _answer(self, feed: Feed, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await feed.answer()
        await JSONResponse(completion(answer, model=self._model, run_id=self._run_id))(scope, receive, send)


class ChatStream(ChatResponse):
    """The same in chunks, ended by ``[DONE]``; an error after the first chunk is sent as an ``error`` event."""

    def __init__(
        self, events: AsyncIterator[Event], *, model: str, run_id: str, include_usage: bool, heartbeat_s: float
    ) -> None:
        super().__init__(events, model=model, run_id=run_id, heartbeat_s=heartbeat_s)
        self._chunks = ChunkWriter(model=model, run_id=run_id, include_usage=include_usage)

    async def _answer(self, feed: Feed, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        event = await feed.next()  # the first event: a question that is refused still gets its own status
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": [*headers, (b"x-accel-buffering", b"no")]})
        await _send(send, _data(self._chunks.start()))
        try:
            while event is None or event.answer is None:
                await _send(send, self._piece(event))
                event = await feed.next()
        except QuestlineError as error:
            await _send(send, _data(error_body(error)), last=True)
            return
        for chunk in self._chunks.end(event.answer):
            await _send(send, _data(chunk))
        await _send(send, b"data: [DONE]\n\n", last=True)

    def _piece(self, event: Event | None) -> bytes:
        if event is None:
            return b": still running\n\n"
        return b"".join(map(_data, self._chunks.text(event.text))) if event.kind == "token" else b""


def _data(chunk: dict[str, object]) -> bytes:
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()


async def _send(send: Send, body: bytes, *, last: bool = False) -> None:
    if body or last:
        await send({"type": "http.response.body", "body": body, "more_body": not last})
