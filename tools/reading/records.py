"""Lines of a record, ``Label: value`` or ``Part > label: value``: the label says what the value is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from questline.tools.text import content_terms, stem

from .predicates import alike
from .questions import Question
from .values import DATE, NUMBER

__all__ = ["Labelled", "labelled"]

_LINE = re.compile(r"(?P<label>[^\W\da-z_][^:.!?\n]{0,58}):\s+(?P<value>\S[^;(\n]{0,79})")
_GENERIC: Final = frozenset(map(stem, ("name", "total", "value", "overall")))
"""Stems of labels that say nothing more about the value."""
_CERTAIN: Final = 0.95
_LABEL: Final = 4
"""Most words of each part of a label; what is longer before a colon is a clause."""
_LONGEST: Final = 8
"""Words of a value that is an answer; a longer one is prose."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """The value of a record's line, and how well its label is what a question asks for."""

    start: int
    end: int
    reliability: float
    """In (0, 0.95]: the share of the label that the question asks for."""


def labelled(question: Question, sentence: str) -> Labelled | None:
    """Return the value of `sentence` when it is a line of a record whose label `question` asks for."""
    line = _LINE.match(sentence)
    if line is None or question.chinese or any(len(part.split()) > _LABEL for part in line.group("label").split(">")):
        return None
    label = set(content_terms(line.group("label"))) - _GENERIC
    asked = {term for term in label if alike(term) & set(question.terms)}
    if not asked:
        return None
    start, end = line.start("value"), line.end("value")
    kinds = {"number": NUMBER, "date": DATE}
    if question.kind in kinds:
        found = kinds[question.kind].search(sentence, start, end)
        if found is None:
            return None
        start, end = found.span()
    if len(sentence[start:end].split()) > _LONGEST:
        return None
    return Labelled(start, end, _CERTAIN * len(asked) / len(label))
