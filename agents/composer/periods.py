"""Years, months and seasons of a question, held against those of a sentence: another year is no answer.

A stretch ("since 2014", "from May to September") holds what lies in it; "before 2014" is no answer out of "since 2014".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.agents.tool_planner.aboutness import Fit
from questline.tools.calendar_words import MONTH_NAME, MONTHS

from .ground import Ground

__all__ = ["month_lacking", "side_lacking", "year_lacking", "years_of"]

_YEAR: Final = re.compile(
    r"(?<![\d.,/-])(?P<year>1[5-9]\d{2}|20\d{2})(?![\d/]|[.,]\d|-(?!\d{2}\b)|\s*(?:%|€|[£$]|[a-z]+s\b|km\b|kg\b|m\b))"
)
_STRETCH: Final = re.compile(
    r"(?:from |between )?(?P<first>\d{4})年?\s*(?:-|–|—|to|until|till|and|through|至|到)\s*(?P<last>\d{4})",
    re.IGNORECASE,
)
_SINCE: Final = re.compile(
    r"\b(?:since|from|as of|starting in)(?: \w+)? (?P<year>\d{4})|自(?:从)?(?P<zh>\d{4})年", re.IGNORECASE
)
_UNTIL: Final = re.compile(
    r"\b(?:until|till|up to|through)(?: \w+)? (?P<year>\d{4})|到(?P<zh>\d{4})年(?:为止)?", re.IGNORECASE
)
_NAMES: Final = tuple(month[:3].casefold() for month in MONTHS)
_MONTH: Final = rf"(?:\b{MONTH_NAME}\b|(?<!\d)1?\d月)"
_ONE: Final = re.compile(_MONTH)
_MONTHS: Final = re.compile(
    rf"(?P<first>{_MONTH})\s*(?:\d+\s*)?(?:to|until|till|through|-|–|至|到)\s*(?:\d+\s*)?(?P<last>{_MONTH})"
)
_ISO: Final = re.compile(r"\b\d{4}-(?P<month>\d{2})-\d{2}\b")
_ALL_YEAR: Final = re.compile(
    r"\b(?:all year|year[- ]round|every month|each month|monthly|always|daily|every day)\b|全年|每月|每天",
    re.IGNORECASE,
)
_WHOLE: Final = re.compile(r"\b(?P<year>\d{4})-\d{2}-\d{2}\b|\b\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]+,? (?P<late>\d{4})\b")
_SEASONS: Final = (
    re.compile(r"\b(?:spring|springtime)\b|春[天季]?", re.IGNORECASE),
    re.compile(r"\bsummer(?:time)?\b|夏[天季]", re.IGNORECASE),
    re.compile(r"\bautumn\b|(?<=in the )fall\b|秋[天季]", re.IGNORECASE),
    re.compile(r"\bwinter(?:time)?\b|冬[天季]", re.IGNORECASE),
)
_SEASON_MONTHS: Final = (frozenset({3, 4, 5}), frozenset({6, 7, 8}), frozenset({9, 10, 11}), frozenset({12, 1, 2}))
_SIDE: Final = re.compile(
    r"\b(?P<side>before|until|till|after|since)\s+(?:the |an? |its |his |her |their )?"
    r"(?P<what>[A-Za-z][\w'-]*|\d{4})\b",
    re.IGNORECASE,
)
_WHEN: Final = re.compile(r"\b(?:if|when|later|earlier|before|after|within|until|till|once|since)\b", re.IGNORECASE)
"""A sentence that holds at some time, or in some case, alone."""
_THEN: Final = re.compile(r"\b(?:after that|afterwards?|from then|before that|until then)\b", re.IGNORECASE)
_EARLY: Final = frozenset({"before", "until", "till"})
_ASKS: Final = re.compile(r"\b(?:when|what year|which year|since when|how long)\b|何时|什么时候|哪一?年", re.IGNORECASE)


def years_of(text: str) -> frozenset[int]:
    """Return the years that a text names, in dates too; amounts of things in thousands are none.

    >>> sorted(years_of("1,200 came in 2024, on 2025-03-01, with 1800 sheep"))
    [2024, 2025]
    """
    return frozenset(int(match["year"]) for match in _YEAR.finditer(text))


def _holds(text: str, year: int) -> bool:
    """Say whether a text speaks of a year: by its number, or as a part of a stretch."""
    if year in years_of(text):
        return True
    if any(int(match["first"]) <= year <= int(match["last"]) for match in _STRETCH.finditer(text)):
        return True
    since = [int(match["year"] or match["zh"]) for match in _SINCE.finditer(text)]
    until = [int(match["year"] or match["zh"]) for match in _UNTIL.finditer(text)]
    if not since and not until:
        return False
    return all(one <= year for one in since) and all(year <= one for one in until)


def year_lacking(question: str, ground: Ground) -> tuple[Fit, str] | None:
    """Return the year of a question that its evidence does not speak of: a sentence of other years is no answer."""
    asked = sorted(years_of(question))
    lost = [year for year in asked if not _holds(ground.told, year)]
    if not lost:
        return None
    rival = bool(years_of(ground.told)) and len(lost) == len(asked) and not _ASKS.search(question)
    if rival:
        return "other", str(lost[0])
    of_days = {int(match["year"] or match["late"]) for match in _WHOLE.finditer(question)}
    lost = [year for year in lost if year not in of_days and not _holds(ground.near, year)]
    return ("near", str(lost[0])) if lost else None


def _months(text: str) -> frozenset[int]:
    if _ALL_YEAR.search(text):
        return frozenset(range(1, 13))
    found = set(map(_number, (match[0] for match in _ONE.finditer(text))))
    found |= {int(match["month"]) for match in _ISO.finditer(text)}
    for match in _MONTHS.finditer(text):
        first, last = _number(match["first"]), _number(match["last"])
        found |= {(first - 1 + step) % 12 + 1 for step in range((last - first) % 12 + 1)}
    return frozenset(found)


def _number(name: str) -> int:
    return int(name[:-1]) if name.endswith("月") else _NAMES.index(name[:3].casefold()) + 1


def _seasons(text: str) -> frozenset[int]:
    return frozenset(place for place, pattern in enumerate(_SEASONS) if pattern.search(text))


def month_lacking(question: str, ground: Ground) -> tuple[Fit, str] | None:
    """Return the month or season of a question that its evidence does not speak of."""
    asked, seasons = _months(question) if not _ALL_YEAR.search(question) else frozenset[int](), _seasons(question)
    if not asked and not seasons:
        return None
    wanted = asked.union(*(_SEASON_MONTHS[one] for one in seasons))
    what = next((pattern.search(question) for pattern in (_ONE, *_SEASONS) if pattern.search(question)), None)
    name = what[0] if what else "the month"
    for where, fit in ((ground.told, "other"), (ground.near, "near")):
        said = _months(where).union(*(_SEASON_MONTHS[one] for one in _seasons(where)))
        if wanted & said:
            return None
        if said and fit == "other" and not _ASKS.search(question):
            return "other", name
    return "near", name


def side_lacking(question: str, ground: Ground) -> tuple[Fit, str] | None:
    """Return the side of a moment that is asked for ("after departure"), where what is told lies on the other side."""
    for match in _sides(question):
        early, what = match[0] in _EARLY, match[1]
        said = {side in _EARLY for side, other in _sides(ground.told) if other == what}
        if early in said or _THEN.search(ground.told):
            continue
        if said or (what.isdigit() and _turned(early, int(what), ground.told)):
            return "other", f"{match[0]} {what}"
        elsewhere = {side in _EARLY for side, other in _sides(ground.whole) if other == what}
        if elsewhere and _WHEN.search(ground.told):
            return "near", f"{match[0]} {what}"
    return None


def _turned(early: bool, year: int, told: str) -> bool:
    """Say whether a stretch begins where the asked one ends, or the other way round."""
    pattern = _SINCE if early else _UNTIL
    return any(int(match["year"] or match["zh"]) == year for match in pattern.finditer(told))


def _sides(text: str) -> Iterator[tuple[str, str]]:
    for match in _SIDE.finditer(text):
        yield match["side"].casefold(), match["what"].casefold()
