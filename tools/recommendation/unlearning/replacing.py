"""Put a folder in the place of another, wholly or not at all, and keep the old one aside where that is wanted.

    DIR.next     what is being made; means nothing until it is DIR
    DIR          what is read
    DIR.before   what was DIR: while the two change places, and longer where it is kept for an undo

A kill between the two renames leaves no DIR; whoever works on the folder next puts the old one back (`settle`).
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from questline.errors import RunError, UsageError

__all__ = ["alone", "before_of", "forget_before", "next_of", "put_back", "replace_folder", "settle"]


def next_of(folder: Path) -> Path:
    """Return where the next state of a folder is made."""
    return folder.with_name(f"{folder.name}.next")


def before_of(folder: Path) -> Path:
    """Return where the last state of a folder is kept."""
    return folder.with_name(f"{folder.name}.before")


@contextmanager
def alone(folder: Path) -> Generator[None]:
    """Be the only one to change a folder, and begin with one that is whole; the system lets go when a process dies.

    Raises:
        UsageError: ``file_not_found`` where there is no such folder.
        RunError: ``model_locked`` while another one changes it.
    """
    if not folder.is_dir() and not before_of(folder).is_dir():
        message = f"there is no folder {str(folder)!r}; `agents train recommender` makes one"
        raise UsageError(message, code="file_not_found", path=folder)
    descriptor = os.open(folder.with_name(f"{folder.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"another process unlearns from {str(folder)!r}; wait until it has finished"
            raise RunError(message, code="model_locked", retryable=True, path=folder) from error
        settle(folder)
        yield
    finally:
        os.close(descriptor)


def settle(folder: Path) -> None:
    """Undo what a kill left half done."""
    if not folder.is_dir() and before_of(folder).is_dir():
        before_of(folder).rename(folder)
    shutil.rmtree(next_of(folder), ignore_errors=True)


def replace_folder(folder: Path) -> None:
    """Make the finished ``DIR.next`` the folder; the old one is ``DIR.before`` now."""
    made = next_of(folder)
    for path in sorted(made.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    shutil.rmtree(before_of(folder), ignore_errors=True)
    folder.rename(before_of(folder))
    made.rename(folder)


def put_back(folder: Path) -> None:
    """Make ``DIR.before`` the folder again.

    Raises:
        UsageError: ``no_snapshot`` where nothing is kept aside.
    """
    if not before_of(folder).is_dir():
        raise UsageError(
            f"nothing of {str(folder)!r} is kept aside: it was unlearnt without `undoable`, or was let go or put back",
            code="no_snapshot",
            path=folder,
        )
    folder.rename(next_of(folder))
    before_of(folder).rename(folder)
    shutil.rmtree(next_of(folder), ignore_errors=True)


def forget_before(folder: Path) -> bool:
    """Let go of ``DIR.before``; return whether there was one."""
    there = before_of(folder).is_dir()
    shutil.rmtree(before_of(folder), ignore_errors=True)
    return there
