"""Read files into documents: one module a format, chosen by the file's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.tools.retrieval.documents import Document

from . import docx, html, markdown, pdf, text
from .rows import MAX_LINE_BYTES, Row, count_rows, read_rows
from .text import check_lines

__all__ = [
    "MAX_LINE_BYTES",
    "Row",
    "check_lines",
    "count_rows",
    "holds_rows",
    "is_supported",
    "read_document",
    "read_rows",
]

Reader = Callable[[bytes, str, Path], Document]
"""(the file's bytes, the source to note, the path for messages) → document."""

_READERS: Final[dict[str, Reader]] = {
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".mdx": markdown.read,
    ".txt": text.read,
    ".text": text.read,
    ".rst": text.read,
    ".html": html.read,
    ".htm": html.read,
    ".xhtml": html.read,
    ".pdf": pdf.read,
    ".docx": docx.read,
}
_ROWS: Final = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


def holds_rows(path: Path) -> bool:
    """Whether the file holds JSON lines, one document each."""
    return path.name.lower().endswith(_ROWS)


def is_supported(path: Path) -> bool:
    """Whether a reader knows this kind of file."""
    return holds_rows(path) or path.suffix.lower() in _READERS


def read_document(data: bytes, *, source: str, path: Path) -> Document:
    """Turn a file's bytes into a document whose id is its source.

    Raises:
        UsageError: ``unsupported_file``, ``bad_encoding`` (not UTF-8, or binary) or ``unreadable_file``.
        MissingExtra: A PDF or DOCX file without the ``docs`` extra.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted([*_READERS, *_ROWS]))
        raise UsageError(
            f"no reader for {str(path)!r}; these endings are known: {known}", code="unsupported_file", path=path
        )
    return reader(data, source, path)
