"""What the pronouns of a clause mean: a thing that the question says, or the result of an earlier clause.

A question for a property ("when was the kiln built", "how deep is Lake Serin") says what it is about; one for a thing
("which city", "who") does not: there a pronoun means the answer, which only its result can tell.
"""

from __future__ import annotations

import re
from typing import Final

from .closed_words import EMPTY_IT, PRONOUN, THERE
from .ellipsis import NAME

__all__ = ["needs_earlier", "resolved"]

_RESULT: Final = re.compile(
    r"\b(?:the (?:results?|answer|output|outcome)|based on (?:that|this|it|these|those)"
    r"|the (?:first|second|third|last|other|best|cheapest|latest|former|latter) (?:one|ones)"
    r"|(?:is|are|of|to|from|with|on|in|for|by|using|use|do|does|was|than|until|till|since|after|before)"
    r" (?:that|this|these|those|then)(?= (?:number|value|result|amount|city|country|file|year|day|date|person|place"
    r"|list|sum|price|one)\b|$|[,.;?!])"
    r"|(?:is|was) that\b|accordingly)\b",
    re.IGNORECASE,
)
_PRONOUN: Final = re.compile(rf"\b{PRONOUN}\b", re.IGNORECASE)
_CHINESE: Final = re.compile(r"(?<!其)[它他她]|那里|那儿|(?<![\u4e00-\u9fff])那天|这个结果|结果")
_PROPERTY: Final = re.compile(
    r"^(?:when|how|where|why|is|are|was|were|does|do|did|has|have|what (?:do|does|did))\b", re.IGNORECASE
)
_WHO: Final = re.compile(r"^(?:who|whose)\b", re.IGNORECASE)
_PERSON: Final = re.compile(r"^(?:he|him|his|she|her)$", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"^(?:they|them|their)$", re.IGNORECASE)
_RECKONED: Final = re.compile(
    r"(?:%|\b(?:per ?cent|half|thirds?|quarters?|fifths?|tenths?|twice|double|times|plus|minus|by))"
    r" (?:of )?(?:it|that|them)\b",
    re.IGNORECASE,
)
"""What is reckoned with is a value, and no thing."""
_NAMES: Final = re.compile(rf"(?<=\s){NAME}")
_IN_NAME: Final = re.compile(rf"\b(?:in|of|at)\s+({NAME})")
_THING: Final = re.compile(
    r"^(?:(?:how (?P<measure>[a-z]+)|when|where|why|what|who) )?(?P<verb>[a-z]+) "
    r"(?P<x>(?:the|our|my|your|this|that|an?) [^,;:?.!]{1,80})",
    re.IGNORECASE,
)
_ENDS: Final = re.compile(
    r" (?:in|on|at|to|from|for|by|with|without|since|until|till|after|before|during|about|under|over|into|and|or|that"
    r"|which|who|whose|when|where|if|each|per|here|there|now|today|tomorrow)\b.*$",
    re.IGNORECASE,
)
_AUXILIARY: Final = frozenset({"do", "does", "did", "will", "would", "can", "could", "has", "have", "had"})
_PARTICIPLE: Final = re.compile(
    r" (?:\w+ed|built|made|held|born|sold|bought|sent|run|due|open|given|written|found|kept|paid|taken)$"
)


def needs_earlier(text: str) -> bool:
    """Whether `text` still points to something that only an earlier result can say."""
    plain = EMPTY_IT.sub(" ", text)
    return any(pattern.search(plain) for pattern in (_RESULT, _PRONOUN, THERE, _CHINESE))


def resolved(text: str, before: str) -> str:
    """Return `text` with its pronouns replaced by the one thing of `before` that they can mean, else unchanged.

    "When was Lake Serin dammed" says what "how deep is it" is about; "Who wrote Dune" does not say who "he" is.

    >>> resolved("how heavy is it", "When was the kiln built")
    'how heavy is the kiln'
    """
    names = list(dict.fromkeys(match[0].rstrip(".") for match in _NAMES.finditer(before)))
    asks_property, asks_who = _PROPERTY.match(before) is not None, _WHO.match(before) is not None
    if not (asks_property or asks_who) or len(names) > 1 or _RECKONED.search(text):
        return text
    thing = names[0] if names else _thing(before)
    if not thing:
        return text
    whole = text
    place = _IN_NAME.search(before) or re.match(r"where\b", before, re.IGNORECASE)
    if names and place and not re.search(r"\bthere (?:is|are|was|were)\b", text):
        whole = THERE.sub(lambda _: f"in {thing}", whole)
    if EMPTY_IT.search(whole):
        return whole

    def told(match: re.Match[str]) -> str:
        person = _PERSON.match(match[0]) is not None
        other = person and (asks_who or not names)  # "the fair" is nobody, and "who" asks for somebody else
        other |= asks_who and not names and _SEVERAL.match(match[0]) is not None
        return match[0] if other else _named(match[0], thing)

    return _PRONOUN.sub(told, whole)


def _thing(before: str) -> str:
    """Return the thing whose property is asked for, where it is no name: "the kiln" of "when was the kiln built".

    A question's verb stands behind it, a participle may; what follows a preposition only says more of it.
    """
    match = _THING.match(before)
    if match is None:
        return ""
    thing = _ENDS.sub("", match["x"].rstrip())
    if match["verb"].casefold() in _AUXILIARY:
        thing = thing.rpartition(" ")[0]
    elif not match["measure"]:
        thing = _PARTICIPLE.sub("", thing)
    article, _, noun = thing.partition(" ")
    return f"the {noun}" if noun and article.casefold() in {"a", "an"} else thing if noun else ""


def _named(pronoun: str, name: str) -> str:
    return f"{name}'s" if pronoun.casefold() in {"its", "their", "his"} else name
