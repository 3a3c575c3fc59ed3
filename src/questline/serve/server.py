"""The process that listens: uvicorn on a socket of its own, and an orderly end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import uvicorn

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["make_server"]

_GRACE_S: Final = 10
"""Time that running questions have to finish after SIGTERM or Ctrl-C; what is left then is cancelled."""


def make_server(app: FastAPI) -> uvicorn.Server:
    """Return a server to be run on a socket of `questline.tools.listening`: ``server.run(sockets=[…])``."""
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
