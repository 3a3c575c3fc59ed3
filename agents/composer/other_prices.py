"""Prices that a sum passed over: told of somebody whom the question names, or of another of the things it adds up.

"A night costs 22 euros, for tenants of the house 15 euros": four nights for a tenant are not four times 22. And one
price that a source tells once is not the price of a bicycle and of a cargo bike as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from questline.agents.tool_planner.counted import counts_in
from questline.agents.tool_planner.number_fit import MONEY_ASKED, piece_of
from questline.agents.tool_planner.pieces import asking
from questline.tools.reading.predicates import says_little
from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.text import content_terms, sentences, stem, words

from .figures import figures_of
from .ground import Ground

__all__ = ["alike_priced", "priced_for_others", "reduced_lacking"]

_NOT: Final = re.compile(r"\b(?:not|no|never|without|except|\w+n['’]t)\b", re.IGNORECASE)
_WHOM: Final = re.compile(
    r"\b(?:for|as|i['’]?m|i am|we are|we['’]?re|being|am) (?:an? |the |my |our |two |\d+ )?(?P<who>[a-z]{4,})\b",
    re.IGNORECASE,
)
_LESS: Final = re.compile(
    r"\b(?:discount|reduction|rebate|reduced|cheaper|surcharge|supplement|extra|off|free|nothing|half price|half)\b"
    r"|%|\bper ?cent\b",
    re.IGNORECASE,
)


def priced_for_others(question: str, formula: str, told: Sequence[str]) -> str:
    """Return the word of a question that a source ties to another price than the one that was used; else nothing.

    Args:
        question: English; one that says no to something has no such word.
        formula: What was worked out.
        told: What its sources say.
    """
    if _NOT.search(question) or re.search(r"\s[-/]\s", formula):  # of a difference each side has its own
        return ""
    used = {float(one.value) for one in figures_of(formula).numbers}
    counted = {stem(word) for one in counts_in(question, times=True) for word in one.noun.split()}
    said = " ".join([asking(question), *(match["who"] for match in _WHOM.finditer(question))])
    asked = set(content_terms(MONEY_ASKED.sub(" ", said))) - counted
    for span in (one for text in told for one in sentences(" ".join(text.split()))):
        amounts = [
            (one.start, float(one.value), _coin(span.text, one.start, one.end))
            for one in numbers_in(span.text)
            if isinstance(one.value, int | float)
        ]
        own = [at for at, value, _ in amounts if value in used]
        coins = {coin for _, value, coin in amounts if value in used}
        others = [at for at, value, coin in amounts if value not in used and coin and coin in coins]
        held = {term for at in own for term in content_terms(piece_of(span.text, at))}
        for at in others if own else ():
            tied = set(content_terms(piece_of(span.text, at))) & asked - held
            word = next((word for word in words(question) if stem(word) in tied and not says_little(stem(word))), "")
            if word and word.isalpha():
                return word
    return ""


def _coin(text: str, start: int, end: int) -> str:
    """Return the sign before a number, or the word behind it: two prices have the same."""
    sign = re.search(r"[$€£¥]\s?$", text[:start]) or re.match(r"[$€£¥]", text[start:end])
    behind = re.match(r"\s*(?P<unit>[A-Za-z]+|[$€£¥])", text[end:])
    return sign[0].strip() if sign else behind["unit"].casefold() if behind else ""


def alike_priced(question: str, formula: str, told: Sequence[str]) -> bool:
    """Say whether a sum has one price for two things, which its sources tell but once."""
    terms = [term for term in re.split(r"\s\+\s", formula) if term.strip()]
    counts = {float(one.value) for one in counts_in(question, times=True)}
    prices = [float(found[-1].value) for term in terms if (found := figures_of(term).numbers)]
    again = {price for price in prices if prices.count(price) > 1 and price not in counts}
    said = [float(one.value) for text in told for one in figures_of(text).numbers]
    return any(said.count(price) == 1 for price in again)


def reduced_lacking(question: str, ground: Ground) -> str:
    """Return for whom a price is asked where another sentence of the source changes it for them: members pay less."""
    if _NOT.search(question) or _LESS.search(ground.told):
        return ""
    for match in _WHOM.finditer(question):
        who = stem(match["who"].casefold())
        if who in set(content_terms(ground.told)):
            continue
        for span in sentences(" ".join(ground.whole.split())):
            if who in set(content_terms(span.text)) and _LESS.search(span.text):
                return f"the price for a {match['who']}"
    return ""
