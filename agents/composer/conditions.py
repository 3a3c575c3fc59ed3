"""Numbers of a question held against the conditions of a sentence: ten hours are not "more than 48 hours"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from questline.agents.tool_planner.counted import counts_in, single
from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.text import STOPWORDS, sentences, stem

from .figures import figures_of
from .ground import Ground
from .periods import years_of

__all__ = ["altered", "branch_lacking", "number_lacking"]

_SECONDS: Final = {"second": 1, "minut": 60, "minute": 60, "hour": 3600, "day": 86400, "night": 86400, "week": 604800}
_LOW: Final = re.compile(
    r"\b(?:more than|over|above|at least|from|no less than|upwards of|not less than|longer than)\s+$", re.IGNORECASE
)
_HIGH: Final = re.compile(
    r"\b(?:less than|under|below|at most|up to|within|no more than|fewer than|not more than|a maximum of|until)\s+$",
    re.IGNORECASE,
)
_LOW_BEHIND: Final = re.compile(
    r"\s*(?:\w+\s+)?(?:or (?:more|over|older|above|longer)|and (?:over|older|above)|upwards|以上)", re.IGNORECASE
)
_HIGH_BEHIND: Final = re.compile(
    r"\s*(?:\w+\s+)?(?:or (?:less|fewer|under|younger)|and (?:under|younger)|以下|以内)", re.IGNORECASE
)
_STRICT: Final = re.compile(
    r"\b(?:more than|over|above|under|below|less than|fewer than|longer than)\s+$", re.IGNORECASE
)
_UNIT: Final = re.compile(r"[\s-]*(?P<unit>[A-Za-z]+)")
_GROUP: Final = re.compile(
    r"\b(?P<noun>groups?|part(?:y|ies)|class(?:es)?|teams?|famil(?:y|ies)|crews?|orders?|sets?) of"
    r" (?:at least |more than |up to |over )?$",
    re.IGNORECASE,
)
_BRANCH: Final = re.compile(r"^(?:if|when|where|for|from)\b|\bif you\b", re.IGNORECASE)
_OTHERWISE: Final = re.compile(
    r"\b(?:otherwise|later than that|later|after that|anyone else|all others|in any other case)\b", re.IGNORECASE
)
_BEGUN: Final = re.compile(r"\b(?:each|every|per|for an?) \w+ (?:or part\b|begun|started|commenced)", re.IGNORECASE)
_ALTERS: Final = re.compile(
    r"\b(?:discounts?|reductions?|rebates?|reduced|cheaper|surcharges?|supplements?|extra|off|free|on top|additional"
    r"|less|half price)\b|%|\bper ?cent\b",
    re.IGNORECASE,
)
_STARTS: Final = re.compile(r"\b(?:from|after|over|above|more than|at least|beyond)\s+(?:the\s+)?$", re.IGNORECASE)
_GROUPS: Final = frozenset(map(stem, ("group", "party", "class", "team", "people", "person")))
_PERSONS: Final = frozenset(
    map(stem, ("person", "people", "adult", "guest", "visitor", "child", "pupil", "student", "us"))
)
_AGES: Final = frozenset({"year", "age", "old", "aged"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Amount:
    """A number with its unit; lengths of time in seconds."""

    value: float
    unit: str
    text: str
    low: bool = False
    high: bool = False
    strict: bool = False

    def met(self, value: float) -> bool:
        """Say whether a number meets this threshold."""
        if self.low:
            return value > self.value if self.strict else value >= self.value
        return value < self.value if self.strict else value <= self.value


def _amounts(text: str) -> Iterator[_Amount]:
    for one in numbers_in(text):
        if one.ordinal or not isinstance(one.value, int | float):
            continue
        unit = _unit(text, one.start, one.end)
        value = float(one.value) * _SECONDS.get(unit, 1)
        before, after = text[: one.start], text[one.end :]
        low = bool(_LOW.search(before) or _LOW_BEHIND.match(after))
        high = not low and bool(_HIGH.search(before) or _HIGH_BEHIND.match(after))
        yield _Amount(
            value=value, unit="time" if unit in _SECONDS else unit, text=text[one.start : one.end].strip(),
            low=low, high=high, strict=bool(_STRICT.search(before)),
        )  # fmt: skip


def _unit(text: str, start: int, end: int) -> str:
    """Return the stem of what a number counts: the hour of "10 hours", the group of "a group of 12"."""
    kin = _GROUP.search(text[:start])
    behind = _UNIT.match(text, end)
    word = behind["unit"].casefold() if behind else ""
    return stem(kin["noun"].casefold()) if kin else "" if word in STOPWORDS else stem(word)


def number_lacking(question: str, ground: Ground) -> str:
    """Return a number of a question that neither stands in its evidence nor meets a condition there; else nothing.

    Args:
        question: Without the paths of files.
        ground: What is told.
    """
    said = [one for one in _amounts(ground.told) if one.low or one.high]
    figures, held = figures_of(question), figures_of(ground.whole)
    clocks = {reading for one in held.clocks for reading in one.readings}
    for clock in figures.clocks:
        if clocks and not clocks & set(clock.readings):
            return clock.text.strip()
    known = {float(one.value) for one in held.numbers} | {float(one.value) for one in _plain(ground.whole)}
    years = years_of(question)
    begun = _BEGUN.search(ground.told) is not None
    counted = {float(one.value) for one in counts_in(question, times=True)}
    for one in _amounts(figures.rest):
        kin = [each for each in said if each.unit == one.unit or (each.unit in _AGES and one.unit in _AGES)]
        if kin and not one.low and not one.high:
            if all(each.met(one.value) for each in kin):
                continue
            return _named(question, one)
        plain = next((float(each.value) for each in _plain(one.text)), one.value)
        if plain in known or plain == 1 or plain in counted or int(plain) in years or (one.unit == "time" and begun):
            continue
        return _named(question, one)
    return ""


def _plain(text: str) -> Iterator[_Amount]:
    for one in numbers_in(text):
        if isinstance(one.value, int | float):
            yield _Amount(value=float(one.value), unit="", text=text[one.start : one.end])


def _named(question: str, amount: _Amount) -> str:
    behind = re.search(rf"{re.escape(amount.text)}[\s-](?P<unit>[A-Za-z]+)", question)
    return behind[0] if behind and behind["unit"].casefold() not in STOPWORDS and amount.unit else amount.text


def branch_lacking(question: str, ground: Ground) -> str:
    """Return what is not told where a sentence holds under a condition of which a question says nothing, and another
    sentence of the source says what holds else."""
    said = [one for one in _amounts(ground.told) if (one.low or one.high) and one.unit]
    if not said or not _BRANCH.search(ground.told) or any(one.unit == said[0].unit for one in _amounts(question)):
        return ""
    rest = ground.whole.replace(ground.told, " ")
    return "every case" if _OTHERWISE.search(rest) and not _OTHERWISE.search(ground.told) else ""


def altered(question: str, told: str) -> str:
    """Return the sentence by which a price changes for as many as a question counts; empty where none does.

    >>> altered("What do ten nights cost?", "A night costs 20. From the seventh night on you get 10 percent off.")
    'From the seventh night on you get 10 percent off.'
    """
    counts = [(one.value, stem(single(one.noun).split()[-1])) for one in counts_in(question, times=True)]
    counts += [(one.value, stem(single(one.noun).split()[0])) for one in counts_in(question, times=True)]
    for span in sentences(told) if counts else ():
        if not _ALTERS.search(span.text):
            continue
        for one in numbers_in(span.text):
            before, after = span.text[: one.start], span.text[one.end :]
            starts = _STARTS.search(before) or _LOW_BEHIND.match(after)
            behind = re.match(r"\s*(?:or more\s+|or over\s+)?(?P<noun>[a-z]+)", after)
            noun = _unit(span.text, one.start, one.end) or (stem(behind["noun"]) if behind else "")
            if not starts or not isinstance(one.value, int | float):
                continue
            kin = {noun, "" if behind is None else stem(single(behind["noun"]))}
            if any(value >= one.value and _counts(counted, kin) for value, counted in counts):
                return span.text
    return ""


def _counts(counted: str, kin: set[str]) -> bool:
    """Say whether a condition is one on what is counted: groups of ten, for tickets for 12 people."""
    return counted in kin or "" in kin or bool(kin & _GROUPS and counted in _PERSONS)
