"""What is indexed: a document's plain text with its title, sections and date."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

__all__ = ["Document", "Section", "TextBuilder", "iso_date", "tidy"]

_ISO: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?!\d)")
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading of a document."""

    start: int
    """First character of the heading in the document's plain text."""
    end: int
    """One past the heading's last character; the section's own text follows."""
    level: int
    """1 is the highest."""
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One thing to index."""

    id: str
    text: str
    """Plain text; passages are spans of it."""
    title: str = ""
    source: str = ""
    """Path, URI, or anything a reader can be pointed to; the id when left out."""
    date: str | None = None
    """ISO date."""
    kind: str = "text"
    """``markdown``, ``html``, ``pdf``, ``docx``, ``text`` or ``row``."""
    sections: tuple[Section, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def fingerprint(self) -> str:
        """Hash of everything that the index keeps; equal documents are not indexed again."""
        digest = hashlib.sha256()
        parts = [self.id, self.text, self.title, self.source, self.date or "", self.kind]
        parts += [f"{section.start} {section.level} {section.title}" for section in self.sections]
        parts += [f"{name}={value}" for name, value in sorted(self.metadata.items())]
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.hexdigest()


class TextBuilder:
    """Puts a document's plain text together block by block and remembers where its headings are."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.sections: list[Section] = []

    def block(self, text: str) -> None:
        """Add a paragraph, a list or a table; blank lines separate blocks."""
        if text := text.strip():
            self._append(text)

    def heading(self, title: str, level: int) -> None:
        """Add a heading, which opens a section."""
        if title := tidy(title):
            start = self._append(title)
            self.sections.append(Section(start=start, end=start + len(title), level=level, title=title))

    def _append(self, text: str) -> int:
        if self._parts:
            self._parts.append("\n\n")
            self._length += 2
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        return start

    @property
    def text(self) -> str:
        """The plain text so far."""
        return "".join(self._parts)


def tidy(text: str) -> str:
    """Return `text` on one line, single-spaced."""
    return _SPACES.sub(" ", text).strip()


def iso_date(value: object) -> str | None:
    """Return the ISO date at the start of `value` (a year or month alone means its first day), or None.

    >>> iso_date("2024-03-05T10:00:00Z"), iso_date("2024-03"), iso_date("soon")
    ('2024-03-05', '2024-03-01', None)
    """
    match = _ISO.match(str(value).strip()) if value is not None else None
    if match is None:
        return None
    year, month, day = (int(part or 1) for part in match.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
