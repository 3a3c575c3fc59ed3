"""What stands before every request: the key, the host it was sent to, its size and pace, and how many run at once.

Written as plain ASGI: Starlette's `BaseHTTPMiddleware` hides the client's disconnect from the application.
"""

from __future__ import annotations

import asyncio
import hmac
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from questline.errors import QuestlineError, UsageError
from questline.tools.addresses import is_loopback

from .errors import TooBusy, error_response

__all__ = ["Guard"]

_OPEN: Final = frozenset({"/healthz", "/readyz"})
"""Paths that need no key: an orchestrator's probes carry none."""
_COUNTED: Final = "/v1/chat/completions"


class Guard:
    """Refuse what may not or cannot be answered, before the application sees it.

    Args:
        app: The application behind.
        api_key: Key that callers must send as ``Authorization: Bearer …``; None for no key.
        local: The server listens on a loopback address. Then a request must name one as its host and, from a browser,
            as its origin: a web page that rebinds its own name to 127.0.0.1 (DNS rebinding) is turned away.
        max_body_bytes: Largest request body.
        concurrency: Questions that may run side by side; one counts from when its body is here.
        body_timeout_s: Time in which a body must arrive.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        api_key: str | None,
        local: bool,
        max_body_bytes: int,
        concurrency: int,
        body_timeout_s: float,
    ) -> None:
        self._app = app
        self._api_key = api_key.encode() if api_key else None
        self._local = local
        self._max_body_bytes = max_body_bytes
        self._concurrency = concurrency
        self._body_timeout_s = body_timeout_s
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request and hand it on, or answer it with an error."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = self._foreign(headers) or self._unauthorized(scope["path"], headers) or self._too_large(headers)
        if refused is not None:
            error, status = refused
            await error_response(error, status)(scope, receive, send)
        elif scope["path"] == _COUNTED and scope["method"] == "POST":
            await self._counted(scope, receive, send)
        else:
            await self._app(scope, receive, send)  # nothing else reads a body

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._body_timeout_s):
                body = await self._body(receive)
        except TimeoutError:
            late = UsageError(f"the body did not arrive within {self._body_timeout_s:g} s", argument="body")
            await self._hang_up(late, 408)(scope, receive, send)
            return
        except _TooLarge:
            await self._hang_up(*self._too_large_error())(scope, receive, send)
            return
        if body is not None:
            await self._run(scope, _replayed(body, receive), send)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._running >= self._concurrency:
            busy = TooBusy(f"{self._running} questions are running, as many as allowed; try again in a second")
            await error_response(busy)(scope, receive, send)
            return
        self._running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._running -= 1

    def _foreign(self, headers: Headers) -> tuple[QuestlineError, int] | None:
        if not self._local:
            return None
        host = headers.get("host", "")
        if not is_loopback(_host_of(f"//{host}")):
            return UsageError(f"this server answers for localhost only, not for {host!r}", argument="Host"), 421
        origin = headers.get("origin")
        if origin is not None and not is_loopback(_host_of(origin)):
            return UsageError(f"pages of {origin!r} may not call this server", argument="Origin"), 403
        return None

    def _unauthorized(self, path: str, headers: Headers) -> tuple[QuestlineError, int] | None:
        if self._api_key is None or path in _OPEN:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._api_key):
            return None
        return UsageError("the request needs the header 'Authorization: Bearer KEY'", code="unauthorized"), 401

    def _too_large(self, headers: Headers) -> tuple[QuestlineError, int] | None:
        length = headers.get("content-length", "")
        return self._too_large_error() if length.isdigit() and int(length) > self._max_body_bytes else None

    def _too_large_error(self) -> tuple[QuestlineError, int]:
        limit = self._max_body_bytes
        return UsageError(f"the body is longer than {limit} bytes", argument="body", limit=limit), 413

    async def _body(self, receive: Receive) -> bytes | None:
        """Read the whole body; None when the client is gone."""
        pieces: list[bytes] = []
        length = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            pieces.append(message.get("body", b""))
            length += len(pieces[-1])
            if length > self._max_body_bytes:
                raise _TooLarge
            if not message.get("more_body", False):
                return b"".join(pieces)

    def _hang_up(self, error: QuestlineError, status: int) -> Response:
        """Answer while the body is still on its way; the rest of it cannot be the next request."""
        response = error_response(error, status)
        response.headers["connection"] = "close"
        return response


class _TooLarge(Exception):
    """The body is longer than allowed."""


def _host_of(url: str) -> str:
    """Return the host that a URL names; empty for one that cannot be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # such as an IPv6 address that is not closed
        return ""


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already, and then what comes after it."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay
