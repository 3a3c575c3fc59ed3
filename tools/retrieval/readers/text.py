"""Plain text, and the decoding that all text formats share."""

from __future__ import annotations

from pathlib import Path

from questline.errors import UsageError
from questline.tools.retrieval.documents import Document, tidy

__all__ = ["decode", "read"]

_TITLE_LENGTH = 120


def decode(data: bytes, path: Path) -> str:
    """Decode UTF-8, with or without a byte-order mark.

    Raises:
        UsageError: ``bad_encoding`` with the byte's ``position``.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{str(path)!r} is not UTF-8 text (byte {error.start}); convert it, for example with iconv",
            code="bad_encoding",
            path=path,
            position=error.start,
        ) from error
    if "\x00" in text:
        raise UsageError(
            f"{str(path)!r} is a binary file, not text", code="bad_encoding", path=path, position=text.index("\x00")
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(data: bytes, source: str, path: Path) -> Document:
    """Read plain text; a short first line that stands alone is its title, else the file's name is."""
    body = decode(data, path)
    first, _, rest = body.lstrip().partition("\n")
    alone = not rest or not rest.split("\n", 1)[0].strip()
    title = tidy(first) if alone and rest.strip() and len(first) <= _TITLE_LENGTH else ""
    return Document(id=source, source=source, text=body.strip(), title=title or path.stem, kind="text")
