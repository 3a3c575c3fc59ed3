"""Amounts with their units and bounds: "above 200 euros", "up to 25 MB", "between 10 and 20 people".

A bound is an interval. A rule that holds inside an interval is asked about with a single amount ("an expense of 300
euros"); a claim is asked with an interval and stated with a single amount ("Is it over 80 metres tall?").
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from questline.tools.text import STOPWORDS, stem

from .values import DATE, NUMBER, number_value

__all__ = ["CALENDAR", "Amount", "amounts", "holds", "is_claim", "is_unit", "without_bounds"]

_ABOVE: Final = (
    r"(?:not |no )?(?:more|greater|higher|larger|longer|older|heavier|bigger|taller|wider|deeper|later) than"
    r"|above|over|exceed(?:s|ing)?|beyond|after"
)
_BELOW: Final = (
    r"(?:not |no )?(?:less|fewer|lower|smaller|shorter|younger|lighter|earlier) than|below|under(?: the age of)?|before"
)
_FROM: Final = r"at least|no fewer than|a minimum of|minimum of|from|since|starting (?:at|from)|as of"
_UP_TO: Final = (
    r"at most|up to(?: and including)?|a maximum of|maximum of|no later than|not exceed(?:ing)?|within|until"
    r"|(?:is |are )?(?:limited|capped) (?:to|at)|(?:limit|maximum|cap) (?:is|of)"
)
_BOUND: Final = re.compile(
    rf"\b(?:(?P<between>between|from) (?P<low>[^\s]+(?: [a-z]+)?) (?:and|to) |(?P<upto>{_UP_TO}) |(?P<above>{_ABOVE}) "
    rf"|(?P<below>{_BELOW}) |(?P<from>{_FROM}) )(?:a |an |the |about )?$",
    re.IGNORECASE,
)
_NEGATED: Final = re.compile(r"^(?:no|not)\b", re.IGNORECASE)
_BEHIND: Final = re.compile(
    r"\s?(?:[\w-]+ (?:old )?)?(?P<more>(?:or|and) (?:more|over|older|above|longer|larger|higher|up)|upwards?)\b"
    r"|\s?(?:[\w-]+ (?:old )?)?(?P<less>(?:or|and) (?:less|fewer|under|younger|below|shorter|smaller))\b",
    re.IGNORECASE,
)
_UNIT: Final = re.compile(r"(?:\s|-)?(?P<unit>[^\W\d_]+)(?:[\s-](?:old|tall|long|high|wide|deep)\b)?")
_LABEL: Final = re.compile(
    r"(?:\b[A-Z][\w'’]*|\b(?:version|release|room|article|section|chapter|rule|paragraph|line|gate|platform|level|number"
    r"|no\.|floor|phase|stage|step|part|page|class|grade|season|episode|volume|quarter|series|figure|table|appendix|annex))\s$"
)
"""What stands before a number that names something (``Windows 7``, ``room 12``) and counts nothing."""
_NO_LABELS: Final = STOPWORDS | frozenset(
    "between exactly nearly only almost around roughly beyond before after within since until every".split()  # noqa: SIM905 because a list of words reads best as prose
)
_SIGNS: Final = {"$": "dollar", "£": "pound", "€": "euro", "¥": "yen", "%": "percent"}
_SCALED: Final = {
    "kb": ("byte", 1e3), "mb": ("byte", 1e6), "gb": ("byte", 1e9), "tb": ("byte", 1e12), "kilobyte": ("byte", 1e3),
    "megabyte": ("byte", 1e6), "gigabyte": ("byte", 1e9), "terabyte": ("byte", 1e12),
    "second": ("second", 1), "minute": ("second", 60), "hour": ("second", 3600), "day": ("second", 86400),
    "week": ("second", 7 * 86400), "month": ("month", 1), "year": ("month", 12),
    "mm": ("metre", 1e-3), "cm": ("metre", 1e-2), "m": ("metre", 1), "metre": ("metre", 1), "meter": ("metre", 1),
    "km": ("metre", 1e3), "kilometre": ("metre", 1e3), "kilometer": ("metre", 1e3), "mile": ("metre", 1609.344),
    "g": ("gram", 1), "gram": ("gram", 1), "kg": ("gram", 1e3), "kilo": ("gram", 1e3), "kilogram": ("gram", 1e3),
    "tonne": ("gram", 1e6), "eur": ("euro", 1), "euro": ("euro", 1), "usd": ("dollar", 1), "gbp": ("pound", 1),
    "person": ("person", 1), "people": ("person", 1), "participant": ("person", 1), "guest": ("person", 1),
    "percent": ("percent", 1),
}  # fmt: skip
_BY_STEM: Final = {stem(name): unit for name, unit in _SCALED.items()}
_KNOWN: Final = frozenset(unit for unit, _ in _BY_STEM.values()) | frozenset(_SIGNS.values())
CALENDAR: Final = "calendar"
"""The unit of a bare year."""
_CLAIMED: Final = re.compile(
    r"\b(?:have|cost|weigh|contain|last|measure|hold|employ|earn|sell|carry|total|number|take)\s+$", re.IGNORECASE
)
_STATES: Final = re.compile(r"^\W*(?:is|are|was|were|do|does|did|has|have|had)\b", re.IGNORECASE)
_FOR: Final = re.compile(r"\b(?:of|for|with|at|a|an|by|on|in|after|worth)\s+$", re.IGNORECASE)
_LEFT: Final = re.compile(r"[^\W\d_]+")
_MEASURE: Final = frozenset("tall high long wide deep old heavy large big far total in all".split())  # noqa: SIM905 because a list of words reads best as prose


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number in a sentence, or the interval that the words around it make of it."""

    low: float
    high: float
    open_low: bool = False
    """The interval begins just above `low`."""
    open_high: bool = False
    """The interval ends just below `high`."""
    unit: str
    """What is counted or measured, as a stem; for a number that names something, the word before it and ``#``."""
    start: int
    """First character, that of the words of the bound."""
    end: int
    """One past the last character of the number and its unit."""

    @property
    def exact(self) -> bool:
        """Whether it is a single number."""
        return self.low == self.high

    @property
    def named(self) -> bool:
        """Whether the number names something (a version, a room) instead of counting."""
        return self.unit.endswith("#")

    def within(self, other: Amount) -> bool:
        """Say whether every value of this amount is one of `other`'s."""
        above = self.low > other.low or (self.low == other.low and (self.open_low or not other.open_low))
        below = self.high < other.high or (self.high == other.high and (self.open_high or not other.open_high))
        return above and below

    def apart(self, other: Amount) -> bool:
        """Say whether no value belongs to both."""
        first, second = (self, other) if self.low <= other.low else (other, self)
        if self.low == other.low and self.exact != other.exact:
            return (self.open_low or other.open_low) and (self.exact or other.exact)
        return first.high < second.low or (first.high == second.low and (first.open_high or second.open_low))


