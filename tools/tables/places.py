"""What stands right behind a place of a question, with nothing but small words between."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from .notes import Mention, Notes
from .sources import Field

__all__ = ["GAP", "behind", "row_noun"]

GAP: Final = re.compile(
    r"(?:\s|\b(?:is|are|was|were|the|of|a|an|all|different|in|on|do|does|did|name|names|'s)\b|['’]s|[的了])*"
)


def behind(notes: Notes, end: int, fits: Callable[[Field], bool]) -> tuple[Mention, Field] | None:
    """Return the mention right behind a place, where it fits."""
    for mention in sorted(notes.mentions, key=lambda each: each.start):
        if mention.start < end:
            continue
        each = mention.first(fits)
        if each is not None and GAP.fullmatch(notes.sheet.text[end : mention.start]):
            return mention, each
        if not GAP.fullmatch(notes.sheet.text[end : mention.start]):
            return None
    return None


def row_noun(notes: Notes, end: int) -> str | None:
    """Return the table whose rows the noun right behind a place means; values may stand between."""
    text = notes.sheet.text
    skipped = [*notes.conditions, *notes.superlatives]
    for each in skipped:
        text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
    for start, _, table in sorted(notes.nouns):
        if start >= end and GAP.fullmatch(text[end:start]):
            return table
    return None
