"""Run a coroutine so that a Ctrl-C is always heard at once."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["run"]

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine as `asyncio.run` does, on a loop that every signal wakes.

    A signal that comes just before `asyncio.run`'s loop starts to wait, or to another thread of the process, is noted
    and then lies there until the loop wakes for another reason: an answer, or a deadline a minute away. Here each
    signal is also written to a socket that the loop waits for (`signal.set_wakeup_fd`). Elsewhere than in the main
    thread, where no signal is handled, this is `asyncio.run`.

    Raises:
        KeyboardInterrupt: On a first Ctrl-C after the coroutine was cancelled, on a second one at once.
    """
    if threading.current_thread() is not threading.main_thread():
        return asyncio.run(main)
    told, tells = socket.socketpair()
    with told, tells:
        told.settimeout(0)
        tells.settimeout(0)
        before = signal.set_wakeup_fd(tells.fileno(), warn_on_full_buffer=False)
        try:
            with asyncio.Runner() as runner:
                runner.get_loop().add_reader(told, told.recv, 4096)
                return runner.run(main)
        finally:
            signal.set_wakeup_fd(before)
