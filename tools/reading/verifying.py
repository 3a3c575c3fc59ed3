"""Yes or no: does a sentence say what the question asks about?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from questline.tools.text import content_terms

from .evidence import Evidence
from .nations import NATION, country_of
from .predicates import alike, quality, says
from .questions import Question
from .ranking import Scored
from .relations import NAME
from .subjects import Name, names, said, spoken_of
from .values import DATE, NUMBER, date_value, number_value

__all__ = ["verify"]

_NEGATION = re.compile(
    r"\b(?:not|never|no longer|neither|nor|none|nobody|nothing|nowhere|without|cannot|failed to|refused to|denied"
    r"|unable)\b|\bno\b(?!\.\s?\d)|n['’]t\b|不|没有|没|未|非",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[;:—]|,\s(?=(?:but|and|while|although|though|whereas|who|which)\b)")
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
_IS_A = re.compile(r"\b(?:is|was|are|were) (?:an?|the|one of)\b", re.IGNORECASE)
_YES_AT: Final = 0.6
"""Share of the question's terms (by weight, with title and sentence before) that the sentence must hold for a yes."""
_SAID_AT: Final = 0.7
"""Share of what is asked about a named subject (by weight) that the sentence itself must hold for any verdict."""
_OTHERWISE: Final = 0.5
"""Confidence of a no that follows from another value, name or class than the asked one."""
_READ: Final = 5
"""So many of the closest sentences are asked."""


def verify(question: Question, scored: Sequence[Scored], evidence: Evidence) -> tuple[Scored, str, float] | None:
    """Return the closest sentence that decides, yes or no (是 or 否), and the chance that it is right.

    None when no sentence says anything about what is asked.
    """
    asked = names(question.text)
    yes, no = ("是", "否") if question.chinese else ("yes", "no")
    for item in scored[:_READ]:
        if asked and spoken_of(asked[0], item.sentence, evidence) < 1:
            continue
        verdict = _verdict(question, asked, item, evidence)
        if verdict is not None:
            return item, yes if verdict[0] else no, verdict[1]
    return None


def _verdict(
    question: Question, asked: tuple[Name, ...], item: Scored, evidence: Evidence
) -> tuple[bool, float] | None:
    sentence, support = item.sentence.span.text, item.fit.context
    if _opposite(question.text, sentence):
        return False, min(0.9, 0.4 + support / 2)
    about, is_class = quality(question)
    stems = item.sentence.stems
    if is_class and not all(alike(term) & stems for term in about):
        return (False, _OTHERWISE) if _IS_A.search(sentence) else None
    if about and not says(about, stems):
        return None
    negated = _negated(sentence, about) != _asked_negated(question)
    other = _other_value(question.text, sentence)
    if other is None:
        other = _other_name(asked, item, evidence)
    if other is not None:
        return (False, _OTHERWISE) if other and not negated else None
    if _share(question, asked, item, evidence) < (_SAID_AT if about else _YES_AT):
        return None
    if negated:
        return False, min(0.9, 0.4 + support / 2)
    return True, min(0.9, 0.2 + 0.7 * support)


def _share(question: Question, asked: tuple[Name, ...], item: Scored, evidence: Evidence) -> float:
    """Return the share (by weight) of what is asked that the sentence says; without a name, its context says it too."""
    if not asked:
        return item.fit.context
    named = frozenset[str]().union(*(name.stems for name in asked))
    weights = {term: weight for term, weight in evidence.weights(question).items() if term not in named}
    said_of_it = sum(weight for term, weight in weights.items() if alike(term) & item.sentence.stems)
    return said_of_it / sum(weights.values()) if weights else 1.0


def _negated(sentence: str, about: frozenset[str]) -> bool:
    """Say whether the clause that says what is asked, or else any clause, is negated."""
    clauses = _CLAUSE.split(sentence)
    told = [clause for clause in clauses if about and says(about, frozenset(content_terms(clause)))]
    return any(_NEGATION.search(clause) for clause in told or clauses)


def _asked_negated(question: Question) -> bool:
    text = re.sub("是不是|有没有|是否", "", question.text) if question.chinese else question.text
    return bool(_NEGATION.search(text))


def _other_value(question: str, sentence: str) -> bool | None:
    """Say whether a date or number of the question stands otherwise in the sentence; None when all of them stand."""
    asked, found = _values(question), _values(sentence)
    missing = {(kind, value) for kind, value in asked if (kind, value) not in found}
    if not missing:
        return None
    return all(any(kind == other for other, _ in found) for kind, _ in missing)


def _values(text: str) -> set[tuple[str, float]]:
    dates = list(DATE.finditer(text))
    found = {("year", float(value[0])) for value in (date_value(match.group()) for match in dates) if value}
    for match in NUMBER.finditer(text):
        value = number_value(match.group())
        inside = any(date.start() <= match.start() < date.end() for date in dates)
        if value is not None and not inside and re.search(r"\d", match.group()):
            found.add(("number", value))
    return found


def _other_name(asked: tuple[Name, ...], item: Scored, evidence: Evidence) -> bool | None:
    """Say whether the sentence holds other names where the question names one; None when it holds all of them."""
    missing = [name for name in asked[1:] if not _told(name, item, evidence)]
    if not missing:
        return None
    if any(name.country for name in missing):
        known = {name.country for name in asked}
        said_there = {country_of(match.group()) for match in NATION.finditer(item.sentence.span.text)}
        return bool(said_there - known)
    subject = asked[0].stems | evidence.headings(item.sentence.passage)
    others = [match.group() for match in re.finditer(NAME, item.sentence.span.text) if match.start()]
    return any(not set(content_terms(other)) <= subject for other in others)


def _told(name: Name, item: Scored, evidence: Evidence) -> bool:
    return said(name, item.sentence) or name.stems <= evidence.headings(item.sentence.passage)


def _opposite(asked: str, said_there: str) -> bool:
    return any(
        (one.search(asked) and other.search(said_there) and not one.search(said_there))
        or (other.search(asked) and one.search(said_there) and not other.search(said_there))
        for one, other in _OPPOSITES
    )
