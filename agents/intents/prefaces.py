"""What is said before questions of what they are for, and is no part of any: "We're planning our trip! What …, when …".

A statement before the questions belongs to each of them, for it may say of what they ask: that stays so where they take
up one of its words or point back to it, and where it holds a number or a name.
"""

from __future__ import annotations

import re
from typing import Final

from questline.tools.number_words import in_words
from questline.tools.text import content_terms, is_cjk

from .closed_words import EMPTY_IT, PRONOUN, THERE

__all__ = ["is_preface"]

_PLANS: Final = re.compile(
    r"\W*(?:so|well|ok|okay)?\W*(?:(?:i|we)(?:['’](?:m|re|ve been)| am| are| have been)(?: all| both| just| now)*"
    r" (?:(?:plann|organi[sz]|arrang|prepar|think|wonder|daydream|dream|look|gett|pack|try)ing|curious|excited|so)\b"
    r"|(?:i|we) (?:can(?:no|['’])t|cannot) wait\b|what (?:an?|fun)\b|how (?:exciting|nice|lovely))",
    re.IGNORECASE,
)
"""Says what somebody is about, and nothing of what they have or are, which may decide what a question means."""
_NAMES: Final = re.compile(r"\d|[\"“”«»]|(?<=\w )[A-Z](?!(?:['’](?:m|d|ll|ve))?\b)")
_AMOUNT: Final = re.compile(
    rf"\b(?:{in_words(2, 12)}|twenty|dozen|hundred|half|both|couple)\b",
    re.IGNORECASE,
)
_POINTS: Final = re.compile(
    rf"\b(?:{PRONOUN}|this|that|these|those|such|same|one|ones|former|latter|other|another|so)\b", re.IGNORECASE
)


def is_preface(statement: str, questions: str) -> bool:
    """Say whether a statement only tells what the questions behind it are for.

    >>> is_preface("We're planning our trip", "What does a night cost, and when does the bakery open?")
    True
    >>> is_preface("We're planning a trip with 4 dogs", "What does a night cost, and when does the bakery open?")
    False
    """
    if is_cjk(statement) or _PLANS.match(statement) is None or _NAMES.search(statement) or _AMOUNT.search(statement):
        return False
    if set(content_terms(statement)) & set(content_terms(questions)):
        return False
    plain = EMPTY_IT.sub(" ", questions)
    return not (_POINTS.search(plain) or THERE.search(plain))
