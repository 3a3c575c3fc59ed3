"""What callers give as documents, made into texts with warnings about what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from questline.errors import UsageError
from questline.types import AnswerWarning

from .page import Source

__all__ = ["HARD_CAP", "STEP", "Documents", "decoded", "opened", "warning"]

Documents: TypeAlias = "str | bytes | Source | Sequence[str | bytes | Source]"
"""One document, or several; several plain ones get the ids ``1``, ``2`` …"""
STEP: Final = "summary"
HARD_CAP: Final = 2_000_000
"""Characters of all documents together that are read; beyond, a summary is marked as truncated."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def warning(code: str, message: str) -> AnswerWarning:
    """Return a warning of this step."""
    return AnswerWarning(code=code, message=message, step=STEP)


def decoded(document: str | bytes) -> str:
    """Return the text that offsets refer to: bytes are read as UTF-8, what is not valid becomes U+FFFD."""
    return document if isinstance(document, str) else document.decode("utf-8", "replace")


def opened(documents: Documents, title: str) -> tuple[list[Source], list[AnswerWarning]]:
    """Return the documents as sources, and what is to be said about them.

    Raises:
        UsageError: ``bad_argument`` for what is no text, ``bad_param`` for two documents with one id.
    """
    single = isinstance(documents, str | bytes | Source)
    given: Sequence[object] = [documents] if isinstance(documents, str | bytes | Source) else list(documents)
    sources: list[Source] = []
    warnings: list[AnswerWarning] = []
    for number, item in enumerate(given, start=1):
        if not isinstance(item, str | bytes | Source):
            raise UsageError(
                f"document {number} is {type(item).__name__}, not text, bytes or a Source", argument="document"
            )
        source = item if isinstance(item, Source) else Source(text=decoded(item), id="" if single else str(number))
        if isinstance(item, bytes) and "\ufffd" in source.text and b"\xef\xbf\xbd" not in item:
            warnings.append(
                warning("replaced_bytes", f"document {number} is not UTF-8: U+FFFD stands for what could not be read")
            )
        if _CONTROL.search(source.text):
            warnings.append(warning("control_characters", f"document {number} holds control characters: read as space"))
        sources.append(replace(source, title=source.title or title))
    ids = [source.id for source in sources]
    if len(set(ids)) < len(ids):
        raise UsageError("two documents have the same id", code="bad_param", argument="document")
    return _capped(sources, warnings), warnings


def _capped(sources: list[Source], warnings: list[AnswerWarning]) -> list[Source]:
    """Cut what lies beyond the hard cap, at a line or a space where one is near."""
    room = HARD_CAP
    kept: list[Source] = []
    for source in sources:
        text = source.text
        if len(text) > room:
            cut = max(text.rfind("\n", room - 2_000, room), text.rfind(" ", room - 200, room), 0) or room
            text = text[:cut]
            warnings.append(
                warning(
                    "document_truncated", f"characters 0 to {cut} of {len(source.text)} were read (limit {HARD_CAP})"
                )
            )
        room = max(0, room - len(text))
        kept.append(source if text is source.text else replace(source, text=text))
    return kept
