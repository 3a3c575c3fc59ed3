"""Relations that questions often ask for, and where prose states them; the patterns stand in ``relations.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

from .nations import NATION
from .values import DATE

__all__ = ["HINTED", "NAME", "PLACE", "Statement", "stated"]

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĴĶĹĻĽŁŃŅŇŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽƏȘȚΑ-ΩА-ЯЁІЇЄ"
"""Capital letters of the Latin, Greek and Cyrillic scripts; a full Unicode class takes 50 ms to compile."""
_CAPITAL = rf"(?:[{_UPPER}](?:[\w'’]|-(?=\w)|/)*(?:\.(?=\s[{_UPPER}])(?<=\b\w\.))?|(?:[{_UPPER}]\.)+)"
_INNER = (
    r"(?:of the|of|de la|de|del|della|di|da|dos|du|des|la|le|von|van der|van den|van|der|den|zu|bin|ibn"
    r"|ben|ab|ap|al|el"
    r"|the|y|&|for)"
)
NAME: Final = rf"{_CAPITAL}(?:\s(?:{_INNER}\s)?{_CAPITAL})*(?:\s[IVX]+\b)?"
"""A run of capitalised words, with small words such as ``of`` and ``von`` between them."""
PLACE: Final = rf"{NAME}(?:, {NAME}){{0,3}}"
"""One name, or up to four joined by commas."""
_WHEN = rf"(?:(?:on|in|c\.|circa|ca\.|around|about) ?)?(?:{re.sub('[?]P<[a-z]+>', '?:', DATE.pattern)}|\d{{3,4}})"
_ROLE = (
    r"(?:director|actor|actress|singer|musician|composer|songwriter|rapper|writer|author|filmmaker|band"
    r"|group|duo|rock band"
    r"|novelist|artist|king|emperor|queen|princess|prince|general|politician|poet|playwright|wife|husband"
    r"|[A-Z][a-z]+ (?:singer|musician|composer|band|group|rapper|singer-songwriter|recording artist"
    r"|rock band|director"
    r"|writer|author|novelist))"
)
_ROLES = rf"(?:(?:[a-z]+[- ])*?{_ROLE}s? )?"
_OWN = r"(?:the |his |her |its |a |an )?"
_PLACEHOLDERS: Final = {
    "{BY}": rf"by {_OWN}{_ROLES}(?P<x>{NAME})",
    "{KIN}": rf"{_OWN}(?:[a-z-]+ )*?{_ROLES}",
    "{WHEN}": _WHEN,
    "<x>NAME": f"<x>{NAME}",
    "<x>PLACE": f"<x>{PLACE}",
    "<x>DATE": f"<x>{_WHEN}",
    "<x>NATION": f"<x>{NATION.pattern}",
    " for NAME": f" for {NAME}",
}
HINTED: Final = 0.3
"""Reliability of a weaker pattern; the stronger ones have 1.0, 0.95, 0.9 … in their order."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Characters of a sentence that state what a question's relation asks for."""

    start: int
    end: int
    reliability: float
    """In (0, 1]: 1.0 for the most reliable pattern of the relation."""


@dataclass(frozen=True, slots=True)
class _Relation:
    asked: re.Pattern[str]
    patterns: tuple[tuple[str, float], ...]


@lru_cache(maxsize=1)
def _relations() -> tuple[_Relation, ...]:
    table = tomllib.loads(files("questline.tools.reading").joinpath("relations.toml").read_text(encoding="utf-8"))
    return tuple(
        _Relation(
            asked=re.compile(row["asked"]),
            patterns=tuple(
                [(pattern, 1 - 0.05 * place) for place, pattern in enumerate(row["stated"])]
                + [(pattern, HINTED) for pattern in row.get("hinted", ())]
            ),
        )
        for row in table.values()
    )


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    for placeholder, meaning in _PLACEHOLDERS.items():
        pattern = pattern.replace(placeholder, meaning)
    return re.compile(pattern)


@lru_cache(maxsize=512)
def _asked(folded_question: str) -> tuple[_Relation, ...]:
    return tuple(relation for relation in _relations() if relation.asked.search(folded_question))


def stated(folded_question: str, sentence: str) -> list[Statement]:
    """Return what `sentence` states for the relations that a question (in lower case) asks for."""
    return [
        Statement(match.start("x"), match.end("x"), reliability)
        for relation in _asked(folded_question)
        for pattern, reliability in relation.patterns
        for match in _compiled(pattern).finditer(sentence)
    ]
