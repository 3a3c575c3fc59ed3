"""In which order rows are listed: "list the dogs by weight", "all visits sorted by date, the latest first"."""

from __future__ import annotations

import re
from typing import Final

from .notes import Notes
from .reading import unsure
from .wanted import Wanted

__all__ = ["note_order", "ordered"]

_LISTED: Final = re.compile(
    r"\W*(?:please\s+|can you\s+|could you\s+)?(?:list|show|sort|rank|order|arrange|display|give me|name)\b"
)
_BY: Final = re.compile(
    r"(?:,\s*)?\b(?P<said>(?:sorted|ordered|ranked|arranged|sort|order|rank)\s+(?:them\s+)?)?(?:by|in order of)"
    r"\s+(?:the\s+|their\s+|its\s+)?\Z"
)
_WAY: Final = re.compile(
    r"[\s,(]*\b(?:in\s+)?(?:(?P<down>descending|desc|decreasing)|(?P<up>ascending|asc|increasing))(?:\s+order)?\b\)?"
)
_SORT: Final = re.compile(r"\W*(?:please\s+)?(?:sort|rank|order|arrange)\b")
_RANK: Final = re.compile(r"\W*(?:please\s+)?rank\b|\branked\b")


def note_order(notes: Notes) -> None:
    """Note the column that rows are listed by: the least first where nothing else is said, of a ranking the most."""
    text = notes.sheet.text
    for mention in notes.open():
        by = _BY.search(text[: mention.start])
        each = mention.first(lambda one: one.measured or one.temporal or one.yearlike)
        if by is None or each is None or not (by["said"] or _LISTED.match(text)):
            continue
        way = _WAY.match(text, mention.end)
        down = way["down"] is not None if way else _RANK.search(text) is not None
        notes.sheet.mark(*by.span())
        if verb := _SORT.match(text):
            notes.sheet.mark(*verb.span())
        if way:
            notes.sheet.mark(*way.span())
        notes.order = (each, down)
        return


def ordered(notes: Notes, wanted: Wanted) -> str:
    """Return how SQL orders the rows that are wanted; empty where no order is asked for.

    Raises:
        Unsure: Where no rows are listed that could have one.
    """
    if notes.order is None:
        return ""
    each, down = notes.order
    if wanted.way != "rows" or notes.superlatives or notes.kind == "many":
        raise unsure("ambiguous", each.name, message="an order is that of rows: ask one thing at a time")
    return f" ORDER BY {each.sql} {'DESC' if down else 'ASC'} NULLS LAST"
