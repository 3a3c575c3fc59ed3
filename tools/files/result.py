"""What listing and reading give back."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FileInfo", "Limits", "Listing", "TextPart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one call may cost."""

    file_bytes: int = 16 << 20
    """Largest file that is read."""
    files: int = 1000
    """Files that one listing names."""
    looked_at: int = 100_000
    """Entries of folders that one listing looks at."""
    characters: int = 50_000
    """Longest part of a file that one call reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """One regular file."""

    path: str
    """``root/folder/name``, as `Roots.read` takes it."""
    size: int
    """Bytes."""
    modified: str
    """When it was last changed: ISO 8601, UTC, whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The files of a folder, sorted by path; where there are too many, those with the fewest folders above them."""

    files: tuple[FileInfo, ...]
    truncated: bool
    """Whether a limit ended the listing; what is there is not all."""
    unreadable: int = 0
    """Folders and names that could not be looked at."""
    left_out: int = 0
    """Folders of machinery (``.venv``, ``node_modules``) and files that look like secrets; see `Roots`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """Characters ``start`` to ``end`` of a text file, counted in Unicode code points."""

    path: str
    text: str
    start: int
    end: int
    characters: int
    """Of the whole file."""