def is_unit(word: str) -> bool:
    """Say whether `word` is the name or symbol of a unit of measure ("GB")."""
    return stem(word) in _BY_STEM


def amounts(text: str) -> list[Amount]:
    """Return the amounts of `text` in order; the parts of dates are none."""
    found_dates = list(DATE.finditer(text))
    dates = [match.span() for match in found_dates if match.lastgroup != "year"]
    years = {match.start() for match in found_dates if match.lastgroup == "year"}
    found: list[Amount] = []
    for match in NUMBER.finditer(text):
        if not any(character.isdigit() for character in match.group()):
            continue
        if any(start <= match.start() < end for start, end in dates):
            continue
        value = number_value(match.group())
        if value is not None:
            found.append(_amount(text, match, value, year=match.start() in years))
    return [item for item in found if not any(_inside(item, other) for other in found)]


def _inside(one: Amount, other: Amount) -> bool:
    """Say whether an amount is only a part of a longer one ("from 10" of "from 10 to 20")."""
    return one is not other and other.start <= one.start and one.end < other.end


def _amount(text: str, match: re.Match[str], value: float, *, year: bool) -> Amount:
    unit, end, factor = _unit(text, match)
    if year and unit not in _KNOWN:
        unit, end, factor = CALENDAR, match.end(), 1.0
    value *= factor
    bound = _BOUND.search(text[: match.start()])
    if bound is None:
        behind = _BEHIND.match(text[match.end() : match.end() + 40])
        more, less = (behind is not None and behind.group(name) is not None for name in ("more", "less"))
        return Amount(
            low=-math.inf if less else value, high=math.inf if more else value, unit=unit, start=match.start(), end=end
        )
    start = bound.start()
    if bound.group("between"):
        low = number_value(bound.group("low"))
        if low is None:
            return Amount(low=value, high=value, unit=unit, start=match.start(), end=end)
        return Amount(low=low * factor, high=value, unit=unit, start=start, end=end)
    kind = next(name for name in ("upto", "above", "below", "from") if bound.group(name))
    turned = bool(_NEGATED.match(bound.group(kind)))
    if kind == "upto" or (kind == "above" and turned):
        return Amount(low=-math.inf, high=value, unit=unit, start=start, end=end)
    if kind == "from" or (kind == "below" and turned):
        return Amount(low=value, high=math.inf, unit=unit, start=start, end=end)
    if kind == "above":
        return Amount(low=value, high=math.inf, open_low=True, unit=unit, start=start, end=end)
    return Amount(low=-math.inf, high=value, open_high=True, unit=unit, start=start, end=end)


