"""Ctrl-C and SIGTERM as a request: the step that runs is finished and kept; asked again, the process ends at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

__all__ = ["Asked", "interrupts"]


@dataclass
class Asked:
    """Whether somebody wants the run to end."""

    to_end: bool = False


@contextmanager
def interrupts() -> Generator[Asked]:
    """Catch SIGINT and SIGTERM while inside; elsewhere than in the main thread nothing is caught."""
    asked = Asked()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def hear(number: int, frame: FrameType | None) -> None:
        del number, frame
        if asked.to_end:
            raise KeyboardInterrupt
        asked.to_end = True

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
