"""What must still be reckoned: a price for another stretch or piece, an average, a difference, a share of several.

A sentence may state what an answer can be worked out of ("48 euros a night", for a week) without being the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.text import STOPWORDS, stem, words

from .ground import Ground

__all__ = ["field_lacking", "rate_lacking", "rates_of", "worked_lacking"]

_TIMES: Final = "second|minute|hour|day|night|week|weekend|fortnight|month|quarter|season|term|year"
_RATE: Final = re.compile(
    rf"\b(?:(?:per|each|every|for each|for every)\s+(?P<each>[a-z]+)|an?\s+(?P<time>{_TIMES})\b(?!['’]))", re.IGNORECASE
)
_ADVERB: Final = re.compile(
    r"\b(?P<word>hourly|daily|nightly|weekly|fortnightly|monthly|quarterly|yearly|annual(?:ly)?)\b", re.IGNORECASE
)
_OF_ADVERB: Final = {
    "hourly": "hour", "daily": "day", "nightly": "night", "weekly": "week", "fortnightly": "fortnight",
    "monthly": "month", "quarterly": "quarter", "yearly": "year", "annual": "year", "annually": "year",
}  # fmt: skip
_CHINESE: Final = re.compile(r"(?:每|一)(?:个)?(?P<unit>小时|分钟|天|日|晚|夜|周|星期|月|年|人|次)(?!共|起|直|定)")
_SAME_ZH: Final = {"日": "天", "夜": "晚", "星期": "周"}
_HOW_OFTEN: Final = re.compile(r"\bhow (?:often|many times|many days|many hours)\b|\btimes an?\b", re.IGNORECASE)
_ONE_OF: Final = re.compile(
    r"\b(?:one|a single|an individual|an?|each|per|every)\s+(?P<noun>[a-z]{3,})\b", re.IGNORECASE
)
_KIN: Final[tuple[frozenset[str], ...]] = tuple(
    frozenset(map(stem, group.split()))
    for group in ("person people adult guest head visitor participant", "day daily", "journey trip ride crossing")
)
_WORKED: Final[tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...]] = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(said, re.IGNORECASE), what)
    for asked, said, what in (
        (r"\b(?:on )?average\b|\bmean\b(?= [a-z])|平均", r"\baverag|\bmean\b|\btypical|\busual|平均", "an average"),
        (
            r"\b(?:difference|gap) (?:between|in)\b|相差|差多少",
            r"\bdifferen|\bgap\b|\b(?:more|less|fewer|higher|lower|longer|older|younger) (?:\w+ )?than\b|相差|差",
            "a difference",
        ),
        (
            (
                r"\bhow (?:much|many)\s+(?:\w+\s+){0,2}?(?:more|less|fewer|longer|shorter|higher|taller|deeper|heavier"
                r"|older|younger|cheaper|dearer|further|farther)\b(?=.*\bthan\b)|\bby how (?:much|many)\b"
                r"|\bhow much (?:more|less|dearer|cheaper|higher|lower) (?:is|are|was|were|does|do|did|will|would)\b"
            ),
            r"\bthan\b|\bdifferen|\bby \d",
            "a difference",
        ),
        (
            r"\bhow (?:many (?:years|months|weeks|days|hours|minutes)|long) (?:after|before|since|between|passed)\b",
            r"\b(?:years?|months?|weeks?|days?|hours?|minutes?) (?:after|before|later|earlier|between|since)\b",
            "a length of time",
        ),
        (
            r"\bhow many times (?:as|more|bigger|larger|longer)\b|\bratio\b",
            r"\btimes\b|\bratio\b|\btwice\b|\bdouble\b",
            "a ratio",
        ),
        (
            (
                r"\b(?:altogether|in total|in all|combined|put together|all in all)\b|\bsum of\b"
                r"|[\d二两三四五六七八九十][个位名张天晚周次只瓶杯份人].*(?:一共|总共)"
            ),
            r"\b(?:altogether|total|in all|combined|together|sum)\b|共|合计|总",
            "a total",
        ),
    )
)  # fmt: skip
_UNITS_OF_FIELDS: Final = frozenset(
    listed("litre litres liter liters l kg g km m cm nm min minutes hours h days kwh c pct percent")
)
_COMING: Final = re.compile(r"\b(?:next|upcoming|due (?:again|for)|falls? due|again)\b", re.IGNORECASE)
_PAST: Final = re.compile(r"\b(?:last|latest|previous|since|done|serviced|checked|tested|inspected)\b")
"""What is due next is not told by when it was done last."""
_STRETCHES: Final = re.compile(rf"\s+(?P<unit>{_TIMES})s\b", re.IGNORECASE)
_MANY: Final = re.compile(r"\bhow many (?P<noun>[a-z]+)", re.IGNORECASE)


def rates_of(text: str) -> frozenset[str]:
    """Return the stems of what a text tells or asks a rate for: the night of "48 euros a night".

    >>> sorted(rates_of("12 pounds an hour, 5 for each crossing, and a weekly fee"))
    ['cross', 'hour', 'week']
    """
    found = {stem((match["each"] or match["time"]).casefold()) for match in _RATE.finditer(text)}
    found |= {_OF_ADVERB[match["word"].casefold()] for match in _ADVERB.finditer(text)}
    found |= {_SAME_ZH.get(match["unit"], match["unit"]) for match in _CHINESE.finditer(text)}
    return frozenset(found - set(map(stem, STOPWORDS)))


def rate_lacking(question: str, ground: Ground) -> str:
    """Return for what a rate is wanted that the sentence does not tell so; empty where it does, or none is wanted.

    Args:
        question: It asks for an amount.
        ground: What is told.
    """
    if _HOW_OFTEN.search(question):
        return ""
    said = rates_of(ground.told)
    held = frozenset(map(stem, words(ground.told))) | said
    for rate in sorted(rates_of(question)):
        kin = frozenset({rate}).union(*(group for group in _KIN if rate in group))
        lone = kin & held if not _is_time(rate) else kin & said
        if not lone and (said or _is_time(rate)):
            return f"told for {'each ' if not rate.isascii() else 'one '}{_word(question, rate)}"
    return _of_many(question, ground, said) or _of_several(question, ground)


def _of_many(question: str, ground: Ground, said: frozenset[str]) -> str:
    """Return the stretch of which several are asked for, where a sentence tells a rate for one: 5 days, at 6 a day."""
    for one in numbers_in(question):
        unit = _STRETCHES.match(question, one.end)
        if unit is None or one.ordinal or not isinstance(one.value, int) or one.value < 2:
            continue
        known = any(each.value == one.value for each in numbers_in(ground.told))
        if stem(unit["unit"].casefold()) in said and not known:
            return f"told for one {unit['unit'].casefold()}"
    return ""


def _is_time(rate: str) -> bool:
    return not rate.isascii() or rate in {stem(one) for one in _TIMES.split("|")}


def _word(question: str, rate: str) -> str:
    return next((word for word in words(question) if stem(word) == rate), rate)


def _of_several(question: str, ground: Ground) -> str:
    """Return the noun of which one is asked for, where a sentence counts several: a lesson, of a course of six."""
    wanted = {stem(match["noun"].casefold()): match["noun"] for match in _ONE_OF.finditer(question)}
    for count, noun in _counted(ground.told):
        if count > 1 and noun in wanted and not _told_of_one(ground.told, noun):
            return f"told for one {wanted[noun]}"
    return ""


def _counted(text: str) -> Iterator[tuple[int, str]]:
    for one in numbers_in(text):
        behind = re.match(r"\s*(?P<noun>[a-z]{3,}s)\b", text[one.end :])
        if behind and isinstance(one.value, int) and not one.ordinal:
            yield one.value, stem(behind["noun"])


def _told_of_one(text: str, noun: str) -> bool:
    return any(stem(match["noun"].casefold()) == noun for match in _ONE_OF.finditer(text))


def worked_lacking(question: str, ground: Ground) -> str:
    """Return what has to be worked out (an average, a difference) and is not told as such; empty where nothing has."""
    return next((what for asked, said, what in _WORKED if asked.search(question) and not said.search(ground.told)), "")


def field_lacking(question: str, name: str) -> str:
    """Return what the name of a field tells that a question does not ask for: a price a litre, litres for crossings.

    >>> field_lacking("What does one crossing cost?", "price_per_litre_eur")
    'told for one crossing'
    """
    said = words(name.replace("_", " ").replace(".", " "))
    asked = frozenset(map(stem, words(question)))
    if _COMING.search(question) and _PAST.search(" ".join(said)):
        return "the next one"
    per = next((said[place + 1] for place, word in enumerate(said[:-1]) if word in ("per", "each")), "")
    many = _MANY.search(question)
    counted = said[: next((place for place, word in enumerate(said) if word in ("per", "each", "a")), len(said))]
    people = bool(many) and many["noun"].casefold() == "people" and bool({"persons", "person", "guests"} & set(said))
    if many and not people and stem(many["noun"]) not in map(stem, counted if per else said[-1:]):
        unit = next((word for word in said if word in _UNITS_OF_FIELDS), "")
        if unit and stem(unit) != stem(many["noun"]):
            return f"a number of {many['noun']}"
    if per and stem(per) not in asked:
        one = _ONE_OF.search(question)
        return f"told for one {one['noun']}" if one else "told as it was asked for"
    return ""
