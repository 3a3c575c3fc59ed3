"""PDF through pypdf (extra ``docs``)."""

from __future__ import annotations

import io
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

from questline.errors import UsageError, require
from questline.tools.retrieval.documents import Document, TextBuilder, iso_date, tidy

if TYPE_CHECKING:
    import pypdf

__all__ = ["read"]

_HYPHEN = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_])")
_WRAP = re.compile(r"(?<![.!?:。！？\n])\n(?!\n|\s*(?:[-•*]|\d+[.)])\s)")


def read(data: bytes, source: str, path: Path) -> Document:
    """Read a PDF's text page by page; words broken at a line's end are joined.

    Raises:
        UsageError: ``unreadable_file`` for a damaged or encrypted file, ``no_text`` for a scanned one.
        MissingExtra: Without the ``docs`` extra.
    """
    module = cast("type[pypdf]", require("pypdf", feature="reading PDF files"))  # pyright: ignore[reportInvalidTypeForm]  # because a module stands for its own type
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    builder = TextBuilder()
    try:
        file = module.PdfReader(io.BytesIO(data))
        for page in file.pages:
            builder.block(_unwrap(page.extract_text()))
        title, date = _describe(file)
    except Exception as error:  # because pypdf raises a dozen unrelated classes on damaged files
        raise UsageError(
            f"{str(path)!r} cannot be read as PDF ({type(error).__name__}: {error})", code="unreadable_file", path=path
        ) from error
    if not builder.text:
        raise UsageError(f"{str(path)!r} holds no text (a scan?); run it through OCR first", code="no_text", path=path)
    return Document(id=source, source=source, text=builder.text, title=title or path.stem, date=date, kind="pdf")


def _unwrap(text: str) -> str:
    return _WRAP.sub(" ", _HYPHEN.sub("", text))


def _describe(file: pypdf.PdfReader) -> tuple[str, str | None]:
    about = file.metadata
    if about is None:
        return "", None
    made = about.modification_date or about.creation_date
    return tidy(about.title or ""), iso_date(made.isoformat()) if made else None
