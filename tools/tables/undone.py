"""What is not so, in one word: "unpaid" of a column of payments, "out of stock" of what there is; and what is worth."""

from __future__ import annotations

import re
from typing import Final

from .doubts import WORTH
from .notes import Condition, Notes, about

__all__ = ["note_undone"]

_OUT: Final = re.compile(r"\b(?:out of stock|sold out|not in stock|none in stock|none left)\b|缺货|无货|没有?库存|断货")


def note_undone(notes: Notes) -> None:
    """Note words with "un-" before the name of a column of yes and no, or of days, and what there is none of."""
    fields = notes.source.fields
    for each in fields:
        for word in each.words if each.flag or each.kind == "date" else ():
            for match in list(notes.sheet.find(rf"\b(?:un|non)-?{re.escape(word)}\w{{0,3}}\b")):
                sql, said = (f"NOT {each.holds}", f"not {each.name}") if each.flag else (f"{each.sql} IS NULL", "")
                notes.take(*match.span(), score=1.6)
                notes.of(
                    Condition(
                        start=match.start(), end=match.end(), field=each, sql=sql, said=said or f"{each.name} is empty"
                    )
                )
    held = [each for each in about(("stock", "quantity"), fields) if each.measured]
    for match in list(notes.sheet.find(_OUT)) if len(held) == 1 else []:
        notes.take(*match.span(), score=1.6)
        sql, said = f"{held[0].sql} <= 0", f"{held[0].name} <= 0"
        notes.of(Condition(start=match.start(), end=match.end(), field=held[0], sql=sql, said=said))
    for match in list(notes.sheet.find(WORTH)) if held else []:
        if "worth" not in match.group():
            notes.take(*match.span())
