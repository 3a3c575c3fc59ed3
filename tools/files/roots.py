"""Named folders whose files can be listed and read."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from glob import escape
from pathlib import Path

from questline.errors import UsageError
from questline.tools.stopping import check

from .leaving_out import is_machinery, is_secret
from .opening import inside, opened
from .result import FileInfo, Limits, Listing, TextPart

__all__ = ["Roots"]

_NAMED = 5
"""Files that an error names."""


class Roots:
    """Folders by name; a path is ``name/folder/file``, with forward slashes. Safe to share between threads.

    Only regular files below a root are named or read. A link that stays inside its root is followed when its path is
    given, and never in a listing, so that a listing ends and names nothing twice. Folders whose name begins with a dot,
    ``node_modules``, ``__pycache__``, ``site-packages`` and ``venv`` are listed only where the path or the pattern
    names them. Files that look like secrets (``.env``, ``.git/config``, ``*.pem``, ``id_rsa`` …) are withheld.

    Args:
        folders: Name → folder.
        limits: Of each call.
        secrets: Whether files that look like secrets are listed and read as well.

    Raises:
        UsageError: ``bad_argument`` without a root, or for a name that is empty or holds a slash; ``file_not_found``,
            ``unsupported_file`` for what is no folder.
    """

    def __init__(
        self, folders: Mapping[str, Path | str], *, limits: Limits | None = None, secrets: bool = False
    ) -> None:
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
        self._secrets = secrets

    @property
    def secrets(self) -> bool:
        """Whether files that look like secrets are listed and read as well."""
        return self._secrets

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the roots, in the order given."""
        return tuple(self._roots)

    def list(self, folder: str = "", *, pattern: str = "*", most: int | None = None) -> Listing:
        """Return the files of a folder and of all folders in it, sorted by path; the nearest ones where there are many.

        Args:
            folder: A root, or a folder in one; empty for all roots.
            pattern: What a file's name has to match: ``*.md``; with a slash, its path below `folder`:
                ``.github/*.yml``, where ``*`` stands for folders too. Case counts.
            most: Files that are named at most.

        Raises:
            UsageError: ``outside_root``, ``file_not_found``, ``unsupported_file``; ``bad_param`` for `most`.
        """
        limit = self._limits.files if most is None else most
        if not 1 <= limit <= self._limits.files:
            raise UsageError(f"most={most!r} must be from 1 to {self._limits.files}", code="bad_param", argument="most")
        starts = [self._placed(folder)] if folder.strip("/") else [(name, list[str]()) for name in self._roots]
        walk = _Walk(self._limits.looked_at, named=frozenset(pattern.split("/")), secrets=self._secrets)
        files: list[FileInfo] = []
        for path, below, found in walk.files([(name, self._roots[name], parts) for name, parts in starts]):
            if fnmatchcase(below if "/" in pattern else path.rpartition("/")[2], pattern.removeprefix("/")):
                files.append(_info(path, found))
                if len(files) > limit:
                    break
        return Listing(
            files=tuple(sorted(files[:limit], key=lambda file: file.path)),
            truncated=walk.ended or len(files) > limit,
            unreadable=walk.unreadable,
            left_out=walk.left_out,
        )

    def read(self, path: str, *, start: int = 0, characters: int | None = None) -> TextPart:
        """Return a part of a text file, which is read as UTF-8.

        Args:
            path: As `list` names it; or only its end, such as the file's name, where one listed file alone ends so.
            start: First character.
            characters: Most characters, all that one call may read by default.

        Raises:
            UsageError: ``outside_root``, also for an end that several files have, with ``files``; ``file_not_found``,
                ``unreadable_file``; ``not_allowed`` for what looks like a secret; ``unsupported_file`` for a folder, a
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
        path, data = self._file(path)
        text = _decoded(data, path)
        piece = text[start : start + wanted]
        return TextPart(
            path=path,
            text=piece,
            start=min(start, len(text)),
            end=min(start, len(text)) + len(piece),
            characters=len(text),
        )

    def read_bytes(self, path: str) -> bytes:
        """Return a whole file, named as for `read`; raises as `read` does, but for ``bad_encoding``."""
        return self._file(path)[1]

    def _file(self, path: str) -> tuple[str, bytes]:
        """Return the whole path of a file and what it holds."""
        path = self._whole(path)
        name, parts = self._placed(path)
        given = [part for part in path.split("/") if part]
        if not self._secrets and (is_secret([self._roots[name].name, *parts]) or is_secret(given)):
            raise UsageError(
                f"{path!r} may hold keys or passwords, and is not read: its owner has to allow it",
                code="not_allowed",
                argument="path",
                path=path,
            )
        with opened(self._roots[name], parts, shown=path) as descriptor:
            return path, self._bytes(descriptor, path)

    def _whole(self, path: str) -> str:
        """Return the path of the one listed file that ends as a path that begins with no root; else the path."""
        wanted = [part for part in path.split("/") if part]
        if not wanted or wanted[0] in self._roots or path.startswith("/") or {".", ".."} & set(wanted):
            return path
        listing = self.list(pattern=escape(wanted[-1]))
        ends = [file.path for file in listing.files if file.path.split("/")[1:][-len(wanted) :] == wanted]
        if listing.truncated:
            return path  # another file may end so
        if len(ends) > 1:
            raise UsageError(
                f"{path!r} may be {' or '.join(ends[:_NAMED])}: give the path from its root",
                code="outside_root",
                argument="path",
                path=path,
                files=ends[:_NAMED],
            )
        return ends[0] if ends else path

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
    """Goes through folders, the near ones first, without following links, up to a number of entries."""

    def __init__(self, most: int, *, named: frozenset[str], secrets: bool) -> None:
        self._left, self._named, self._secrets = most, named, secrets
        self.ended = False
        self.unreadable = 0
        self.left_out = 0

    def files(self, starts: Sequence[tuple[str, Path, list[str]]]) -> Iterator[tuple[str, str, os.stat_result]]:
        """Yield paths with their root, paths below where it starts, and what the file system says of them."""
        queue = deque((name, root, tuple(parts), len(parts)) for name, root, parts in starts)
        while queue:
            name, root, parts, start = queue.popleft()
            try:
                with opened(root, parts, shown="/".join([name, *parts]), folder=True) as descriptor:
                    found = list(self._entries(descriptor, root, parts))
            except UsageError:  # gone since, or not allowed
                if len(parts) == start:
                    raise
                self.unreadable += 1
                continue
            for entry, status in found:
                inner = (*parts, entry)
                if stat.S_ISDIR(status.st_mode):
                    queue.append((name, root, inner, start))
                else:
                    yield "/".join([name, *inner]), "/".join(inner[start:]), status

    def _entries(self, descriptor: int, root: Path, parts: Sequence[str]) -> Iterator[tuple[str, os.stat_result]]:
        for entry in sorted(os.listdir(descriptor)):
            check()
            if self._left <= 0:
                self.ended = True
                return
            self._left -= 1
            try:
                entry.encode()
                found = os.stat(entry, dir_fd=descriptor, follow_symlinks=False)
            except (OSError, UnicodeEncodeError):  # gone since, or a name that is no text
                self.unreadable += 1
                continue
            if stat.S_ISDIR(found.st_mode):
                left_out = is_machinery(entry) and entry not in self._named
            elif stat.S_ISREG(found.st_mode):
                left_out = not self._secrets and is_secret([root.name, *parts, entry])
            else:
                continue
            self.left_out += left_out
            if not left_out:
                yield entry, found


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
