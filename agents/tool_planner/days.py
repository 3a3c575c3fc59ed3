"""Which weekdays a text speaks of, with stretches ("Monday to Friday") and words for several of them."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.calendar_words import WEEKDAY, WEEKDAY_ZH, WEEKDAYS_ZH

__all__ = ["of_other_days", "weekdays_in"]

_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = (
    rf"(?:\b{WEEKDAY}s?\b|\b(?-i:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b\.?"
    rf"|{WEEKDAY_ZH})"
)
_ONE: Final = re.compile(_DAY, re.IGNORECASE)
_STRETCH: Final = re.compile(
    rf"(?P<first>{_DAY})\s*(?:to|through|until|till|-|–|—|至|到)\s*(?P<last>{_DAY})", re.IGNORECASE
)
_ALL: Final = re.compile(
    r"\b(?:every day|each day|daily|any day|all week|(?:all )?(?:the )?other days|seven days|rest of the week)\b"
    r"|每天|天天|其余|其他日子",
    re.IGNORECASE,
)
_WORKING: Final = re.compile(r"\b(?:week ?days|working days|on a weekday)\b|工作日", re.IGNORECASE)
_WEEKEND: Final = re.compile(r"\bweekends?\b|周末", re.IGNORECASE)
_WEEK: Final = frozenset(range(7))


def weekdays_in(text: str) -> frozenset[int]:
    """Return the weekdays that a text speaks of, Monday as 0.

    >>> sorted(weekdays_in("Monday to Wednesday, and on Sundays"))
    [0, 1, 2, 6]
    """
    if _ALL.search(text):
        return _WEEK
    found = {_number(match[0]) for match in _ONE.finditer(text)}
    for match in _STRETCH.finditer(text):
        first, last = _number(match["first"]), _number(match["last"])
        found |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    if _WORKING.search(text):
        found |= set(range(5))
    if _WEEKEND.search(text):
        found |= {5, 6}
    return frozenset(found)


def of_other_days(question: str, text: str) -> bool:
    """Say whether a text speaks of weekdays, and of none that a question names."""
    asked = weekdays_in(question) if not _ALL.search(question) else frozenset[int]()
    said = weekdays_in(text) if asked else frozenset[int]()
    return bool(said) and not asked & said


def _number(word: str) -> int:
    if not word.isascii():
        return WEEKDAYS_ZH.index(word[-1].replace("天", "日"))
    return _NAMES.index(word[:3].casefold())
