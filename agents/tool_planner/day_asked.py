"""Days that a phrase describes instead of naming, and the question that finds each."""

from __future__ import annotations

import re
from typing import Final

from .literals import Literals
from .operands import Operand

__all__ = ["BACK", "PRONOUN", "base", "day_of"]

BACK: Final = re.compile(
    r"^(?:that|this|the same) (?:day|date|many|number|amount|result|value|time)$|^(?:it|that|those)$|^那天$|^那一天$",
    re.IGNORECASE,
)
_NOW: Final = re.compile(r"^(?:now|today|tomorrow|yesterday|tonight|今天|明天|昨天)$", re.IGNORECASE)
_DAYS_OF: Final = re.compile(
    r"^the (?:days?|dates?|times?|moments?) (?:when|on which|that|of) (?P<x>.+)$", re.IGNORECASE
)
_ACTED: Final = re.compile(r"^(?P<s>[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*) (?P<verb>[a-z]+ed)(?P<rest>.*)$")
_AUX: Final = re.compile(r"^(?P<s>.+?) (?P<aux>was|were|is|are) (?P<rest>.+)$", re.IGNORECASE)
PRONOUN: Final = re.compile(r"\b(?:it|he|she|they|her|him|them)\b", re.IGNORECASE)
_TAKES: Final = re.compile(r"(?:^|\bif |\bwhen )(?P<s>[^,]+?) (?:takes?|took|needs?|lasts?|lasted)\b", re.IGNORECASE)


def day_of(phrase: str, context: str = "") -> str | Operand:
    """Return a day that a phrase names as it is, else the operand that finds it."""
    phrase = phrase.strip(" ,.?!")
    if Literals(phrase).days or _NOW.match(phrase):
        return phrase
    if BACK.match(phrase):
        return Operand(kind="date", ask="", back=True)
    return Operand(kind="date", ask=_when(phrase, context))


def _when(phrase: str, context: str = "") -> str:
    inner = _DAYS_OF.match(phrase)
    phrase = inner["x"] if inner else phrase
    found = _AUX.match(phrase)
    subject = _TAKES.search(re.sub(r"^(?:if|when|suppose) ", "", context.strip(), flags=re.IGNORECASE))
    if subject and PRONOUN.search(phrase):
        phrase = PRONOUN.sub(subject["s"], phrase, count=1)
        found = _AUX.match(phrase) or found
        phrase = re.sub(r"^the (?:day|date|time) ", "", phrase)
        found = _AUX.match(phrase)
    if found:
        return f"When {found['aux']} {found['s']} {found['rest']}?"
    acted = _ACTED.match(phrase) if inner else None
    if acted:
        return f"When did {acted['s']} {base(acted['verb'])}{acted['rest']}?"
    return f"When was it that {phrase}?" if inner else f"When was {phrase}?"


def base(verb: str) -> str:
    """Return the base form of a regular verb in the past: join of joined, retire of retired."""
    if verb.endswith("ied"):
        return f"{verb[:-3]}y"
    bare = verb[:-2]
    if len(bare) > 2 and bare[-1] == bare[-2] and bare[-1] not in "lsz":
        return bare[:-1]
    silent = bare.endswith(tuple("vzcgu")) or re.search(r"(?<![aeiou])[aeiou][^aeiouwxyn]$", bare)
    return f"{bare}e" if silent and not bare.endswith(("er", "it", "et", "or", "el", "om", "op")) else bare
