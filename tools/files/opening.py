"""Open a file below a folder so that no link, and no change while it is opened, leads outside of it.

The path is resolved first, so that links that stay inside work. Then each part is opened from the one before it,
without following links: who swaps a folder for a link in between gets an error, not another file.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from questline.errors import UsageError

__all__ = ["inside", "opened"]

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def inside(root: Path, parts: Sequence[str], *, shown: str) -> list[str]:
    """Return the parts of a path below `root` with all links resolved; `root` is resolved already.

    Raises:
        UsageError: ``outside_root`` where it leads outside; ``file_not_found``; ``bad_argument`` for a name that no
            file can have.
    """
    if any("\0" in part or "/" in part for part in parts):
        raise UsageError(f"path={shown!r} is no path", argument="path")
    given = root.joinpath(*parts)
    try:
        # Where it leads is looked at before whether it is there: nobody learns what exists outside.
        if not Path(os.path.realpath(given)).is_relative_to(root):
            raise _outside(shown)
        real = Path(os.path.realpath(given, strict=True))
    except FileNotFoundError as error:
        raise _missing(shown) from error
    except (OSError, ValueError) as error:  # a loop of links, a name that is too long, a file in place of a folder
        raise _unreadable(shown, error) from error
    if not real.is_relative_to(root):  # it changed in between
        raise _outside(shown)
    return list(real.relative_to(root).parts)


@contextmanager
def opened(root: Path, parts: Sequence[str], *, shown: str, folder: bool = False) -> Generator[int]:
    """Open a file, or a folder, by parts without links in them; gives a descriptor that is closed afterwards.

    Raises:
        UsageError: ``file_not_found``, ``unreadable_file``, ``unsupported_file`` for what is no regular file.
    """
    descriptor = -1
    try:
        try:
            descriptor = os.open(root, _FOLDER)
            for place, part in enumerate(parts):
                last = place == len(parts) - 1 and not folder
                if last:  # before it is opened: opening a device may already do something
                    _check_regular(os.stat(part, dir_fd=descriptor, follow_symlinks=False), shown)
                above, descriptor = descriptor, os.open(part, _FILE if last else _FOLDER, dir_fd=descriptor)
                os.close(above)  # one at a time, however deep it goes
            if not folder:
                _check_regular(os.fstat(descriptor), shown)
        except FileNotFoundError as error:
            raise _missing(shown) from error
        except OSError as error:
            raise _unreadable(shown, error) from error
        yield descriptor
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _check_regular(found: os.stat_result, shown: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = "folder" if stat.S_ISDIR(found.st_mode) else "special file"
        raise UsageError(
            f"{shown!r} is a {kind}, not a file to read", code="unsupported_file", argument="path", path=shown
        )


def _outside(shown: str) -> UsageError:
    return UsageError(f"{shown!r} leads outside of its root", code="outside_root", argument="path", path=shown)


def _missing(shown: str) -> UsageError:
    return UsageError(f"{shown!r} does not exist", code="file_not_found", argument="path", path=shown)


def _unreadable(shown: str, error: Exception) -> UsageError:
    number = error.errno if isinstance(error, OSError) else None
    reason = os.strerror(number) if number else "it is no path"
    if number in (errno.ELOOP, errno.ENOTDIR):
        reason = "a part of it is no folder, or a link that changed"
    return UsageError(f"{shown!r} cannot be read: {reason}", code="unreadable_file", argument="path", path=shown)
