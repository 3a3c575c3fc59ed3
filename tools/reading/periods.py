"""Spans of years, of which half is no answer: "the 1979–80 season", "in 2007 and 2008"."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["PERIOD", "whole_period"]

PERIOD: Final = re.compile(
    r"(?<![\d,.$£€#/-])\b(?:1\d|20)\d\ds?(?P<joint>\s?[–-]\s?\d\d(?:\d\d)?| (?:and|to) (?:1\d|20)\d\d)s?\b(?![–-])"
)
"""Two years or decades that belong together."""
_ONE_MOMENT: Final = re.compile(r"–\s?\d\d$|-\d\d$| and ")
"""What joins a season or a list of years, so that neither side is a beginning or an end."""
_ONE_SIDE: Final = re.compile(
    r"\b(?:first|last|earliest|latest|original(?:ly)?|beg[aiu]n\w*|start\w*|end\w*|born|birth|di(?:e|es|ed)|death)\b",
    re.IGNORECASE,
)
"""What asks for one side of a span."""


def whole_period(question: str, sentence: str, start: int, end: int) -> int:
    """Return where the span of years ends that begins with the year at `start` to `end`; `end` where it is none.

    A span from one year to another has a beginning and an end, which may be asked for; it stays as it was chosen.
    """
    found = PERIOD.match(sentence, start)
    if found is None or found.end() <= end or _ONE_SIDE.search(question):
        return end
    return found.end() if _ONE_MOMENT.search(found.group("joint")) else end
