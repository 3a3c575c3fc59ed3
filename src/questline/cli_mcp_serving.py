"""Run one of our MCP servers until it is ended, over standard input and output, or over HTTP."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from questline.errors import UsageError
from questline.settings import Settings

if TYPE_CHECKING:
    from questline.mcp_servers.serving import QuestlineServer

__all__ = ["Host", "Http", "Port", "serve"]

Http: TypeAlias = Annotated[
    bool, typer.Option("--http", help="Serve Streamable HTTP at /mcp instead of standard input and output.")
]
Host: TypeAlias = Annotated[
    str | None,
    typer.Option("--host", metavar="ADDRESS", help="With --http; other than 127.0.0.1 only with QUESTLINE_API_KEY."),
]
Port: TypeAlias = Annotated[
    int | None,
    typer.Option("--port", metavar="N", help="With --http; 0, the default, takes a free one."),
]
_LAST_PORT: Final = 65_535
_LOG_FORMAT: Final = "%(levelname)s %(name)s: %(message)s"


def serve(
    build: Callable[[ExitStack], QuestlineServer],
    settings: Settings,
    *,
    http: bool,
    host: str | None,
    port: int | None,
) -> None:
    """Build a server and run it until it is ended; what it holds is closed then."""
    if not http and (host is not None or port is not None):
        raise UsageError("--host and --port are for --http", argument="--http")
    if not 0 <= (port or 0) <= _LAST_PORT:
        raise UsageError(f"--port {port!r} must be from 0 to {_LAST_PORT}", argument="--port")
    import logging

    from questline.telemetry import configure, flush

    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format=_LOG_FORMAT)
    api_key = os.environ.get("QUESTLINE_API_KEY") or None
    host = host or "127.0.0.1"
    if http:
        from questline.tools.listening import check_exposure

        check_exposure(host, api_key)
    configure(settings)
    with ExitStack() as stack:
        stack.callback(flush)
        server = build(stack)
        if http:
            from questline.mcp_servers.http import run_http

            run_http(
                server,
                host=host,
                port=port or 0,
                api_key=api_key,
                max_body_bytes=settings.max_body_kib * 1024,
                started=lambda url: print(f"Serving {server.name} on {url}. Press Ctrl-C to stop.", file=sys.stderr),
            )
            return
        from questline.mcp_servers.stdio import run_stdio

        if sys.stdin.isatty():
            print(f"Serving {server.name} on standard input: start it from a client. Ctrl-C ends.", file=sys.stderr)
        run_stdio(server, close=stack.close)
