"""How long something has been so: the time from the day that a column tells until today."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Final

from .notes import Notes, about
from .reading import unsure
from .sources import Field

__all__ = ["SINCE", "TENURE", "elapsed", "lasting", "note_house"]

TENURE: Final = re.compile(
    r"\b(?:been|be|worked|working|lived|living|stayed|staying|served|serving|waited|waiting)\b.*\blongest\b"
    r"|\blongest[ -](?:serving|standing|staying)\b"
)
"""Who has been here the longest came first."""
SINCE: Final = ("joining", "start", "arriving", "opening", "building", "lending", "sending", "ordering")
"""Concepts of days from which something lasts, the likelier first."""
_HOUSE: Final = re.compile(
    r"\b(?:with|at|in|for|to)\s+(?:the|our|this|your)\s+(?P<a>[a-z]+)(?=\s*(?:[?.!]|\Z|the longest|longest|now\b))"
    r"|\b(?:has|have|had)\s+(?:the|our|this|your)\s+(?P<b>[a-z]+)\s+(?:had|owned|kept|been)\b"
)


def note_house(notes: Notes) -> None:
    """Mark the house that keeps the table, where someone has been with it: "at the clinic"."""
    for match in list(notes.sheet.find(_HOUSE)):
        notes.sheet.mark(*match.span(match.lastgroup or 0))


def lasting(notes: Notes) -> list[Field]:
    """Return the time until today and the day that it counts from; the day alone where no today is known.

    Raises:
        Unsure: Where no column tells since when.
    """
    spoken = [one for each in notes.open() if (one := each.first(_counts))]
    told = about(SINCE, notes.source.fields)
    since = next(iter(spoken), None) or next((each for each in told if _counts(each) or each.yearlike), None)
    if since is None:
        raise unsure("not_understood", "how long", message="no column says since when")
    for mention in notes.open():
        mention.bound = mention.bound or since in mention.fields
    notes.confidence *= 0.95 if spoken else 0.9
    if notes.today is None:
        return [since]
    return [elapsed(since, notes.today), since]


def _counts(field: Field) -> bool:
    return field.kind in {"date", "year"}


def elapsed(since: Field, today: date) -> Field:
    """Return the time from a day or a year until today as a column."""
    return replace(since, sql=_elapsed(since, today), name=f"time since {since.name}", kind="text")


def _elapsed(since: Field, today: date) -> str:
    if since.kind != "date":
        return f"({today.year} - {since.sql}) || ' years'"
    return f"CAST(age(DATE '{today.isoformat()}', {since.comparable}) AS VARCHAR)"