def _unit(text: str, match: re.Match[str]) -> tuple[str, int, float]:
    """Return the unit of a number, where it ends, and by what the number is multiplied."""
    for sign, name in _SIGNS.items():
        if sign in match.group():
            return name, match.end(), 1.0
    if "per" in match.group().casefold():
        return "percent", match.end(), 1.0
    label = _LABEL.search(text[: match.start()])
    if label and label.group().strip().casefold() not in _NO_LABELS:
        return f"{stem(label.group().strip())}#", match.end(), 1.0
    behind = _UNIT.match(text, match.end())
    if behind is None or behind.group("unit").casefold() in STOPWORDS:
        return "", match.end(), 1.0
    word = stem(behind.group("unit"))
    unit, factor = _BY_STEM.get(word, (word, 1.0))
    return unit, behind.end(), factor


def is_claim(question: str, asked: Amount) -> bool:
    """Say whether a yes/no question asks whether its subject has that amount, not what holds for the amount.

    ("Does the tower have 300 steps?" against "Does an order of 300 euros ship for free?")
    """
    if not _STATES.match(question):
        return False
    before = question[: asked.start]
    if _CLAIMED.search(before):
        return True
    left = [word for word in _LEFT.findall(question[asked.end :]) if word.casefold() not in _MEASURE]
    return not left and not _FOR.search(before)


def holds(question: str, sentence: str) -> tuple[bool | None, tuple[Amount, ...]]:
    """Compare the amounts of a yes/no question with the bounds of a sentence.

    Returns:
        Whether what the sentence says holds for the asked amount (None when no bound speaks of it, or when the bound
        leaves it open), and the amounts of the question that a bound or a claim was found for.
    """
    stated = amounts(sentence)
    compared: list[Amount] = []
    verdicts: list[bool | None] = []
    for asked in amounts(question):
        same = [one for one in stated if one.unit == asked.unit and not one.named and not (one.exact and asked.exact)]
        if not same or asked.named:
            continue
        compared.append(asked)
        verdicts.append(_one(asked, same[0], claim=is_claim(question, asked)) if len(same) == 1 else None)
    if not verdicts or None in verdicts:
        return None, tuple(compared)
    return all(verdicts), tuple(compared)


def _one(asked: Amount, stated: Amount, *, claim: bool) -> bool | None:
    if asked.apart(stated):
        return False
    if stated.exact or claim:
        return True if stated.within(asked) else None
    return True if asked.within(stated) else None


def without_bounds(sentence: str) -> str:
    """Return `sentence` without the words of its bounds: the "no" of "no more than 5" denies nothing."""
    for item in reversed(amounts(sentence)):
        if not item.exact:
            sentence = sentence[: item.start] + sentence[item.end :]
    return sentence
