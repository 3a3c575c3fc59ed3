"""Sentences of the user's own examples that may stand in a text for another reader: of its occasion, to that person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .examples import Example
from .grammar.bank import named
from .grammar.order import akin
from .people import person_in
from .reading import Reading
from .script import lowered

__all__ = ["borrowed"]

_SENTENCE: Final = re.compile(r"[^。！？!?\n]+")
_CALLED: Final = re.compile(r"\s*(?:亲爱的|敬爱的|尊敬的)?([^，。！？,!?：:]{1,8})[，,：:！!]\s*")
_SHORTEST, _LONGEST = 4, 40


def borrowed(examples: Sequence[Example], reading: Reading) -> tuple[str, ...]:
    """Return what may be said of examples, without end marks, and without a form of address, which the text has itself.

    Left out is an example for another occasion, one that calls the reader by another name, and a sentence that says 你
    where the text says 您, or the other way round.
    """
    found: dict[str, None] = {}
    for each in examples:
        text = each.text
        if not _of_occasion(each, reading.occasion):
            continue
        if (called := _CALLED.match(text)) and (person := person_in(lowered(called[1]), called[1])).group:
            if person.word != reading.person.word:
                continue
            text = text[called.end() :]
        parts = (part.strip(" ，,；;") for part in _SENTENCE.findall(text))
        found |= dict.fromkeys(part for part in parts if _SHORTEST <= len(part) <= _LONGEST and _fits(part, reading))
    return tuple(found)


def _of_occasion(example: Example, occasion: str) -> bool:
    names = named(example.query or example.text)
    return not names or any(name == occasion or akin(name, occasion) for name in names)


def _fits(sentence: str, reading: Reading) -> bool:
    return ("你" not in sentence) if reading.person.polite else ("您" not in sentence)
