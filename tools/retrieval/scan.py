"""Find the files to index under the paths that a user names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from questline.errors import UsageError

from .readers import is_supported
from .report import Skipped

__all__ = ["Found", "Scan", "scan", "source_name"]

_NEVER: Final = frozenset({"node_modules", "__pycache__"})
"""Folders that hold no documents of the user's; hidden ones (a leading dot) are left out too."""
_TABLES: Final = frozenset({".csv", ".tsv", ".parquet", ".sqlite", ".db"})
"""Endings of what the server `tables` reads."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file to index."""

    path: Path
    named: bool
    """Whether the user named it; an error in it then stops the run instead of being reported."""


@dataclass(slots=True)
class Scan:
    """What was found."""

    files: list[Found] = field(default_factory=list[Found])
    folders: list[Path] = field(default_factory=list[Path])
    skipped: list[Skipped] = field(default_factory=list[Skipped])


def scan(paths: Sequence[Path], *, index: Path) -> Scan:
    """List the files under `paths` in a stable order, each once; the index's own folder is left out.

    Raises:
        UsageError: ``file_not_found``, ``unsupported_file``, ``unreadable_file``, ``empty_folder``, or
            ``bad_argument`` when no path is given.
    """
    if not paths:
        raise UsageError("no path to index was given", argument="paths")
    result = Scan()
    seen: set[Path] = set()
    for path in (Path(os.path.abspath(path)) for path in paths):  # noqa: PTH100  # because links keep their names
        if not _is_text(str(path)):
            raise UsageError(f"the path {shown(path)!r} is not UTF-8; rename it", code="bad_encoding", path=shown(path))
        if not path.exists():
            raise UsageError(f"there is no file or folder {str(path)!r}", code="file_not_found", path=path)
        if path.is_dir():
            result.folders.append(path)
            found = _walk(path, index, result.skipped)
            if not found:
                raise UsageError(
                    f"the folder {str(path)!r} holds no files that can be indexed", code="empty_folder", path=path
                )
        else:
            _check_named(path)
            found = [Found(path, named=True)]
        for file in found:
            if file.path not in seen:
                seen.add(file.path)
                result.files.append(file)
    return result


def _check_named(path: Path) -> None:
    if not path.is_file():
        raise UsageError(f"{str(path)!r} is neither a file nor a folder", code="unreadable_file", path=path)
    if not is_supported(path):
        raise UsageError(
            f"no reader for {path.name!r}; Markdown, text, HTML, JSON lines (.jsonl, .jsonl.gz), PDF and DOCX are read"
            + _elsewhere(path),
            code="unsupported_file",
            path=path,
        )


def _elsewhere(path: Path) -> str:
    """Return where a table may be asked, empty for another file."""
    if path.suffix.lower() not in _TABLES:
        return ""
    return f"; a table is asked over MCP: `agents mcp install tables --tables {path.name}` says how"


def _walk(folder: Path, index: Path, skipped: list[Skipped]) -> list[Found]:
    found: list[Found] = []
    own = os.path.realpath(index)

    def note(error: OSError) -> None:
        skipped.append(Skipped(path=str(error.filename), code="unreadable_file", message=str(error)))

    for base, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in _NEVER and os.path.realpath(Path(base, name)) != own
        )
        if os.path.realpath(base) == own:
            continue
        for name in sorted(folders):
            if not _is_text(name):
                folders.remove(name)
                skipped.append(_not_text(Path(base, name)))
        for name in sorted(names):
            path = Path(base, name)
            if name.startswith("."):
                continue
            if not _is_text(name):
                skipped.append(_not_text(path))
                continue
            if is_supported(path) and path.is_file():
                found.append(Found(path, named=False))
            else:
                message = "no reader for this kind of file" if path.is_file() else "not a file"
                skipped.append(Skipped(path=str(path), code="unsupported_file", message=message))
    return found


def _is_text(name: str) -> bool:
    """Whether a name is UTF-8: Python hands other bytes over as lone surrogates, which no index can hold."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _not_text(path: Path) -> Skipped:
    return Skipped(path=shown(path), code="bad_encoding", message="the name is not UTF-8")


def shown(path: Path) -> str:
    """Return a path as text that can be printed: bytes that are not UTF-8 as ``\\udcff``."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def source_name(path: Path, *, index: Path) -> str:
    """Name a file as its passages cite it: relative to the folder that the index lies in, else in full."""
    base = Path(os.path.abspath(index)).parent  # noqa: PTH100  # because links keep their names
    try:
        return path.relative_to(base).as_posix()
    except ValueError:
        return path.as_posix()
