"""Which part of a long text bears a sentence: what is shown of a result that is too long to be shown whole."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.text import STOPWORDS

__all__ = ["bearing"]

_TOKEN: Final = re.compile(r"\d+(?:[.,:-]\d+)*|[^\W\d_]{2,}|[\u4e00-\u9fff]")
_FIGURE: Final = 3
"""What a figure counts beside a word: most sentences of a result are there for it."""


def bearing(text: str, sentence: str, *, most: int) -> str:
    """Return at most so many characters of a text, in one piece: those that share most with a sentence.

    >>> bearing('{"rows": [["Heron", 40], ["Tern", 25]]}', "The Tern has 25 seats.", most=16)
    '["Tern", 25]]}'
    """
    if len(text) <= most:
        return text
    wanted = {_plain(match[0]) for match in _TOKEN.finditer(sentence)} - STOPWORDS
    hits = [
        (match.start(), match.end(), _plain(match[0])) for match in _TOKEN.finditer(text) if _plain(match[0]) in wanted
    ]
    best, worth = (0, 0), 0
    for place, (start, _, _) in enumerate(hits):
        inside = [hit for hit in hits[place:] if hit[1] <= start + most]
        found = sum(_FIGURE if token[0].isdigit() else 1 for token in {token for _, _, token in inside})
        if found > worth:
            best, worth = (start, inside[-1][1]), found
    start, end = best
    room = max(0, most - (end - start))
    start = max(0, min(start - room // 2, len(text) - most))
    return _whole(text, start, min(len(text), start + most))


def _whole(text: str, start: int, end: int) -> str:
    """Return a piece of a text without the halves of words at its ends."""
    if start:
        gap = re.search(r"[\s,\[{]", text[start : start + 20])
        start += gap.start() + (gap[0] in " \t\n,") if gap else 0
    if end < len(text):
        gaps = [match.end() for match in re.finditer(r"[\s,\]}]", text[max(start, end - 20) : end])]
        end = max(start, end - 20) + gaps[-1] if gaps else end
    return text[start:end].strip()


def _plain(token: str) -> str:
    return token.replace(",", "") if token[0].isdigit() else token.casefold()
