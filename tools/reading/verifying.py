"""Yes or no: does a sentence say what the question asks about?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.text import content_terms, stem

from .amounts import CALENDAR, Amount, amounts, holds, is_claim
from .denial import asks_of_an_end, denied, negated, without_nearly
from .evidence import Evidence
from .nations import NATION, country_of
from .predicates import alike, quality, says, says_little
from .questions import Question
from .ranking import Scored
from .relations import NAME
from .rivals import of_a_rival
from .subjects import Name, names, said, spoken_of
from .values import DATE, date_value

__all__ = ["verify"]

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
        ("allowed|permitted", "prohibited|forbidden|banned"),
        ("include|includes|included", "exclude|excludes|excluded"),
        (
            "take place|took place|happen|available|exists?|runs?|running|offered|in service|in use|active|valid",
            "cancelled|canceled|discontinued|withdrawn|abolished|suspended|scrapped",
        ),
    )
)
_IS_A = re.compile(r"\b(?:is|was|are|were) (?:an?|the|one of)\b", re.IGNORECASE)
_MODAL = re.compile(r"\b(?:may|can|must|should)\b", re.IGNORECASE)
_PERMITTED: Final = frozenset(map(stem, ("allow", "permit", "possible")))
"""Stems that a sentence with "may" or "must" says without repeating them."""
_YES_AT: Final = 0.6
"""Share of the question's terms (by weight, with title and sentence before) that the sentence must hold for a yes."""
_SAID_AT: Final = 0.7
"""Share of what is asked about a named subject (by weight) that the sentence itself must hold for any verdict."""
_OTHERWISE: Final = 0.5
"""Confidence of a no that follows from another value, name or class than the asked one."""
_OPPOSITE_AT: Final = 0.5
"""Support that a sentence must have for its opposite word to be about the same thing."""
_AS_CLOSE: Final = 0.9
"""A sentence with this share of another's support speaks of the question as closely."""
_READ: Final = 5
"""So many of the closest sentences are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What a sentence says to a yes/no question."""

    answer: bool
    confidence: float
    direct: bool = True
    """It says or denies what is asked, instead of something else."""


_OTHER: Final = _Verdict(answer=False, confidence=_OTHERWISE, direct=False)


def verify(question: Question, scored: Sequence[Scored], evidence: Evidence) -> tuple[Scored, str, float] | None:
    """Return the closest sentence that decides, yes or no (是 or 否), and the chance that it is right.

    A sentence that says what is asked, or denies it, goes before one that says something else. None when no sentence
    says anything about what is asked, or when two that are as close say the opposite of each other.
    """
    asked = names(question.text)
    yes, no = ("是", "否") if question.chinese else ("yes", "no")
    found: list[tuple[Scored, _Verdict]] = []
    for item in scored[:_READ]:
        if asked and spoken_of(asked[0], item.sentence, evidence) < 1:
            continue
        if of_a_rival(question, item.sentence, evidence):
            continue
        verdict = _verdict(question, asked, item, evidence)
        if verdict is not None:
            found.append((item, verdict))
    if not found:
        return None
    item, verdict = next(((item, one) for item, one in found if one.direct), found[0])
    if any(
        one.direct and one.answer != verdict.answer and other.fit.context >= _AS_CLOSE * item.fit.context
        for other, one in found
    ):
        return None
    return item, yes if verdict.answer else no, verdict.confidence


def _verdict(question: Question, asked: tuple[Name, ...], item: Scored, evidence: Evidence) -> _Verdict | None:
    sentence, support = item.sentence.span.text, item.fit.context
    little = frozenset(term for term in question.terms if says_little(term))
    if _opposite(question.text, sentence) and _share(question, (), item, evidence, little) >= _OPPOSITE_AT:
        return _Verdict(answer=False, confidence=min(0.9, 0.4 + support / 2))
    holding, bounded = holds(question.text, sentence)
    settled = frozenset(term for one in bounded for term in content_terms(question.text[one.start : one.end]))
    about, is_class = quality(question)
    about -= settled
    stems = item.sentence.stems
    if is_class and not all(alike(term) & stems for term in about):
        return _OTHER if _IS_A.search(sentence) else None
    if about and not says(about, stems):
        return None
    denies = _denies(question, asked, about, sentence)
    if bounded and holding is None:
        return None
    other = _other_value(question.text, sentence, settled=bounded)
    if other is None:
        other = _other_name(asked, item, evidence)
    if other is not None:
        return _OTHER if other and not denies else None
    settled |= _PERMITTED if _MODAL.search(sentence) else frozenset()
    if _share(question, asked, item, evidence, settled) < (_SAID_AT if about else _YES_AT):
        return None
    if not _last_told(question, asked, item, settled | little):
        return None
    if holding is False:
        return _Verdict(answer=denies, confidence=_OTHERWISE)
    if denies:
        return _Verdict(answer=False, confidence=min(0.9, 0.4 + support / 2))
    return _Verdict(answer=True, confidence=min(0.9, 0.2 + 0.7 * support))


