"""No word of a question without a place: what is noted and asked for must account for all that is spoken of."""

from __future__ import annotations

import re
from typing import Final

from .doubts import doubt
from .notes import Mention, Notes, about, chinese
from .reading import unsure
from .sources import Field
from .speaking import LIGHT
from .wanted import Wanted

__all__ = ["account", "priced"]

_DWELL: Final = frozenset({"live", "lives", "lived", "living", "stays", "dwells", "resides"})
_IN: Final = re.compile(r"\s+(?:in|at|on)\s+")
_DAYS: Final = frozenset({"day", "date", "time", "year", "month"})


def account(notes: Notes, wanted: Wanted) -> Wanted:
    """Return what is wanted where no mention is left without a place.

    Raises:
        Unsure: For words that would be passed over, and for names of several rows where one has to be meant.
    """
    doubt(notes, wanted)
    if wanted.groups and wanted.way == "rows":
        names = [each.name for each in wanted.groups]
        raise unsure("ambiguous", *names, message="say what is counted, summed or averaged by groups")
    if notes.kind == "many" and wanted.way == "rows" and any(each in priced(notes) for each in wanted.fields):
        raise unsure("not_understood", "how many", message="a price is no number of things")
    unclear = next((each for each in notes.conditions if each.unclear), None)
    if unclear and (wanted.way != "rows" or notes.superlatives):
        said = notes.sheet.text[unclear.start : unclear.end]
        raise unsure("ambiguous", said, message=f"it may be {', '.join(unclear.literals)}: say which")
    settled = {each.sql for each in (*wanted.fields, *wanted.groups, *notes.source.identity)}
    settled |= {each.field.sql for each in (*notes.conditions, *notes.superlatives)}
    shown = [*wanted.fields, *(each.field for each in (*notes.conditions, *notes.superlatives))]
    roots = {word[:4] for each in wanted.fields for word in each.words if len(word) > 3}  # "first climbed" of a climber
    left = [
        each for each in notes.open()
        if not each.optional
        and not any(one.sql in settled or any(word[:4] in roots for word in one.words) for one in each.fields)
        and not (each.how == "cue" and (_idle_verb(each) or _dwells(notes, each)))
        and not (notes.kind != "who" and _event(notes, each))
        and not (each.word in _DAYS and any(one.temporal for one in shown))
    ]  # fmt: skip
    if left:
        words = [each.word for each in left]
        raise unsure("not_understood", *words, message="these words have no place here: ask for one thing at a time")
    return wanted


def priced(notes: Notes) -> list[Field]:
    """Return the columns of prices."""
    return [each for each in about(("price", "sum"), notes.source.fields) if each.measured and not each.unit]


def _event(notes: Notes, mention: Mention) -> bool:
    """Say whether a word is the verb of what each row records: "how many kilos did we send" with dates of sending."""
    ahead = notes.sheet.text[: mention.start]
    return all(one.temporal for one in mention.fields) and not re.search(
        r"\b(?:the|of|by|per|in|on|no|not)\s+\Z", ahead
    )


def _dwells(notes: Notes, mention: Mention) -> bool:
    """Say whether a word only says that somebody is in the very row that is named: "who lives in L4"."""
    behind = _IN.match(notes.sheet.text, mention.end)
    return (
        notes.kind == "who"
        and mention.word in _DWELL
        and behind is not None
        and any(each.start == behind.end() and notes.one_row(each) for each in notes.conditions)
    )


def _idle_verb(mention: Mention) -> bool:
    return mention.word in LIGHT or (chinese(mention.word) and mention.word in {"工作", "买", "订"})
