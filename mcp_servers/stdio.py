"""A server over standard input and output, for a client that starts it as its child."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .serving import QuestlineServer

__all__ = ["run_stdio"]

_ENDS: Final = {signal.SIGTERM: 0, signal.SIGINT: 130}
"""Signals that end the server in an orderly way, and the exit codes of `agents`."""


def run_stdio(server: QuestlineServer, *, close: Callable[[], None]) -> None:
    """Serve until the client closes standard input; SIGTERM and Ctrl-C end the process.

    Nothing but the protocol is written to standard output: what else is printed goes to standard error.

    Args:
        server: What is served.
        close: Lets go of what the server holds; called once, however it ends.
    """

    def leave(code: int) -> None:
        # A thread waits in a read of standard input that nothing can end, so the process leaves without it.
        try:
            close()
            sys.stderr.flush()
        finally:
            os._exit(code)

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        for number, code in _ENDS.items():
            loop.add_signal_handler(number, leave, code)
        await server.run_stdio_async()

    try:
        asyncio.run(serve())
    finally:
        close()
