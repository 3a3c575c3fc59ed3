"""Put a folder in the place of another in one step, and keep the old one aside where that is wanted.

    DIR.next     what is being made; means nothing yet
    DIR          what is read; there is always one
    DIR.before   the other one: first the finished new folder, then, once the two have changed places, the old one

Linux exchanges two folders in one step (``renameat2``). Elsewhere three renames stand for it, with DIR.swap between
them; a kill there may leave no DIR until whoever works on the folder next finishes or undoes it (`settle`). A folder
that waits or leaves holds the file `LEAVES`: as DIR.before it is no snapshot, and is deleted.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from questline.errors import RunError, UsageError

__all__ = [
    "alone",
    "before_of",
    "checkpoints_of",
    "exchange",
    "forget_before",
    "forget_runs",
    "next_of",
    "note_run",
    "put_back",
    "replace_folder",
    "settle",
]

LEAVES: Final = "leaves.txt"
"""In DIR.before: it waits for its place, or has just lost it."""
_RUN: Final = "finished.json"
"""Of a training that has ended, beside the folder that it made."""
_CHECKPOINTS: Final = ("checkpoint.pt", "checkpoint.json")
_AT_CWD: Final = -100
_EXCHANGE: Final = 2
_UNABLE: Final = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM}
"""What a system or a disk says that cannot exchange."""


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
    if not any(each.is_dir() for each in (folder, before_of(folder), _swap_of(folder))):
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
    """Finish or undo what a kill left half done."""
    swap, before = _swap_of(folder), before_of(folder)
    if swap.is_dir():  # three renames were cut off: after one nothing had changed, after two all had
        swap.rename(before if folder.is_dir() else folder)
    if not folder.is_dir() and before.is_dir() and not (before / LEAVES).exists():
        before.rename(folder)  # as an older version left it
    if (before / LEAVES).exists():
        shutil.rmtree(before)
    (folder / LEAVES).unlink(missing_ok=True)
    shutil.rmtree(next_of(folder), ignore_errors=True)


def replace_folder(folder: Path) -> None:
    """Make the finished ``DIR.next`` the folder; the old one is ``DIR.before`` now."""
    made, before = next_of(folder), before_of(folder)
    (made / LEAVES).touch()
    for path in sorted(made.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    shutil.rmtree(before, ignore_errors=True)
    made.rename(before)
    exchange(before, folder)
    (folder / LEAVES).unlink()


def put_back(folder: Path) -> None:
    """Make ``DIR.before`` the folder again, and delete what was in its place.

    Raises:
        UsageError: ``no_snapshot`` where nothing is kept aside.
    """
    if not before_of(folder).is_dir():
        raise UsageError(
            f"nothing of {str(folder)!r} is kept aside: it was unlearnt without `undoable`, or was let go or put back",
            code="no_snapshot",
            path=folder,
        )
    (folder / LEAVES).touch()
    exchange(before_of(folder), folder)
    shutil.rmtree(before_of(folder))


def forget_before(folder: Path) -> bool:
    """Let go of ``DIR.before``; return whether there was one."""
    there = before_of(folder).is_dir()
    shutil.rmtree(before_of(folder), ignore_errors=True)
    return there


def note_run(folder: Path, run: Path) -> None:
    """Remember a run that learns of the same clicks as a folder did, so that its checkpoint is found."""
    told = str(run.resolve())
    known = _runs(folder)
    if told not in known:
        _runs_of(folder).write_text("".join(f"{each}\n" for each in (*known, told)), encoding="utf-8")


def checkpoints_of(folder: Path) -> list[Path]:
    """Return the checkpoints of the run that made a folder, and of those that were noted: each holds a network."""
    runs = [Path(each) for each in _runs(folder)]
    if (folder.parent / _RUN).is_file():
        runs.append(folder.parent)
    return [path for run in runs for name in _CHECKPOINTS if (path := run / name).is_file()]


def forget_runs(folder: Path) -> None:
    """Delete these checkpoints."""
    for path in checkpoints_of(folder):
        path.unlink(missing_ok=True)
    _runs_of(folder).unlink(missing_ok=True)


def exchange(aside: Path, folder: Path) -> None:
    """Let two folders change places: in one step where the system can, by three renames elsewhere."""
    if _exchanged(aside, folder):
        return
    folder.rename(_swap_of(folder))
    aside.rename(folder)
    _swap_of(folder).rename(aside)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two names in one step; return whether the system could."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_CWD, os.fsencode(one), _AT_CWD, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNABLE:
        return False
    raise OSError(number, os.strerror(number), str(one))


def _runs_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.runs.txt")


def _runs(folder: Path) -> list[str]:
    path = _runs_of(folder)
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def _swap_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.swap")
