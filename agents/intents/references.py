"""What the pronouns of a clause mean: a name that the question says, or the result of an earlier clause."""

from __future__ import annotations

import re
from typing import Final

from .ellipsis import NAME

__all__ = ["needs_earlier", "resolved"]

_RESULT: Final = re.compile(
    r"\b(?:the (?:results?|answer|output|outcome)|based on (?:that|this|it|these|those)"
    r"|the (?:first|second|third|last|other|best|cheapest|latest|former|latter) (?:one|ones)"
    r"|(?:is|are|of|to|from|with|on|in|for|by|using|use|do|does|was|than) (?:that|this|these|those)(?= (?:number"
    r"|value|result|amount|city|country|file|year|day|date|person|place|list|sum|price|one)\b|$|[,.;?!])"
    r"|(?:is|was) that\b|accordingly)\b",
    re.IGNORECASE,
)
_PRONOUN: Final = re.compile(r"\b(?:it|its|they|them|their|he|him|his|she|her)\b", re.IGNORECASE)
_THERE: Final = re.compile(
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bbe )(?<!\bhas )\bthere\b(?! (?:is|are|was|were|be)\b)",
    re.IGNORECASE,
)
_CHINESE: Final = re.compile(r"它|他|她|那里|那儿|这个结果|结果")
_EMPTY_IT: Final = re.compile(
    r"\bif it (?:rains|snows|is raining|is snowing)\b|\b(?:time|day|date|year|hot|cold|warm|late) (?:is|was"
    r"|will) it(?= (?:be )?(?:in|now|today|tomorrow|there|at|outside)\b|$)"
    r"|\bis it (?:true|possible|safe|legal|raining|going to)\b|\bit (?:takes?|rains|snows|is (?:raining"
    r"|snowing))\b|\bhow (?:far|long) is it\b",
    re.IGNORECASE,
)
_PROPERTY: Final = re.compile(r"^(?:when|how|where|why|is|are|was|were|does|do|did|has|have)\b", re.IGNORECASE)
_WHO: Final = re.compile(r"^(?:who|whose)\b", re.IGNORECASE)
_PERSON: Final = re.compile(r"^(?:he|him|his|she|her)$", re.IGNORECASE)
_NAMES: Final = re.compile(rf"(?<=\s){NAME}")
_IN_NAME: Final = re.compile(rf"\b(?:in|of|at)\s+({NAME})")


def needs_earlier(text: str) -> bool:
    """Whether `text` still points to something that only an earlier result can say."""
    plain = _EMPTY_IT.sub(" ", text)
    return any(pattern.search(plain) for pattern in (_RESULT, _PRONOUN, _THERE, _CHINESE))


def resolved(text: str, before: str) -> str:
    """Return `text` with its pronouns replaced by the one name of `before` that they can mean, else unchanged.

    "When was Lake Serin dammed" says what "how deep is it" is about; "Who wrote Dune" does not say who "he" is.
    """
    names = list(dict.fromkeys(match[0].rstrip(".") for match in _NAMES.finditer(before)))
    if len(names) != 1:
        return text
    name = names[0]
    asks_property, asks_who = _PROPERTY.match(before) is not None, _WHO.match(before) is not None
    whole = text
    if asks_property or asks_who:
        place = _IN_NAME.search(before)
        if (place or re.match(r"where\b", before, re.IGNORECASE)) and not re.search(
            r"\bthere (?:is|are|was|were)\b", text
        ):
            whole = _THERE.sub(lambda _: f"in {name}", whole)
        hidden = _EMPTY_IT.search(whole)
        if hidden is None:
            whole = _PRONOUN.sub(lambda match: _named(match[0], name, person=not asks_who), whole)
    return whole


def _named(pronoun: str, name: str, *, person: bool) -> str:
    if _PERSON.match(pronoun) and not person:
        return pronoun
    return f"{name}'s" if pronoun.casefold() in {"its", "their", "his"} else name
