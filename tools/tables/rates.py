"""Quantities for a period: what is asked per week is answered by a column that is per week, or not at all."""

from __future__ import annotations

from typing import Final

from .notes import Mention, Notes, about
from .periods import ASKED, period
from .reading import unsure
from .sources import Field

__all__ = ["PRICES", "check_rates", "note_rates"]

PRICES: Final = ("price", "sum", "pay")
"""Concepts of what is paid."""


def note_rates(notes: Notes) -> None:
    """Note the period that a quantity is asked for, and the prices that are for it."""
    for match in list(notes.sheet.find(ASKED)):
        asked = period(match)
        rates = tuple(each for each in notes.source.fields if each.rate == asked)
        if not rates:
            if not any(asked in each.words for each in notes.source.fields):  # else rows may be grouped by it
                notes.unrated = match.group()
            continue
        notes.rate = asked
        priced = tuple(each for each in about(PRICES, rates) if each.measured)
        notes.take(*match.span(), score=1.0)
        notes.mentions.append(
            Mention(
                start=match.start(),
                end=match.end(),
                word=match.group(),
                fields=priced or rates,
                how="cue",
                bound=not priced,
            )
        )


def check_rates(notes: Notes, asked: list[Field]) -> None:
    """Hold the columns that are asked against the period that they are asked for.

    Args:
        notes: Of the question.
        asked: The columns whose values are told.

    Raises:
        Unsure: Where a period is asked that no column of them is for.
    """
    if notes.unrated:
        raise unsure("not_understood", notes.unrated, message="no column is for such a period")
    if not notes.rate:
        return
    spoken = [*asked, *(each.field for each in (*notes.superlatives, *notes.conditions))]
    other = next((each for each in asked if each.measured and each.rate != notes.rate), None)
    if other is None and any(each.rate == notes.rate for each in spoken):
        return
    message = f"{other.name} is not told for a {notes.rate}" if other else "nothing that is asked is for such a period"
    raise unsure("not_understood", notes.rate, message=message)
