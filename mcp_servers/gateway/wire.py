"""HTTP to a server, under the SDK's transport: secrets are put on here, limits hold here, and failures get a name here.

The SDK and the HTTP library see, log and put into errors an address without user, password or query, and no header of
the configuration: those are added on the way out. A failed request is answered with a JSON-RPC error, so that one
broken connection ends one call and not all of them.
"""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.request import getproxies, proxy_bypass

import anyio
import httpx2

from .failures import TOO_LARGE, UNREACHABLE

if TYPE_CHECKING:
    from anyio.abc import AsyncResource

__all__ = ["open_http", "plain_address"]

_POOL: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=16, keepalive_expiry=30.0)
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_GOODBYE_S: Final = 1.0
"""How long the end of a session may take."""
_SAFE_ERRORS: Final = frozenset({400, 404, 405, 406})
"""Answers with a meaning in the protocol, which the SDK reads."""
_SIGN_IN: Final = frozenset({401, 403})


def plain_address(url: str) -> str:
    """Return an address without user, password, query and fragment."""
    return str(httpx2.URL(url).copy_with(userinfo=b"", query=None, fragment=None))


def open_http(
    url: str, headers: Mapping[str, str], *, connect_s: float, limit: int, auth: httpx2.Auth | None = None
) -> httpx2.AsyncClient:
    """Return a client for one server; its requests go to `plain_address` and leave with all that was configured.

    Args:
        url: The server's address, as configured.
        headers: What every request carries.
        connect_s: Longest wait for a connection, seconds.
        limit: Longest answer in bytes; streams of events are limited event by event, by the SDK.
        auth: Signs in where the server asks for it, and hears its 401 and 403.
    """
    full = httpx2.URL(url)
    here = full.host in _THIS_MACHINE or proxy_bypass(full.host)
    proxy = None if here else getproxies().get(full.scheme)
    trust = _trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    inner = httpx2.AsyncHTTPTransport(verify=trust, proxy=proxy, limits=_POOL)
    wire = _Wire(inner, full, headers, limit, heard=_SAFE_ERRORS | _SIGN_IN if auth else _SAFE_ERRORS)
    timeout = httpx2.Timeout(None, connect=connect_s)
    return httpx2.AsyncClient(transport=wire, auth=auth, timeout=timeout, trust_env=False)


@lru_cache(maxsize=4)
def _trust(file: str | None, folder: str | None) -> ssl.SSLContext:
    """Read the certificates once, which takes longer than a call; the library reads where these variables say."""
    del file, folder
    return httpx2.create_ssl_context()


class _Wire(httpx2.AsyncBaseTransport):
    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        full: httpx2.URL,
        headers: Mapping[str, str],
        limit: int,
        *,
        heard: frozenset[int],
    ) -> None:
        self._inner = inner
        self._heard = heard
        self._full = full
        self._headers = httpx2.Headers(dict(headers))
        if full.userinfo and "authorization" not in self._headers:
            user, password = full.username, full.password
            flow = httpx2.BasicAuth(user, password).sync_auth_flow(httpx2.Request("GET", plain_address(str(full))))
            self._headers["authorization"] = next(flow).headers["authorization"]
        self._limit = limit

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            response = await self._inner.handle_async_request(self._dressed(request))
        except httpx2.TransportError as error:
            return _refusal(UNREACHABLE, f"{type(error).__name__}: {error}")
        events = response.headers.get("content-type", "").lower().startswith("text/event-stream")
        length = response.headers.get("content-length", "")
        why: tuple[int, str] | None = None
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            why = UNREACHABLE, "the server packs its answers although it was asked not to"
        elif length.isdigit() and int(length) > self._limit:
            why = TOO_LARGE, f"the answer is larger than {self._limit} bytes"
        elif response.status_code >= 400 and response.status_code not in self._heard:
            why = UNREACHABLE, f"HTTP {response.status_code} {response.reason_phrase}"
        if why is not None:
            await response.aclose()
            return _refusal(*why)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream, None if events else self._limit)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _dressed(self, request: httpx2.Request) -> httpx2.Request:
        request.headers["accept-encoding"] = "identity"  # what is not packed cannot grow beyond the limit
        if request.method == "DELETE":
            request.extensions["timeout"] = httpx2.Timeout(_GOODBYE_S).as_dict()
        if request.url.scheme == "https":
            request.extensions["trace"] = _HandshakeEnd()
        url, query = request.url, self._full.query
        if not (self._headers or query) or not _same_origin(self._full, url):
            return request  # nothing secret is put on, so it may stay what the library sees
        headers = httpx2.Headers(request.headers)
        headers.update(self._headers)
        return httpx2.Request(
            request.method,
            url.copy_with(query=query) if query else url,
            headers=headers,
            stream=request.stream,
            extensions=request.extensions,
        )


class _HandshakeEnd:
    """Closes the socket of a TLS handshake that was cancelled; the HTTP library (2.12) leaves it open for ever."""

    def __init__(self) -> None:
        self._stream: AsyncResource | None = None

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Hear what the library tells of a connection."""
        if event == "connection.connect_tcp.complete":
            self._stream = info["return_value"]
        elif event == "connection.start_tls.failed" and self._stream is not None:
            with anyio.CancelScope(shield=True):
                await self._stream.aclose()


def _same_origin(full: httpx2.URL, url: httpx2.URL) -> bool:
    """Say whether an address belongs to the configured server; one that turned to HTTPS by itself does."""
    upgraded = (full.scheme, url.scheme, full.port, url.port) == ("http", "https", None, None)
    return full.host == url.host and (upgraded or (full.scheme, full.port) == (url.scheme, url.port))


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends in an error the SDK can take when it is too long, or when the connection breaks."""

    def __init__(self, inner: httpx2.AsyncByteStream, limit: int | None) -> None:
        self._inner = inner
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        try:
            async for piece in self._inner:
                seen += len(piece)
                if self._limit is not None and seen > self._limit:
                    raise httpx2.StreamError(f"over the byte limit of {self._limit}")
                yield piece
        except httpx2.TransportError as error:
            raise httpx2.StreamError(f"connection broken: {type(error).__name__}") from error

    async def aclose(self) -> None:
        await self._inner.aclose()


def _refusal(code: int, message: str) -> httpx2.Response:
    body = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}
    return httpx2.Response(502, headers={"content-type": "application/json"}, content=json.dumps(body).encode())
