"""Sentences that ask for something of their own, whatever their verb is: "Name the supplier.", "Work out what I owe."

A sentence that opens a question may be left out where it only tells something. One that asks may not: then a need would
be lost. An order is known by its form, a word of no closed class before its object, and not by a list of verbs.
"""

from __future__ import annotations

import re
from typing import Final

from questline.tools.calendar_words import WEEKDAY
from questline.tools.tool_retrieval.intents import VERBS

from .closed_words import WH

__all__ = ["KNOWS", "orders", "requests"]

_OBJECT: Final = (
    r"(?:the|an?|my|our|your|his|her|their|its|this|that|these|those|me|us|him|it|them|all|each|every|both|any|some"
    rf"|{WH}|whether|if)"
)
_NO_VERB: Final = (
    r"(?:i|you|he|she|it|we|they|one|this|that|these|those|there|here|the|an?|my|our|your|his|her|their|its|all|each"
    r"|every|both|any|some|no|none|another|either|neither|such|same|only|and|or|but|so|if|when|while|because|since"
    r"|although|though|unless|until|till|after|before|once|as|than|of|in|on|at|to|from|for|by|with|without|about"
    r"|under|over|into|onto|through|during|between|among|against|per|via|like|near|beside|behind|above|below|is|are"
    r"|was|were|be|am|do|does|did|has|have|had|will|would|can|could|shall|should|may|might|must|who|whom|whose|what"
    r"|where|which|why|how|whether|not|yes|thanks?|hello|hi|hey|dear|sorry|now|then|today|tomorrow|yesterday|tonight"
    rf"|{WEEKDAY}s?|maybe|perhaps|also|again|just|really|very|too|well|what's|it's)"
)
_ORDER: Final = re.compile(
    rf"(?:(?:and|also|then|please|kindly)[,\s]+)*(?!{_NO_VERB}\b)[a-z]+\s+(?:(?:out|up|down|off|over|in)\s+)?"
    rf"(?:{_OBJECT}\b|\d)",
    re.IGNORECASE,
)
_FINITE: Final = re.compile(
    r"\b(?:is|are|was|were|am|has|had|will|would|can|could|isn't|aren't|won't)\b", re.IGNORECASE
)
_ASKS: Final = re.compile(rf"\b(?:{WH}|whether|if|that)\b", re.IGNORECASE)
_VERB: Final = re.compile(rf"(?:(?:and|also|then|please|kindly)[,\s]+)*(?:{VERBS})\b", re.IGNORECASE)
KNOWS: Final = re.compile(
    r"\b(?:to (?:know|hear|find out|learn|be told|ask|check)|wondering|wonder|curious)\b", re.IGNORECASE
)
"""A wish to be told something, which is a question by itself."""
_READ: Final = 400
"""Characters in which an order shows that it is one."""


def orders(sentence: str) -> bool:
    """Whether a sentence orders something, by its form: a word that can only be a verb, and its object.

    >>> orders("Name the supplier of the rye flour."), orders("Curtain up is 19:30."), orders("Monday the 5th is full.")
    (True, False, False)
    """
    match = _ORDER.match(sentence.strip())
    if match is None:
        return False
    finite = _FINITE.search(sentence[:_READ])
    return finite is None or _ASKS.search(sentence[: finite.start()]) is not None


def requests(sentence: str) -> bool:
    """Whether a sentence asks for something of its own, and does not only tell what another asks about.

    >>> requests("I need 60 flapjacks."), requests("I'd like to know when it opens."), requests("Who is Ada?")
    (False, True, True)
    """
    said = sentence.strip()
    return said.endswith(("?", "？")) or bool(_VERB.match(said)) or orders(said) or bool(KNOWS.search(said[:_READ]))
