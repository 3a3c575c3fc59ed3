"""Short runs of words that may be a value: between prepositions, articles and other small words."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.text import STOPWORDS

from .mention import Mention
from .names import OPENERS
from .vocabulary import listed
from .wording import Wording

__all__ = ["phrases_in"]

_EDGES: Final = (STOPWORDS | OPENERS) - {"new", "first"} | frozenset(
    listed(
        "using near within between among versus vs per via named called like want wants need needs located upcoming"
        " considering given assuming containing including without across towards along around based provide also"
    )
)
_LONGEST: Final = 5
"""Words of a phrase."""
_MOST: Final = 160


def phrases_in(wording: Wording) -> list[Mention]:
    """Return every run of up to five words in which no small word, mark or verb of asking stands.

    One mention each, the longer ones first at each place, at most 160.
    """
    text = wording.text
    found: list[Mention] = []
    run: list[int] = []
    for number in range(len(wording.words) + 1):
        word = wording.words[number] if number < len(wording.words) else None
        broken = word is None or word.lower in _EDGES
        joined = not run or word is None or _joins(text[wording.words[run[-1]].end : word.start])
        if run and (broken or not joined):
            found += _runs(wording, run)
            run = []
        if not broken:
            run.append(number)
    return found[:_MOST]


def _joins(between: str) -> bool:
    return bool(re.fullmatch(r"[ \-/.+#&]{0,2}", between))


def _runs(wording: Wording, run: list[int]) -> list[Mention]:
    found: list[Mention] = []
    for first in range(len(run)):
        for last in range(min(len(run), first + _LONGEST) - 1, first - 1, -1):
            start, end = wording.words[run[first]].start, wording.words[run[last]].end
            body = wording.text[start:end]
            bare = re.sub(r"(?:'s|’s)$", "", body)
            if bare.replace(" ", "").isdigit():
                continue
            found.append(Mention(how="phrase", value=bare, start=start, end=start + len(bare), text=bare))
    return found
