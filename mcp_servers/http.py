"""A server over Streamable HTTP, both eras on one URL; callers without the key and foreign pages stay outside."""

from __future__ import annotations

import hmac
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from questline.errors import QuestlineError, UsageError
from questline.tools.addresses import is_loopback
from questline.tools.listening import address_of, check_exposure, listener

if TYPE_CHECKING:
    import uvicorn
    from mcp.server import MCPServer

__all__ = ["ALIVE", "MAX_BODY_BYTES", "PATH", "http_app", "http_server", "run_http", "url_of"]

PATH: Final = "/mcp"
ALIVE: Final = "/healthz"
"""Says that the process is alive; it needs no key, since an orchestrator's probes carry none."""
MAX_BODY_BYTES: Final = 1 << 20
_GRACE_S: Final = 3
"""Time that running calls have to finish after SIGTERM or Ctrl-C; what is left then is cancelled."""


def http_app(
    server: MCPServer, *, host: str = "127.0.0.1", api_key: str | None = None, max_body_bytes: int = MAX_BODY_BYTES
) -> ASGIApp:
    """Return the application that serves one server at `PATH`; it can serve once.

    Args:
        server: What is served.
        host: The address that it will listen on. On a loopback address only requests that name one as their host and,
            from a browser, as their origin are answered: a web page that rebinds its own name to 127.0.0.1 is not.
        api_key: Key that callers must send as ``Authorization: Bearer …``; None for no key.
        max_body_bytes: Largest request body; a larger one gets 413.

    Raises:
        UsageError: ``not_local`` for another address than a loopback one without a key.
    """
    check_exposure(host, api_key)
    local = is_loopback(host)
    inner = server.streamable_http_app(
        streamable_http_path=PATH,
        host=host,
        max_request_body_size=max_body_bytes,
        transport_security=_own_machine(host)
        if local
        else TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return _Door(inner, api_key=api_key, local=local)


def http_server(app: ASGIApp) -> uvicorn.Server:
    """Return what runs an application on a socket: ``http_server(app).run(sockets=[listener(host, port)])``."""
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
    )


def run_http(
    server: MCPServer,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    api_key: str | None = None,
    max_body_bytes: int = MAX_BODY_BYTES,
    started: Callable[[str], None],
) -> None:
    """Serve until SIGTERM (exit code 0) or Ctrl-C (`KeyboardInterrupt`); for a process's main thread.

    Args:
        server: What is served.
        host: As for `http_app`.
        port: 0 takes a free one.
        api_key: As for `http_app`.
        max_body_bytes: As for `http_app`.
        started: Hears the URL, once callers are let in.

    Raises:
        UsageError: ``not_local``; ``bad_argument`` for an address or port that cannot be had.
    """
    app = http_app(server, host=host, api_key=api_key, max_body_bytes=max_body_bytes)
    with listener(host, port) as bound:
        started(url_of(bound))
        # uvicorn raises the signal again when it has shut down; an orderly end is not a failure.
        signal.signal(signal.SIGTERM, _end)
        http_server(app).run(sockets=[bound])


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(0)


def url_of(bound: socket.socket) -> str:
    """Return the URL of a server on a socket, as a client on this machine uses it."""
    return f"{address_of(bound)}{PATH}"


class _Door:
    """Refuses who has no key and, where the server is open to other machines, pages of other sites."""

    def __init__(self, app: ASGIApp, *, api_key: str | None, local: bool) -> None:
        self._app = app
        self._api_key = api_key.encode() if api_key else None
        self._local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request and hand it on, or answer it with an error."""
        if scope["type"] == "http":
            if scope["path"] == ALIVE:
                await JSONResponse({"status": "alive"})(scope, receive, send)
                return
            headers = Headers(scope=scope)
            refused = self._unauthorized(headers) or self._foreign(headers)
            if refused is not None:
                error, status = refused
                extra = {"www-authenticate": "Bearer"} if status == 401 else {}
                await JSONResponse({"error": error.as_dict()}, status, extra)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _unauthorized(self, headers: Headers) -> tuple[QuestlineError, int] | None:
        if self._api_key is None:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._api_key):
            return None
        return UsageError("the request needs the header 'Authorization: Bearer KEY'", code="unauthorized"), 401

    def _foreign(self, headers: Headers) -> tuple[QuestlineError, int] | None:
        """Refuse a page of another site than the one it asks; on a loopback address the SDK looks more strictly."""
        origin = headers.get("origin")
        if self._local or origin is None or urlsplit(origin).netloc == headers.get("host", ""):
            return None
        return UsageError(f"pages of {origin!r} may not call this server", argument="Origin"), 403


def _own_machine(host: str) -> TransportSecuritySettings:
    names = {"127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host}
    hosts = sorted(f"{name}{port}" for name in names for port in ("", ":*"))
    return TransportSecuritySettings(
        allowed_hosts=hosts, allowed_origins=[f"{scheme}://{each}" for scheme in ("http", "https") for each in hosts]
    )
