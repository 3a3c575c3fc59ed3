"""Turn what the file system and SQLite say into the stable codes of `questline.errors`."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from questline.errors import QuestlineError, RunError

__all__ = ["damaged", "storage_faults"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}
_SQLITE_FULL = {sqlite3.SQLITE_FULL}
_SQLITE_READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_SQLITE_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PRIMARY_CODE = 0xFF
"""SQLite's extended codes keep the primary code in their lowest byte."""


def damaged(folder: Path, reason: object) -> RunError:
    """Return the error for a database that cannot be trusted any more."""
    return RunError(
        f"the index in {str(folder)!r} is damaged ({reason}). Delete that folder and index the documents again",
        code="damaged_index",
        path=folder,
    )


def _disk_full(folder: Path) -> RunError:
    return RunError(
        f"no space left for the index in {str(folder)!r}. What was committed before is intact: free some space and "
        "run the same command again, it continues where it stopped",
        code="disk_full",
        retryable=True,
        path=folder,
    )


def _read_only(folder: Path) -> RunError:
    return RunError(
        f"the index folder {str(folder)!r} cannot be written. Make it writable or choose another folder",
        code="read_only",
        path=folder,
    )


def _of_sqlite(folder: Path, error: sqlite3.Error) -> RunError:
    extended: int | None = getattr(error, "sqlite_errorcode", None)
    code = None if extended is None else extended & _PRIMARY_CODE
    if code in _SQLITE_FULL:
        return _disk_full(folder)
    if code in _SQLITE_READ_ONLY:
        return _read_only(folder)
    if code in _SQLITE_BUSY:
        return RunError(
            f"another process is writing the index in {str(folder)!r}; try again when it has finished",
            code="index_locked",
            retryable=True,
            path=folder,
        )
    if code in _SQLITE_DAMAGED or isinstance(error, sqlite3.DatabaseError):
        return damaged(folder, error)
    return RunError(f"the index in {str(folder)!r} failed: {error}", path=folder)


def _of_system(folder: Path, error: OSError) -> RunError:
    if error.errno in _FULL:
        return _disk_full(folder)
    if error.errno in _READ_ONLY:
        return _read_only(folder)
    return RunError(f"the index folder {str(folder)!r} failed: {error}", path=folder)


@contextmanager
def storage_faults(folder: Path) -> Generator[None]:
    """Raise `RunError` with ``disk_full``, ``read_only``, ``index_locked`` or ``damaged_index`` for what failed inside.

    Errors that already carry a code pass unchanged.
    """
    try:
        yield
    except QuestlineError:
        raise
    except sqlite3.Error as error:
        raise _of_sqlite(folder, error) from error
    except OSError as error:
        raise _of_system(folder, error) from error
