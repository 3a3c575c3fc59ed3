"""Let one process at a time train in a folder; the system lets go when a process dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from questline.errors import RunError

__all__ = ["LOCK", "alone"]

LOCK: Final = ".lock"


@contextmanager
def alone(folder: Path) -> Generator[None]:
    """Hold the lock of a folder, which exists.

    Raises:
        RunError: ``run_locked`` while another process holds it.
    """
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunError(
                f"another process is training in {str(folder)!r}; wait until it has ended, or take another --out",
                code="run_locked",
                retryable=True,
                path=folder,
            ) from error
        yield
    finally:
        os.close(descriptor)
