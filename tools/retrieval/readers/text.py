"""Plain text, and the decoding that all text formats share."""

from __future__ import annotations

from pathlib import Path

from questline.errors import UsageError
from questline.tools.retrieval.documents import Document, tidy

from .rows import MAX_LINE_BYTES

__all__ = ["check_lines", "decode", "read"]

_TITLE_LENGTH = 120


def decode(data: bytes, path: Path) -> str:
    """Decode UTF-8, with or without a byte-order mark.

    Raises:
        UsageError: ``bad_encoding`` with the byte's ``position``, or ``line_too_long`` with the ``line``.
    """
    check_lines(data, path)
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


def check_lines(data: bytes, path: Path) -> None:
    """Refuse a line that no reader should have to look at as a whole."""
    start = 0
    while len(data) - start > MAX_LINE_BYTES:
        stop = start + MAX_LINE_BYTES + 1
        last = max(data.rfind(b"\n", start, stop), data.rfind(b"\r", start, stop))
        if last < 0:
            line = len(data[:start].splitlines()) + 1
            raise UsageError(
                f"{str(path)!r}, line {line} is longer than {MAX_LINE_BYTES // 1024**2} MB; break it into lines",
                code="line_too_long",
                path=path,
                line=line,
                limit=MAX_LINE_BYTES,
            )
        start = last + 1


def read(data: bytes, source: str, path: Path) -> Document:
    """Read plain text; a short first line that stands alone is its title, else the file's name is."""
    body = decode(data, path)
    first, _, rest = body.lstrip().partition("\n")
    alone = not rest or not rest.split("\n", 1)[0].strip()
    title = tidy(first) if alone and rest.strip() and len(first) <= _TITLE_LENGTH else ""
    return Document(id=source, source=source, text=body.strip(), title=title or path.stem, kind="text")
