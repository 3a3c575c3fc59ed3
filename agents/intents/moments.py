"""A moment that is asked about ("are you open at two on a Saturday?"), and the hours that decide it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.calendar_words import WEEKDAY
from questline.tools.number_words import in_words

from .closed_words import AUXILIARY
from .values import Reading

__all__ = ["by_the_hours"]

_CLOCK: Final = (
    rf"(?:(?:\d{{1,2}}(?:[:.]\d{{2}})?|{in_words(1, 12)})"
    r"(?: ?(?:o['’]?clock|[ap]\.?m\b\.?))?|noon|midnight|half past \w+|quarter (?:past|to) \w+)"
)
_MOMENT: Final = re.compile(
    rf"\s+(?:still\s+)?(?:at|by|before|after|until|as late as|as early as)\s+(?:about |around )?{_CLOCK}"
    r"(?:\s+in the (?:morning|afternoon|evening)|\s+at night|\s+sharp)?",
    re.IGNORECASE,
)
_YES_NO: Final = re.compile(
    rf"^\W*(?P<aux>{AUXILIARY}) (?P<who>i|we|you|they|he|she|it|(?:the|my|our"
    rf"|your) [a-z-]+(?: [a-z-]+)?)\b(?P<rest>.+?)[\s?.!]*$",
    re.IGNORECASE,
)
_DAYTIME: Final = re.compile(rf"\b({WEEKDAY})\s+(?:morning|afternoon|evening|night)\b", re.IGNORECASE)
_WITHOUT: Final = re.compile(r"\s+without (?:paying|being charged|a charge|an extra)\b[^?]*$", re.IGNORECASE)


def by_the_hours(need: str) -> Iterator[Reading]:
    """Yield the question for the hours in which something may be that is asked of a moment."""
    moment = _MOMENT.search(need)
    match = _YES_NO.match(need) if moment else None
    if match is None or moment is None:
        return
    rest = _MOMENT.sub(" ", f" {match['rest']}")
    rest = " ".join(_WITHOUT.sub("", _DAYTIME.sub(r"\1", re.sub(r"\bstill\b", "", rest))).split())
    aux, who = match["aux"].casefold(), match["who"]
    for opening in ("until when", "when") if aux in ("can", "could", "may") else ("when",):
        yield Reading(text=f"{opening} {aux} {who} {rest}?", why="the hours that decide it")
