"""Where a server of ours may listen, and the socket for it; used by every face that listens."""

from __future__ import annotations

import errno
import os
import socket

from questline.errors import UsageError

from .addresses import is_loopback

__all__ = ["address_of", "check_exposure", "listener"]


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
