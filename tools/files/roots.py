"""Named folders whose files can be listed and read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from questline.errors import UsageError
from questline.tools.stopping import check

from .opening import inside, opened
from .result import FileInfo, Limits, Listing, TextPart

__all__ = ["Roots"]


class Roots:
    """Folders by name; a path is ``name/folder/file``, with forward slashes. Safe to share between threads.

    Only regular files below a root are named or read. A link that stays inside its root is followed when its path is
    given, and never in a listing, so that a listing ends and names nothing twice.

    Args:
        folders: Name → folder.
        limits: Of each call.

    Raises:
        UsageError: ``bad_argument`` without a root, or for a name that is empty or holds a slash; ``file_not_found``,
            ``unsupported_file`` for what is no folder.
    """

    def __init__(self, folders: Mapping[str, Path | str], *, limits: Limits | None = None) -> None:
        if not folders:
            raise UsageError("give at least one root", argument="root")
        self._roots: dict[str, Path] = {}
        for name, folder in folders.items():
            if not name.strip() or "/" in name or name in {".", ".."}:
                raise UsageError(f"a root cannot be named {name!r}", argument="root")
            path = Path(folder)
            if not path.exists():
                raise UsageError(f"{str(path)!r} does not exist", code="file_not_found", argument="root", path=path)
            if not path.is_dir():
                raise UsageError(f"{str(path)!r} is no folder", code="unsupported_file", argument="root", path=path)
            self._roots[name] = path.resolve()
        self._limits = limits or Limits()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the roots, in the order given."""
        return tuple(self._roots)

    def list(self, folder: str = "", *, pattern: str = "*", most: int | None = None) -> Listing:
        """Return the files of a folder and of all folders in it, sorted by path.

        Args:
            folder: A root, or a folder in one; empty for all roots.
            pattern: What a file's name, without its folders, has to match: ``*.md``; case counts.
            most: Files that are named at most.

        Raises:
            UsageError: ``outside_root``, ``file_not_found``, ``unsupported_file``; ``bad_param`` for `most`.
        """
        limit = self._limits.files if most is None else most
        if not 1 <= limit <= self._limits.files:
            raise UsageError(f"most={most!r} must be from 1 to {self._limits.files}", code="bad_param", argument="most")
        starts = [self._placed(folder)] if folder.strip("/") else [(name, list[str]()) for name in self._roots]
        walk = _Walk(self._limits.looked_at)
        files: list[FileInfo] = []
        for name, parts in starts:
            for path, found in walk.files(self._roots[name], parts, shown="/".join([name, *parts])):
                if fnmatchcase(path.rpartition("/")[2], pattern):
                    files.append(_info(path, found))
        files.sort(key=lambda file: file.path)
        return Listing(
            files=tuple(files[:limit]), truncated=walk.ended or len(files) > limit, unreadable=walk.unreadable
        )

    def read(self, path: str, *, start: int = 0, characters: int | None = None) -> TextPart:
        """Return a part of a text file, which is read as UTF-8.

        Args:
            path: As `list` names it.
            start: First character.
            characters: Most characters, all that one call may read by default.

        Raises:
            UsageError: ``outside_root``, ``file_not_found``, ``unreadable_file``; ``unsupported_file`` for a folder, a
                device or a pipe; ``too_large``; ``bad_encoding`` for what is no text in UTF-8; ``bad_param``.
        """
        most = self._limits.characters
        wanted = most if characters is None else characters
        if not 1 <= wanted <= most:
            raise UsageError(
                f"characters={characters!r} must be from 1 to {most}", code="bad_param", argument="characters"
            )
        if start < 0:
            raise UsageError(f"start={start!r} must be 0 or more", code="bad_param", argument="start")
        name, parts = self._placed(path)
        with opened(self._roots[name], parts, shown=path) as descriptor:
            text = _decoded(self._bytes(descriptor, path), path)
        piece = text[start : start + wanted]
        return TextPart(
            path=path,
            text=piece,
            start=min(start, len(text)),
            end=min(start, len(text)) + len(piece),
            characters=len(text),
        )

    def _placed(self, path: str) -> tuple[str, list[str]]:
        """Return the root and the parts below it that a path means, without links."""
        name, *rest = path.strip("/").split("/")
        if name not in self._roots:
            known = ", ".join(self._roots)
            raise UsageError(
                f"{path!r} is in no root; paths begin with one of: {known}",
                code="outside_root",
                argument="path",
                path=path,
            )
        return name, inside(self._roots[name], [part for part in rest if part], shown=path)

    def _bytes(self, descriptor: int, path: str) -> bytes:
        limit = self._limits.file_bytes
        pieces: list[bytes] = []
        size = 0
        while piece := os.read(descriptor, 1 << 20):
            check()
            pieces.append(piece)
            size += len(piece)
            if size > limit:  # counted, not asked: a file may grow, and some say they are empty
                raise UsageError(
                    f"{path!r} has more than {limit:,} bytes", code="too_large", argument="path", path=path, limit=limit
                )
        return b"".join(pieces)


class _Walk:
    """Goes through folders without following links, up to a number of entries."""

    def __init__(self, most: int) -> None:
        self._left = most
        self.ended = False
        self.unreadable = 0

    def files(self, root: Path, parts: Sequence[str], *, shown: str) -> Iterator[tuple[str, os.stat_result]]:
        with opened(root, parts, shown=shown, folder=True) as descriptor:
            yield from self._below(descriptor, shown)

    def _below(self, descriptor: int, shown: str) -> Iterator[tuple[str, os.stat_result]]:
        for name in sorted(os.listdir(descriptor)):
            check()
            if self._left <= 0:
                self.ended = True
                return
            self._left -= 1
            try:
                name.encode()
                found = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                if stat.S_ISREG(found.st_mode):
                    yield f"{shown}/{name}", found
                elif stat.S_ISDIR(found.st_mode):
                    inner = os.open(
                        name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=descriptor
                    )
                    try:
                        yield from self._below(inner, f"{shown}/{name}")
                    finally:
                        os.close(inner)
            except (OSError, UnicodeEncodeError):  # gone since, or not allowed, or a name that is no text
                self.unreadable += 1


def _info(path: str, found: os.stat_result) -> FileInfo:
    modified = datetime.fromtimestamp(int(found.st_mtime), UTC).isoformat().replace("+00:00", "Z")
    return FileInfo(path=path, size=found.st_size, modified=modified)


def _decoded(content: bytes, path: str) -> str:
    zero = content.find(b"\0")
    try:
        if zero < 0:
            return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        zero = error.start
    raise UsageError(f"{path!r} is no text in UTF-8", code="bad_encoding", argument="path", path=path, position=zero)