def _last_told(question: Question, asked: tuple[Name, ...], item: Scored, settled: frozenset[str]) -> bool:
    """Say whether the sentence says the last thing that is asked: "include support" is not said by "include users"."""
    named = frozenset[str]().union(*(name.stems for name in asked))
    left = [term for term in question.terms if term not in named | settled]
    return not left or bool(alike(left[-1]) & item.sentence.stems)


def _denies(question: Question, asked: tuple[Name, ...], about: frozenset[str], sentence: str) -> bool:
    """Say whether the sentence says the opposite of the question: one of the two, and not both, denies."""
    text = re.sub("是不是|有没有|是否", "", question.text) if question.chinese else question.text
    if (plain := without_nearly(text)) != text:
        text, sentence = plain, without_nearly(sentence)
    named = frozenset[str]().union(*(name.stems for name in asked))
    terms = frozenset[str]() if asks_of_an_end(text) else frozenset(question.terms) - named
    return denied(sentence, about, terms) != negated(text)


def _share(
    question: Question, asked: tuple[Name, ...], item: Scored, evidence: Evidence, settled: frozenset[str]
) -> float:
    """Return the share (by weight) of what is asked that the sentence says; without a name, its context says it too.

    The terms of `settled` amounts were compared already and count on neither side.
    """
    named = frozenset[str]().union(*(name.stems for name in asked))
    sentence = item.sentence
    named |= evidence.headings(sentence.passage) if asked else frozenset()
    weights = {term: weight for term, weight in evidence.weights(question).items() if term not in named | settled}
    near = evidence.titles[sentence.passage] if not asked else frozenset[str]()
    earlier = evidence.before(sentence).stems if not asked else frozenset[str]()
    total = sum(weights.values())
    if not total:
        return 1.0
    told = sum(
        weight * (1.0 if alike(term) & (sentence.stems | near) else 0.5 if alike(term) & earlier else 0.0)
        for term, weight in weights.items()
    )
    return told / total


def _other_value(question: str, sentence: str, *, settled: Sequence[Amount] = ()) -> bool | None:
    """Say whether a date or number of the question stands otherwise in the sentence; None when all of them stand.

    Only an amount of the same unit says otherwise, and only where the question claims one: "Windows 10" is no other
    value of "Windows 7", nor are 300 euros that need something another value of 250 euros that do.
    """
    found = _values(sentence)
    missing = {
        (kind, value): claimed
        for (kind, value), claimed in _asked_values(question, settled).items()
        if (kind, value) not in found
    }
    if not missing:
        return None
    return all(claimed and any(kind == other for other, _ in found) for (kind, _), claimed in missing.items())


def _values(text: str) -> set[tuple[str, float]]:
    found = {(one.unit, one.low) for one in amounts(text) if one.exact}
    found |= {("", one.low) for one in amounts(text) if one.exact and not one.named}
    return found | _years(text)


def _asked_values(question: str, settled: Sequence[Amount]) -> dict[tuple[str, float], bool]:
    """Return the question's values with whether it claims them of its subject."""
    found = dict.fromkeys(_years(question), True)
    for one in amounts(question):
        if one.exact and not one.named and one.unit != CALENDAR and one not in settled:
            found[one.unit, one.low] = is_claim(question, one)
    return found


def _years(text: str) -> set[tuple[str, float]]:
    dates = (date_value(match.group()) for match in DATE.finditer(text))
    return {(CALENDAR, float(value[0])) for value in dates if value}


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
