"""Words that have to have a place in a reading whatever the network says: numbers, years, days, and words that deny."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from questline.tools.number_words import NUMBERS

from .built import Built
from .features import Seen
from .spans import Span

__all__ = ["unheld"]

_DENYING: Final = frozenset(
    [
        "not",
        "no",
        "never",
        "without",
        "except",
        "excluding",
        "nor",
        "nt",
        "isnt",
        "arent",
        "dont",
        "doesnt",
        "didnt",
        "hasnt",
        "havent",
        "wasnt",
        "werent",
        "cant",
    ]
)
_AFTER_T: Final = frozenset(
    ["isn", "aren", "don", "doesn", "didn", "hasn", "haven", "wasn", "weren", "can", "couldn", "won", "hadn"]
)
_RELATIVE: Final = re.compile(
    r"\b(?:tomorrow|yesterday|tonight|ago|(?:last|next|this|coming|past|previous) (?:week|month|year|season|weekend"
    r"|night|summer|winter|spring|autumn|monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?|overdue|expired)\b"
)
_OTHERS: Final = re.compile(
    r"\b(?:instead|another|other than|second|third|twice|double|half|per cent of|percentage of)\b"
)
_JOINING: Final = frozenset({"and", "plus", "n"})
_CLAUSE: Final = frozenset(["please", "thanks", "thank", "cheers", "ta", "tell"]).__contains__
_SMALL: Final = frozenset({"one"})


def unheld(seen: Seen, found: Sequence[Span], built: Built) -> str:
    """Return a word of the question that a reading does not hold, and has to; empty where there is none.

    Args:
        seen: The question over its table.
        found: The spans of the reading.
        built: What is asked.
    """
    words = seen.spoken.words
    held = {place for span in found for place in range(span.first, span.last + 1)}
    valued = {
        place for span in found if span.role in {"value", "lacks"} for place in range(span.first, span.last + 1)
    }  # fmt: skip
    denied = any(span.role in {"not", "lacks"} for span in found)
    for place, word in enumerate(words):
        digits = any(sign.isdigit() for sign in word.text)
        if digits and place not in valued and not _named(word.text, built):
            return word.text
        if word.text in NUMBERS and word.text not in _SMALL and place not in held:
            return word.text
        short = word.text == "t" and place > 0 and words[place - 1].text in _AFTER_T
        if (word.text in _DENYING or short) and place not in held and not denied:
            return word.text
    if word := _beside(seen, found, held):
        return word
    text = seen.spoken.sheet.text
    for pattern in (_RELATIVE, _OTHERS):
        for match in pattern.finditer(text):
            own = {p for p, word in enumerate(words) if word.start < match.end() and match.start() < word.end}
            if not own & held:
                return match.group()
    return ""


def _beside(seen: Seen, found: Sequence[Span], held: set[int]) -> str:
    """Return a word that is listed with what is asked and has no place: "country and warning level for …"."""
    words = seen.spoken.words
    asked = {place for span in found if span.role == "answer" for place in range(span.first, span.last + 1)}
    for place, word in enumerate(words[1:-1], start=1):
        if word.text in _JOINING:
            for one, other in ((place - 1, place + 1), (place + 1, place - 1)):
                if one in asked and other not in held and words[other].telling and not _CLAUSE(words[other].text):
                    return words[other].text
    return ""


def _named(text: str, built: Built) -> bool:
    """Say whether a number stands in the name of a column that is used, as in ``sales_2026``."""
    return re.search(rf"(?<!\d){re.escape(text)}(?!\d)", built.reading) is not None
