"""`agents serve`: the HTTP face, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from questline.cli_options import BaseUrl, Config, Index, Model, command
from questline.cli_trust import Trusted, read_trusted
from questline.settings import load_settings

__all__ = ["serve"]

serve = command("serve")


@serve.command(name="serve")
def serve_http(
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="ADDRESS", help="Other than this machine's own only with QUESTLINE_API_KEY."),
    ] = None,
    port: Annotated[int | None, typer.Option("--port", metavar="N", help="0 takes a free one.")] = None,
    servers: Annotated[
        Path | None, typer.Option("--servers", metavar="FILE", help="File of MCP servers; else setting `servers`.")
    ] = None,
    trust: Trusted = False,
    model: Model = None,
    base_url: BaseUrl = None,
    index: Index = None,
    config: Config = None,
) -> None:
    """Answer over HTTP: POST /v1/chat/completions (plain and streamed), GET /v1/models, /healthz, /readyz."""
    flags = {"host": host, "port": port, "model": model, "base_url": base_url, "index": index, "servers": servers}
    settings = load_settings(file=config, flags=flags)
    api_key = os.environ.get("QUESTLINE_API_KEY") or None
    from questline.tools.listening import address_of, check_exposure, listener

    check_exposure(settings.host, api_key)
    read = read_trusted(settings.servers, trusted=trust)
    from questline.serve.answers import AgentAnswers
    from questline.serve.app import create_app
    from questline.serve.server import make_server
    from questline.telemetry import configure, flush

    configure(settings)
    with listener(settings.host, settings.port) as bound:
        answers = AgentAnswers(settings, servers=read)
        server = make_server(create_app(answers, settings, health=answers.ready, api_key=api_key))
        print(f"Serving on {address_of(bound)} (model: {settings.model}). Press Ctrl-C to stop.", file=sys.stderr)
        # uvicorn raises the signal again when it has shut down; an orderly end is not a failure.
        signal.signal(signal.SIGTERM, _end)
        try:
            server.run(sockets=[bound])
        finally:
            flush()


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise typer.Exit(0)
