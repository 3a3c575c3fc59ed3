"""What somebody or something does, or where it is now, which a sentence about the same thing need not speak of.

"When does the coach to the caves leave" is not answered by the day of the trip to the caves, nor "which books are still
out" by what late books cost.
"""

from __future__ import annotations

import re
from typing import Final

from questline.tools.calendar_words import WEEKDAY
from questline.tools.reading.predicates import alike, says_little
from questline.tools.text import STOPWORDS, content_terms, stem, words

from .ground import Ground

__all__ = ["deed_lacking", "state_lacking"]

_DEED: Final = re.compile(
    r"\b(?:when|(?:at )?what time|(?:on )?(?:what|which) day) (?:does|do|did|will) (?:the|our|my|your|an?) "
    r"(?P<noun>[a-z][a-z-]*) (?P<of>(?:to|from|for|of|with|in|on|at) [^?,]+ )(?P<verb>[a-z]+)[\s?.!]*$",
    re.IGNORECASE,
)
_TIMES: Final = re.compile(rf"(?:{WEEKDAY}s?|daily|usually|always|today|tomorrow)", re.IGNORECASE)
_STATE: Final = re.compile(
    r"^\W*(?:which|what|who|whose)\b(?P<of>[^?,]{0,60}?) (?:is|are|was|were)"
    r"(?: (?:still|already|now|currently|not|yet|today|at the moment))* "
    r"(?P<state>out|off|on|in|over|away|back|up|down|left|here|there)(?: (?:now|today|still|yet))?[\s?.!]*$",
    re.IGNORECASE,
)


def deed_lacking(question: str, ground: Ground) -> str:
    """Return what does something, where sentences speak neither of it nor of what it does; empty where they do.

    Only where more is said of it: then that is what the sentences share with the question.
    """
    match = _DEED.search(question.strip())
    if match is None or _TIMES.fullmatch(match["verb"]) or match["verb"].casefold() in STOPWORDS:
        return ""
    told = frozenset(content_terms(ground.told))
    spoken = any(alike(stem(match[name].casefold())) & told for name in ("noun", "verb"))
    if (
        spoken
        or says_little(stem(match["noun"].casefold()))
        or re.search(r"\b(?:it|they|he|she)\b", ground.told, re.IGNORECASE)
    ):
        return ""
    return f"the {match['noun']}"


def state_lacking(question: str, ground: Ground) -> str:
    """Return the small word that is all a question asks of things ("out", "on"), where sentences do not have it."""
    match = _STATE.search(question.strip())
    if match is None:
        return ""
    state = match["state"].casefold()
    return "" if state in words(ground.told) else f"which are “{state}”"
