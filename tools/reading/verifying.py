"""Yes or no: does a sentence say what the question asks about?"""

from __future__ import annotations

import re
from typing import Final

from .nations import NATION, country_of
from .questions import Question
from .ranking import Scored

__all__ = ["verify"]

_NEGATION = re.compile(
    r"\b(?:not|never|no longer|neither|nor|without|cannot|failed to|refused to|denied|unable)\b|n't\b|不|没有|没|未|非",
    re.IGNORECASE,
)
_OPPOSITES: Final = tuple(
    (re.compile(rf"\b(?:{one})\b", re.IGNORECASE), re.compile(rf"\b(?:{other})\b", re.IGNORECASE))
    for one, other in (
        ("alive|living", "died|dead|late"),
        ("married", "unmarried|single|divorced"),
        ("legal", "illegal|banned|prohibited|unlawful"),
        ("free", "paid|charged|costs"),
        ("open", "closed|shut"),
        ("same", "different"),
        ("increase|rise|grow", "decrease|fall|fell|decline|declined|shrank"),
        ("win|won", "lose|lost|defeated by"),
        ("first", "last|second|third"),
        ("largest|biggest", "smallest|second largest|second-largest"),
        ("extinct", "extant|surviving"),
        ("before", "after"),
        ("required|mandatory", "optional|voluntary"),
    )
)
_YES_AT: Final = 0.6
"""Share of the question's terms (by weight, with title and sentence before) that the sentence must hold for a yes."""


def verify(question: Question, best: Scored) -> tuple[str, float]:
    """Return yes or no (是 or 否) and the chance that it is right, from the best sentence."""
    yes, no = ("是", "否") if question.chinese else ("yes", "no")
    sentence, support = best.sentence.span.text, best.fit.context
    if _contradicts(question, sentence):
        return no, min(0.9, 0.4 + support / 2)
    return (yes, min(0.9, 0.2 + 0.7 * support)) if support >= _YES_AT else (no, 0.35)


def _contradicts(question: Question, sentence: str) -> bool:
    asked_negated, said_negated = bool(_NEGATION.search(question.text)), bool(_NEGATION.search(sentence))
    if question.chinese:
        asked_negated = bool(_NEGATION.search(re.sub("是不是|有没有|是否", "", question.text)))
    if asked_negated != said_negated:
        return True
    asked, said = country_of(question.text), {country_of(match.group()) for match in NATION.finditer(sentence)}
    if asked and said and asked not in said:
        return True
    return any(
        (one.search(question.text) and other.search(sentence) and not one.search(sentence))
        or (other.search(question.text) and one.search(sentence) and not other.search(sentence))
        for one, other in _OPPOSITES
    )
