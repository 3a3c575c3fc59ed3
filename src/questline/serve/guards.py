"""What stands before every request: the key, the host it was sent to, its size, and how many run at once.

Written as plain ASGI: Starlette's `BaseHTTPMiddleware` hides the client's disconnect from the application.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from questline.errors import QuestlineError, UsageError

from .errors import TooBusy, error_response

__all__ = ["Guard", "check_exposure", "is_loopback"]

_OPEN: Final = frozenset({"/healthz", "/readyz"})
"""Paths that need no key: an orchestrator's probes carry none."""
_COUNTED: Final = "/v1/chat/completions"


def is_loopback(host: str) -> bool:
    """Say whether a host name or address is this machine's own."""
    name = host.strip("[]").rstrip(".").lower()
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def check_exposure(host: str, api_key: str | None) -> None:
    """Refuse to listen beyond this machine without a key.

    Raises:
        UsageError: ``not_local``.
    """
    if not is_loopback(host) and not api_key:
        raise UsageError(
            f"serving on {host!r} lets other machines in: set QUESTLINE_API_KEY, or use --host 127.0.0.1",
            code="not_local",
            argument="host",
        )


class Guard:
    """Refuse what may not or cannot be answered, before the application sees it.

    Args:
        app: The application behind.
        api_key: Key that callers must send as ``Authorization: Bearer …``; None for no key.
        local: The server listens on a loopback address. Then a request must name one as its host and, from a browser,
            as its origin: a web page that rebinds its own name to 127.0.0.1 (DNS rebinding) is turned away.
        max_body_bytes: Largest request body.
        concurrency: Questions that may run side by side.
    """

    def __init__(
        self, app: ASGIApp, *, api_key: str | None, local: bool, max_body_bytes: int, concurrency: int
    ) -> None:
        self._app = app
        self._api_key = api_key.encode() if api_key else None
        self._local = local
        self._max_body_bytes = max_body_bytes
        self._concurrency = concurrency
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
            await self._app(scope, self._limited(receive), send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._running >= self._concurrency:
            busy = TooBusy(f"{self._running} questions are running, as many as allowed; try again in a second")
            await error_response(busy)(scope, receive, send)
            return
        self._running += 1
        try:
            await self._app(scope, self._limited(receive), send)
        finally:
            self._running -= 1

    def _foreign(self, headers: Headers) -> tuple[QuestlineError, int] | None:
        if not self._local:
            return None
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        if not is_loopback(host):
            return UsageError(f"this server answers for localhost only, not for {host!r}", argument="Host"), 421
        origin = headers.get("origin")
        if origin is not None and not is_loopback(urlsplit(origin).hostname or ""):
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

    def _limited(self, receive: Receive) -> Receive:
        """Count a body that names no length while it arrives."""
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body_bytes:
                raise HTTPException(413, f"the body is longer than {self._max_body_bytes} bytes")
            return message

        return counted
