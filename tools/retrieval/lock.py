"""One writer per folder, across processes and threads."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from questline.errors import RunError

from .faults import storage_faults

__all__ = ["LOCK_FILE", "writer_lock"]

LOCK_FILE: Final = "writer.lock"


@contextmanager
def writer_lock(folder: Path, *, what: str = "the index") -> Generator[None]:
    """Hold the right to write `what` into `folder`; the operating system releases it when the process dies.

    Raises:
        RunError: ``index_locked`` with the holder's ``pid`` when another writer is at work, ``read_only`` or
            ``disk_full`` when the folder takes no lock file.
    """
    with storage_faults(folder, what=what):
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _locked(folder, os.pread(descriptor, 32, 0)) from error
        with suppress(OSError):  # a full disk must not keep anyone from removing documents
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)  # gives the lock back


def _locked(folder: Path, holder: bytes) -> RunError:
    pid = int(holder) if holder.isdigit() else 0
    return RunError(
        f"process {pid or 'unknown'} is indexing into {str(folder)!r}; wait until it has finished",
        code="index_locked",
        retryable=True,
        pid=pid,
        path=folder,
    )
