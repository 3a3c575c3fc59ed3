"""A result cut down to what an intent needs: as JSON for templates, and as a short text for prompts and people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from questline.tools.text import content_terms, sentences

from .asked import Asked
from .choosing import chosen_columns, chosen_fields
from .views import Cited, Passages, Plain, Record, Rows, Text, Value, View

__all__ = ["needed_of", "shown"]

_ROWS: Final = 30
_CHARACTERS: Final = 2_000
_CELL: Final = 200


def needed_of(
    found: View, asked: Asked, arguments: Mapping[str, object], schema: Mapping[str, Any] | None
) -> object | None:
    """Return the members or columns that an intent asks for, or None where all is needed.

    The column that answers comes first. No row is left out.
    """
    if isinstance(found, Record):
        names = chosen_fields(found, asked, arguments, schema)
        return {name: found.fields[name] for name in names} if len(names) < len(found.fields) else None
    if isinstance(found, Rows) and len(found.columns) > 1:
        places = chosen_columns(found, asked)
        rows = [[row[place] for place in places] for row in found.rows]
        needed: dict[str, object] = {"columns": [found.columns[place] for place in places], "rows": rows}
        if found.answers:
            needed["answers"] = [found.columns[place] for place in found.answers]
        return {**needed, "truncated": found.more}
    return None


def shown(found: View, asked: Asked) -> str:
    """Return a view as a short text: at most 30 rows and 2,000 characters."""
    match found:
        case Value():
            text = f"{found.value} {found.unit}".strip()
        case Record():
            text = "; ".join(f"{name}: {_cell(value)}" for name, value in found.fields.items())
        case Rows():
            text = _table(found)
        case Text():
            text = _relevant([found.text], asked)
        case Passages():
            text = _relevant([item.text for item in found.items], asked)
        case Cited():
            text = found.text
        case _:
            text = ""
    return text if len(text) <= _CHARACTERS else text[: _CHARACTERS - 1].rstrip() + "…"


def _table(rows: Rows) -> str:
    lines = [" | ".join(map(_cell, row)) for row in rows.rows[:_ROWS]]
    head = [" | ".join(rows.columns)] if any(rows.columns) else []
    left = len(rows.rows) - _ROWS
    return "\n".join([*head, *lines, *([f"… {left} more"] if left > 0 else [])])


def _cell(value: Plain) -> str:
    text = "" if value is None else str(value)
    line = " ".join(text.split())
    return line if len(line) <= _CELL else line[: _CELL - 1] + "…"


def _relevant(texts: Sequence[str], asked: Asked) -> str:
    """Return a text as it is where it is short; else those of its sentences that share most with the intent."""
    whole = "\n".join(texts)
    if len(whole) <= _CHARACTERS:
        return whole
    spans = [span.text for text in texts for span in sentences(text)]
    weights = [len(asked.terms & set(content_terms(span))) for span in spans]
    kept: set[int] = set()
    left = _CHARACTERS
    for place in sorted(range(len(spans)), key=lambda number: (-weights[number], number)):
        if len(spans[place]) + 1 <= left and (weights[place] or not kept):
            kept.add(place)
            left -= len(spans[place]) + 1
    return "\n".join(spans[place] for place in sorted(kept))
