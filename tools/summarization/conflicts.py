"""Two places that say different things of the same: an old value and its correction. The later one is preferred."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import Final

from questline.tools.reading.values import DATE, NUMBER

from .asked import Asked
from .page import Page, Source, Unit
from .scoring import Scores

__all__ = ["conflicts"]

_COMPARED: Final = 12
"""Best units that are compared with each other."""
_RELEVANT: Final = 0.1
"""Least relevance of both."""
_ALIKE: Final = 0.6
"""Least share of the words of the shorter one, values left out, that stand in both."""
_ALIKE_CORRECTED: Final = 0.34
"""The same where the later one says that it corrects something."""
_COVERED: Final = 0.5
"""Least share of the query's weight that both speak of."""
_CORRECTION: Final = re.compile(
    r"\b(?:correct(?:ed|ion|s)?|erratum|update[ds]?|revised?|revision|instead of|not \d|rather than"
    r"|earlier (?:report|version)|previously|actually|in fact|now)\b"
    r"|更正|修正|訂正|勘误|更新|实际|實際|应为|應為|而非|而不是|现为|改为|改為",
    re.IGNORECASE,
)


def conflicts(asked: Asked, page: Page, scores: Scores, sources: Sequence[Source]) -> list[tuple[int, int]]:
    """Return pairs of units (preferred, other) that give different dates or numbers for the same thing."""
    if asked.overview or not asked.terms:
        return []
    relevance = scores.relevance
    best = [number for number in scores.order[:_COMPARED] if relevance[number] >= _RELEVANT]
    values = {number: _values(page.units[number], asked) for number in best}
    found: list[tuple[int, int]] = []
    replaced: set[int] = set()
    for one, two in combinations(sorted(best), 2):
        if one in replaced or two in replaced or not _disagree(asked, page, one, two, values):
            continue
        later, earlier = (two, one) if _is_later(page.units[two], page.units[one], sources) else (one, two)
        found.append((later, earlier))
        replaced.add(earlier)
    return [pair for pair in found if pair[0] not in replaced]


def _values(unit: Unit, asked: Asked) -> frozenset[str]:
    """Return the dates and numbers of a unit that the query does not give itself."""
    dates = list(DATE.finditer(unit.text))
    found = {match[0] for match in dates}
    found |= {
        match[0].strip()
        for match in NUMBER.finditer(unit.text)
        if not any(date.start() <= match.start() < date.end() for date in dates)
    }
    return frozenset(value.casefold() for value in found if value.casefold() not in asked.text.casefold())


def _disagree(asked: Asked, page: Page, one: int, two: int, values: dict[int, frozenset[str]]) -> bool:
    if not values[one] - values[two] or not values[two] - values[one]:
        return False
    first, second = page.units[one].words.terms, page.units[two].words.terms
    weights = page.weights(asked.terms)
    shared = sum(weights[term] for term in sorted(asked.terms & first & second)) / (sum(weights.values()) or 1.0)
    if shared < _COVERED or any(number in first ^ second for number in asked.numbers):
        return False
    plain = [frozenset(term for term in terms if not term[:1].isdigit()) for terms in (first, second)]
    alike = len(plain[0] & plain[1]) / max(1, min(len(plain[0]), len(plain[1])))
    corrected = _CORRECTION.search(page.units[two].text) or _CORRECTION.search(page.units[one].text)
    return alike >= (_ALIKE_CORRECTED if corrected else _ALIKE)


def _is_later(one: Unit, other: Unit, sources: Sequence[Source]) -> bool:
    """Say whether `one` is later: by the dates of their documents where both have one, else by order."""
    if one.source != other.source:
        mine, theirs = sources[one.source].date, sources[other.source].date
        if mine and theirs and mine != theirs:
            return mine > theirs
    return (one.source, one.place) > (other.source, other.place)
