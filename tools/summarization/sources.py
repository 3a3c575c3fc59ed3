"""What callers give as documents, made into texts with warnings about what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from questline.errors import UsageError
from questline.tools.arguments import check_list, check_text, fault
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
    check_text("title", title)
    single = isinstance(documents, str | bytes | Source)
    given = (
        [documents]
        if isinstance(documents, str | bytes | Source)
        else check_list("document", documents, "a text, bytes, a Source or a list of these")
    )
    sources: list[Source] = []
    warnings: list[AnswerWarning] = []
    for number, item in enumerate(given, start=1):
        if not isinstance(item, str | bytes | Source):
            raise fault(f"document[{number - 1}]", item, "a text, bytes or a Source", index=number - 1)
        if isinstance(item, Source):
            _check_source(item)
        source = item if isinstance(item, Source) else Source(text=decoded(item), id="" if single else str(number))
        if isinstance(item, bytes) and "\ufffd" in source.text and b"\xef\xbf\xbd" not in item:
            warnings.append(
                warning("replaced_bytes", f"document {number} is not UTF-8: U+FFFD stands for what could not be read")
            )
        if _CONTROL.search(source.text):
            warnings.append(warning("control_characters", f"document {number} holds control characters: read as space"))
        sources.append(replace(source, title=source.title or title))
    _check_apart(sources)
    return _capped(sources, warnings), warnings


def _check_apart(sources: Sequence[Source]) -> None:
    first: dict[str, int] = {}
    for index, source in enumerate(sources):
        before = first.setdefault(source.id, index)
        if before != index:
            raise UsageError(
                f"document[{index}] has the id {source.id!r} of document[{before}]: give each its own",
                code="bad_param",
                argument="document",
                index=index,
                id=source.id,
            )


def _check_source(source: Source) -> None:
    for name in ("text", "id", "title", "date"):
        value: object = getattr(source, name)
        if not isinstance(value, str) and not (name == "date" and value is None):
            raise fault("document", value, f"a text as the {name} of a Source")


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
