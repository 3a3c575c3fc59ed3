"""A span that was cut out of a sentence, made a phrase: no half quotation, no clause behind the thing that is named."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["phrase"]

_CLAUSE: Final = re.compile(
    r",?\s(?:is|are|was|were)\s|,\s(?:which|who|whose|where|whereas|while|he|she|it|they|\w+ing)\s"
)
"""What begins a clause about the thing before it."""
_PAIRS: Final = {"(": ")", "[": "]", '"': '"', "“": "”"}
_CLOSING: Final = {close: opening for opening, close in _PAIRS.items()}


def phrase(text: str) -> tuple[int, int]:
    """Return where the phrase stands in `text` that a span of a model leaves: (start, end), all of it where it is one.

    A quotation mark or bracket without its other half ends the phrase, at the very start it is left out; a clause
    behind the first few words is left out too.
    """
    start = 0
    while start < len(text) and text[start] in _PAIRS and _PAIRS[text[start]] not in text[start + 1 :]:
        start += 1
    end = len(text)
    clause = _CLAUSE.search(text, start + 1)
    if clause is not None:
        end = clause.start()
    opened: list[int] = []
    for place in range(start, end):
        mark = text[place]
        if opened and _PAIRS[text[opened[-1]]] == mark:
            opened.pop()
        elif mark in _PAIRS:
            opened.append(place)
        elif mark in _CLOSING:
            end = place
            break
    if opened and opened[0] > start:
        end = min(end, opened[0])
    return (start, end) if text[start:end].strip() else (0, len(text))
