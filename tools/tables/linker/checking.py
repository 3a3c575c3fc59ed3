"""A reading held against what it finds: the shipped cross-encoder reads the row and says where it sees the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from questline.tools.models.cross_encoder import CrossEncoder

from .built import Built
from .features import Seen
from .spans import Span

__all__ = ["NOTHING", "Checked", "check"]

_SPANS: Final = 6
_LONGEST: Final = 60
"""Characters of a cell that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the reader says of a row."""

    own: float
    """Share of what it takes for answers that lies in the columns which answer."""
    other: float
    """Share of the likeliest other column."""
    answered: float
    """How likely the row holds an answer word for word."""
    relevant: float
    looked: bool = True
    """Whether a row was read: none is where something is counted, summed, or compared."""


NOTHING: Final = Checked(own=0.0, other=0.0, answered=0.0, relevant=0.0, looked=False)


def check(seen: Seen, found: list[Span], built: Built) -> Checked:
    """Return what the reader says of the first row that a reading finds.

    Args:
        seen: The question over its table.
        found: The spans of the reading.
        built: What is asked.

    Raises:
        RunError: ``damaged_model``.
    """
    asked = {span.column for span in found if span.role == "answer"}
    if built.way != "rows" or not asked:
        return NOTHING
    row = _row(seen, built)
    if row is None:
        return NOTHING
    text = ""
    places: list[tuple[int, int]] = []
    for column, value in zip(seen.view.columns, row, strict=True):
        text += f"{column.phrase.capitalize()}: "
        begin = len(text)
        text += "" if value is None else str(value)[:_LONGEST]
        places.append((begin, len(text)))
        text += ". "
    said = CrossEncoder.load().judge(seen.spoken.sheet.cased, [text], spans=_SPANS)[0]
    mass = [0.0] * len(places)
    for span in said.spans:
        for place, (begin, end) in enumerate(places):
            if span.start < end and begin < span.end:
                mass[place] += span.probability
    named = {span.column for span in found if span.role == "value"}
    whole = sum(mass) or 1.0
    others = [each for place, each in enumerate(mass) if place not in asked and place not in named]
    return Checked(
        own=max(mass[place] for place in asked) / whole,
        other=max(others, default=0.0) / whole,
        answered=said.answered,
        relevant=said.relevant,
    )


def _row(seen: Seen, built: Built) -> tuple[object, ...] | None:
    source = seen.view.source
    if source.ask is None:
        return None
    names = ", ".join(column.field.sql for column in seen.view.columns)
    rows = source.ask(f"SELECT {names} FROM {built.rows} LIMIT 1").rows  # noqa: S608 because names are quoted
    return rows[0] if rows else None
