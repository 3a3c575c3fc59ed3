"""DOCX through python-docx (extra ``docs``)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from questline.errors import UsageError, require
from questline.tools.retrieval.documents import Document, TextBuilder, iso_date, tidy

if TYPE_CHECKING:
    from docx.document import Document as DocxDocument

__all__ = ["read"]


def read(data: bytes, source: str, path: Path) -> Document:
    """Read paragraphs, headings and tables in the file's order.

    Raises:
        UsageError: ``unreadable_file`` when it is not a DOCX file.
        MissingExtra: Without the ``docs`` extra.
    """
    module = require("docx", feature="reading DOCX files")
    builder = TextBuilder()
    try:
        file: DocxDocument = module.Document(io.BytesIO(data))
        _collect(file, builder)
    except Exception as error:  # because python-docx leaks zip, XML and key errors of damaged files
        raise UsageError(
            f"{str(path)!r} cannot be read as DOCX ({type(error).__name__}: {error})", code="unreadable_file", path=path
        ) from error
    about = file.core_properties
    top = builder.sections[0].title if builder.sections else ""
    return Document(
        id=source,
        source=source,
        text=builder.text,
        title=tidy(about.title) or top or path.stem,
        date=iso_date(about.modified or about.created),
        kind="docx",
        sections=tuple(builder.sections),
    )


def _collect(file: DocxDocument, builder: TextBuilder) -> None:
    from docx.table import Table

    for item in file.iter_inner_content():
        if isinstance(item, Table):
            builder.block("\n".join(" | ".join(tidy(cell.text) for cell in row.cells) for row in item.rows))
            continue
        level = _level((item.style.name if item.style is not None else None) or "")
        if level:
            builder.heading(item.text, level)
        else:
            builder.block(item.text)


def _level(style: str) -> int:
    if style == "Title":
        return 1
    kind, _, number = style.rpartition(" ")
    return int(number) if kind == "Heading" and number.isdigit() else 0
