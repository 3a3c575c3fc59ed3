"""Turn what the file system and SQLite say into the stable codes of `questline.errors`."""

from __future__ import annotations

import errno
import sqlite3
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from questline.errors import QuestlineError, RunError

__all__ = ["PRIMARY_CODE", "SQLITE_DAMAGED", "damaged", "storage_faults"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR}
_SQLITE_FULL = {sqlite3.SQLITE_FULL}
_SQLITE_READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
SQLITE_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PROBE_BYTES = 1 << 20
PRIMARY_CODE = 0xFF
"""SQLite's extended codes keep the primary code in their lowest byte."""


def damaged(folder: Path, reason: object) -> RunError:
    """Return the error for a database that cannot be trusted any more."""
    return RunError(
        f"the index in {str(folder)!r} is damaged ({reason}). Delete the files index.sqlite3* there and index the "
        "documents again; the rest of the folder may stay",
        code="damaged_index",
        path=folder,
    )


def _disk_full(folder: Path, what: str) -> RunError:
    return RunError(
        f"no space left for {what} in {str(folder)!r}. What was committed before is intact: free some space and "
        "run the same command again, it continues where it stopped",
        code="disk_full",
        retryable=True,
        path=folder,
    )


def _read_only(folder: Path, what: str) -> RunError:
    return RunError(
        f"{what} in the folder {str(folder)!r} cannot be written or opened. Make the folder and its files readable and "
        "writable, or choose another folder",
        code="read_only",
        path=folder,
    )


def _unread(folder: Path, what: str, error: sqlite3.Error) -> RunError:
    return RunError(
        f"the disk under {what} in {str(folder)!r} did not answer ({error}). Nothing says that anything is "
        "damaged: check the disk and run the same command again",
        retryable=True,
        path=folder,
    )


def _is_torn(error: sqlite3.Error, code: int | None) -> bool:
    """Whether a sound database of ours could not say this: a table is gone, or text is not UTF-8 any more."""
    return isinstance(error, sqlite3.OperationalError) and (
        (code == sqlite3.SQLITE_ERROR and str(error).startswith("no such"))
        or (code is None and "decode to UTF-8" in str(error))
    )


def _refuses_bytes(folder: Path) -> bool:
    """Whether a quota or a limit on files keeps the folder's largest file from growing.

    SQLite calls a disk without space full, but a spent quota (EDQUOT) and a file at its limit (EFBIG) an I/O error
    like any other, without saying which.
    """
    try:
        end = max((file.stat().st_size for file in folder.iterdir() if file.is_file()), default=0)
        with tempfile.TemporaryFile(dir=folder, buffering=0) as scratch:
            scratch.seek(end)
            scratch.write(b"\1" * _PROBE_BYTES)
    except OSError as error:
        return error.errno in _FULL
    return False


def _of_sqlite(folder: Path, what: str, error: sqlite3.Error) -> RunError:
    extended: int | None = getattr(error, "sqlite_errorcode", None)
    code = None if extended is None else extended & PRIMARY_CODE
    if code in _SQLITE_FULL:
        return _disk_full(folder, what)
    if code in _SQLITE_READ_ONLY:
        return _read_only(folder, what)
    if code in _SQLITE_BUSY:
        return RunError(
            f"another process is writing {what} in {str(folder)!r}; try again when it has finished",
            code="index_locked",
            retryable=True,
            path=folder,
        )
    if code == sqlite3.SQLITE_IOERR:
        return _disk_full(folder, what) if _refuses_bytes(folder) else _unread(folder, what, error)
    if code in SQLITE_DAMAGED or _is_torn(error, code):
        return damaged(folder, error)
    return RunError(f"{what} in {str(folder)!r} failed: {error}", path=folder)


def _of_system(folder: Path, what: str, error: OSError) -> RunError:
    if error.errno in _FULL:
        return _disk_full(folder, what)
    if error.errno in _READ_ONLY:
        return _read_only(folder, what)
    return RunError(f"{what} in the folder {str(folder)!r} failed: {error}. Choose another folder", path=folder)


@contextmanager
def storage_faults(folder: Path, *, what: str = "the index") -> Generator[None]:
    """Raise `RunError` with ``disk_full``, ``read_only``, ``index_locked`` or ``damaged_index`` for what failed inside.

    Errors that already carry a code pass unchanged.

    Args:
        folder: Where it is stored.
        what: What is stored there, for the message.
    """
    try:
        yield
    except QuestlineError:
        raise
    except sqlite3.Error as error:
        raise _of_sqlite(folder, what, error) from error
    except OSError as error:
        raise _of_system(folder, what, error) from error
