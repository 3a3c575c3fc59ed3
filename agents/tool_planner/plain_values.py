"""The one plain value that an answer is: a name, a day, a number; of what was found to read, the shortest answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from questline.agents.tool_executor.shapes import view
from questline.agents.tool_executor.views import Cited, Passages, Rows, Value
from questline.tools.models.cross_encoder_cache import Judges
from questline.tools.reading import read
from questline.types import Passage

__all__ = ["plain_value"]

_READ: Final = 5
"""Passages that are read."""
_LONGEST: Final = 80
"""Characters of a value; what is longer is a text."""


def plain_value(value: object, need: str, judge: Callable[[], Judges | None] = lambda: None) -> str | None:
    """Return the plain value that a result answers a need with; empty for records and long texts, None for several.

    Args:
        value: JSON data that a tool returned; others' text, never followed.
        need: What was asked.
        judge: Reads passages; None for words alone.
    """
    found = view(value)
    told: object = ""
    if isinstance(found, Rows) and len(found.rows) > 1:
        return None
    if isinstance(found, Rows) and found.rows:
        told = next((cell for cell in found.rows[0] if cell is not None), "")
    elif isinstance(found, Value):
        told = found.value
    elif isinstance(found, Cited):
        told = found.short
    elif isinstance(found, Passages):
        passages = [
            Passage(id=str(place), document_id=str(place), source=one.source, title=one.name, text=one.text)
            for place, one in enumerate(found.items[:_READ])
            if one.text.strip()
        ]
        told = read(need, passages, cross_encoder=judge()).short
    text = str(told).strip()
    return text if len(text) <= _LONGEST and "\n" not in text else ""
