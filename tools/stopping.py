"""A wish to stop, which work in other threads looks at between two steps.

A thread cannot be ended from outside. So whoever starts work says here that its result is not wanted any more, and the
places that take long (a wait for a child process, the next text of a model) look. The wish travels with the context:
`asyncio.to_thread` and `anyio.to_thread` hand it on, and no function in between needs an argument for it.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from questline.errors import RunError

__all__ = ["POLL_S", "check", "stop_wanted", "stoppable"]

POLL_S: Final = 0.05
"""How long a wait that cannot be woken goes on before it looks again."""
_STOP: ContextVar[threading.Event | None] = ContextVar("questline_stop", default=None)


@contextmanager
def stoppable() -> Generator[threading.Event]:
    """Give the work in this block a wish to stop, which is set when the block ends with an error or a cancellation."""
    stop = threading.Event()
    token = _STOP.set(stop)
    try:
        yield stop
    except BaseException:
        stop.set()
        raise
    finally:
        _STOP.reset(token)


def stop_wanted() -> bool:
    """Say whether the result of the work that runs here is not wanted any more."""
    stop = _STOP.get()
    return stop is not None and stop.is_set()


def check() -> None:
    """Go on, or raise ``cancelled`` where the result is not wanted any more.

    Raises:
        RunError: ``cancelled``.
    """
    if stop_wanted():
        raise RunError("the call was cancelled", code="cancelled")
