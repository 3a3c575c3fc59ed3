"""Days that a question describes: "the opening of the causeway" is asked for as "When was the opening …?"."""

from __future__ import annotations

import re
from typing import Final

from .literals import Literals
from .operands import Operand
from .patterns import CAPITALS

__all__ = ["base_form", "described_day"]

_NOW: Final = re.compile(r"^(?:now|today|tomorrow|yesterday|tonight|今天|明天|昨天)$", re.IGNORECASE)
_DAYS_OF: Final = re.compile(
    r"^the (?:days?|dates?|times?|moments?) (?:when|on which|that|of) (?P<x>.+)$", re.IGNORECASE
)
_ACTED: Final = re.compile(rf"^(?P<s>{CAPITALS}) (?P<verb>[a-z]+ed)(?P<rest>.*)$")
_AUX: Final = re.compile(r"^(?P<s>.+?) (?P<aux>was|were|is|are) (?P<rest>.+)$", re.IGNORECASE)
_DOES: Final = re.compile(
    r"^(?P<s>[^,]+?) (?P<verb>(?:runs?|falls?|comes?|goes|go|ends?|begins?|starts?|opens?|closes?|expires?|leaves?"
    r"|arrives?|takes?))(?P<rest>(?: (?:out|off|up|due|in|place|over|back|home))?)$",
    re.IGNORECASE,
)
_PRONOUN: Final = re.compile(r"\b(?:it|he|she|they|her|him|them)\b", re.IGNORECASE)
_TAKES: Final = re.compile(r"(?:^|\bif |\bwhen )(?P<s>[^,]+?) (?:takes?|took|needs?|lasts?|lasted)\b", re.IGNORECASE)


def described_day(phrase: str, context: str = "") -> str | Operand:
    """Return a day that a phrase names as it is, else the operand that finds it.

    Args:
        phrase: "1 May 2028", "the fair", "Monty's vaccination runs out".
        context: The question, which may say what a pronoun in the phrase means.
    """
    phrase = phrase.strip(" ,.?!")
    if Literals(phrase).days or _NOW.match(phrase):
        return phrase
    return Operand(kind="date", ask=_when(phrase, context))


def _when(phrase: str, context: str = "") -> str:
    inner = _DAYS_OF.match(phrase)
    phrase = inner["x"] if inner else phrase
    found = _AUX.match(phrase)
    subject = _TAKES.search(re.sub(r"^(?:if|when|suppose) ", "", context.strip(), flags=re.IGNORECASE))
    if subject and _PRONOUN.search(phrase):
        phrase = _PRONOUN.sub(subject["s"], phrase, count=1)
        phrase = re.sub(r"^the (?:day|date|time) ", "", phrase)
        found = _AUX.match(phrase)
    if found:
        return f"When {found['aux']} {found['s']} {found['rest']}?"
    does = _DOES.match(phrase)
    if does:
        return f"When does {does['s']} {_plain(does['verb'])}{does['rest']}?"
    acted = _ACTED.match(phrase) if inner else None
    if acted:
        return f"When did {acted['s']} {base_form(acted['verb'])}{acted['rest']}?"
    return f"When was it that {phrase}?" if inner else f"When was {phrase}?"


def _plain(verb: str) -> str:
    return "go" if verb.casefold() == "goes" else re.sub(r"s$", "", verb)


def base_form(verb: str) -> str:
    """Return the base form of a regular verb in the past: join of joined, retire of retired."""
    if verb.endswith("ied"):
        return f"{verb[:-3]}y"
    bare = verb[:-2]
    if len(bare) > 2 and bare[-1] == bare[-2] and bare[-1] not in "lsz":
        return bare[:-1]
    silent = bare.endswith(tuple("vzcgu")) or re.search(r"(?<![aeiou])[aeiou][^aeiouwxyn]$", bare)
    return f"{bare}e" if silent and not bare.endswith(("er", "it", "et", "or", "el", "om", "op")) else bare
