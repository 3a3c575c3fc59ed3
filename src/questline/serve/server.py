"""The process that listens: a socket of its own, uvicorn on it, and an orderly end."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING, Final

import uvicorn

from questline.errors import UsageError
from questline.tools.addresses import is_loopback

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["address_of", "listener", "make_server"]

_GRACE_S: Final = 10
"""Time that running questions have to finish after SIGTERM or Ctrl-C; what is left then is cancelled."""


def listener(host: str, port: int) -> socket.socket:
    """Listen on a socket; port 0 takes a free one.

    Raises:
        UsageError: ``bad_argument`` for an address or port that cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"cannot listen on host {host!r}: {error.strerror}", argument="host") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen()  # from now on callers wait in line, so that the address can be told before the server runs
    except OSError as error:
        bound.close()
        taken = error.errno == errno.EADDRINUSE
        argument = "port" if taken or error.errno == errno.EACCES else "host"
        advice = "; stop what listens there, or take another with --port" if taken else ""
        reason = os.strerror(error.errno or 0)
        raise UsageError(f"cannot listen on {host!r} port {port}: {reason}{advice}", argument=argument) from error
    return bound


def address_of(bound: socket.socket) -> str:
    """Return the URL that a client on this machine uses."""
    host, port = bound.getsockname()[:2]
    if not is_loopback(host):
        host = "127.0.0.1" if bound.family == socket.AF_INET else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def make_server(app: FastAPI) -> uvicorn.Server:
    """Return a server to be run on a `listener` socket: ``server.run(sockets=[…])``."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing here trusts the caller's address, so nothing needs to be rewritten
            timeout_graceful_shutdown=_GRACE_S,
        )
    )
