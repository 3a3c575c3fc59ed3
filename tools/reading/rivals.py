"""Whether a sentence speaks of another thing of the kind that is asked about: the Porto office, not the Lisbon one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from questline.tools.text import STOPWORDS, content_terms, stem

from .amounts import amounts
from .evidence import Evidence, Sentence
from .nations import NATION
from .predicates import alike
from .questions import Question
from .relations import NAME
from .subjects import ANTECEDENTS, Name, names, said

__all__ = ["modifiers", "of_a_rival", "of_rivals_only"]

_DETERMINED: Final = re.compile(
    r"\b(?:the|an?|our|my|your|their|its|each|every|of|for)\s+(?P<modifier>[^\W\d_][\w'’-]*)\s+(?P<head>[a-z][\w'’-]+)"
)
_BESIDE: Final = re.compile(r"[\w'’-]+\s+")
_WORD: Final = re.compile(r"\s+(?P<head>[a-z][\w'’-]+)")
_NAMELESS: Final = frozenset(
    map(
        stem,
        (  # noqa: SIM905 because a list of words reads best as prose
            "current total whole entire exact actual overall same main own different many few several various following"
            " next only usual normal name number type kind date year time place"
        ).split(),
    )
)
"""Stems that tell no thing from another of its kind."""
_LOOSE: Final = frozenset(map(stem, "new old large small big good great modern former young long short".split()))  # noqa: SIM905 because a list of words reads best as prose
"""Stems that tell things apart only from each other: a new office may be the Lisbon one, but not the old one."""
_PRONOUN: Final = re.compile(r"^\W*(?:he|she|it|they|his|her|its|their)\b", re.IGNORECASE)
_SUBJECT: Final = re.compile(rf"^\W*(?:[Tt]he )?(?P<name>{NAME})\s+(?=[a-z])")


@dataclass(frozen=True, slots=True)
class _Slot:
    """A modifier and the noun that it tells from others of its kind ("Lisbon", "office")."""

    modifier: frozenset[str]
    head: str
    proper: bool


def of_a_rival(question: Question, sentence: Sentence, evidence: Evidence) -> bool:
    """Say whether `sentence`, or what its pronouns stand for, is about another thing than the one asked about."""
    slots, asked = _slots(question), names(question.text)
    if _other_number(question, sentence, evidence):
        return True
    current = sentence
    for _ in range(ANTECEDENTS + 1):
        if _rival(question, slots, asked, current, evidence):
            return True
        told = all(said(name, current) for name in asked) and all(slot.modifier <= current.stems for slot in slots)
        if told or not current.place or not _PRONOUN.search(current.span.text):
            return False
        current = evidence.before(current)
    return False


def of_rivals_only(question: Question, evidence: Evidence) -> frozenset[int]:
    """Return the passages that tell of the asked noun with another modifier, and nowhere with that of the question."""
    return frozenset(
        sentence.passage
        for slot in _slots(question)
        for sentence in evidence.sentences
        if not slot.modifier <= evidence.words_of(sentence.passage) and _taken(slot, question, sentence, evidence)
    )


def _rival(
    question: Question, slots: tuple[_Slot, ...], asked: tuple[Name, ...], sentence: Sentence, evidence: Evidence
) -> bool:
    if any(_taken(slot, question, sentence, evidence) for slot in slots):
        return True
    if len(asked) != 1 or question.kind not in {"date", "number", "place", "yesno"}:
        return False
    (name,) = asked
    subject = _SUBJECT.match(sentence.span.text)
    if subject is None or said(name, sentence) or name.stems & evidence.headings(sentence.passage):
        return False
    other = content_terms(subject.group("name"))
    return bool(other) and not set(other) & name.stems and NATION.fullmatch(subject.group("name")) is None


def _other_number(question: Question, sentence: Sentence, evidence: Evidence) -> bool:
    """Say whether the sentence, or else its heading, is about another version, room or model than the asked one."""
    asked = {(one.unit, one.low) for one in amounts(question.text) if one.named}
    for where in (sentence.span.text, evidence.passages[sentence.passage].title) if asked else ():
        found = {(one.unit, one.low) for one in amounts(where) if one.named}
        if asked & found:
            return False
        if {unit for unit, _ in asked} & {unit for unit, _ in found}:
            return True
    return False


def modifiers(question: Question) -> tuple[frozenset[str], ...]:
    """Return the stems that tell what is asked about from others of its kind: names and modifiers of nouns."""
    return (*(name.stems for name in names(question.text)), *(slot.modifier for slot in _slots(question)))


@lru_cache(maxsize=512)
def _slots(question: Question) -> tuple[_Slot, ...]:
    return tuple(_found(question)) if not question.chinese else ()


def _found(question: Question) -> Iterator[_Slot]:
    asked = names(question.text)
    for name in asked:
        behind = _WORD.match(question.text, question.text.find(name.text) + len(name.text))
        if behind and behind.group("head") not in STOPWORDS:
            yield _Slot(name.stems, stem(behind.group("head")), proper=True)
    named = frozenset[str]().union(*(name.stems for name in asked))
    for match in _DETERMINED.finditer(question.text):
        modifier, head = match.group("modifier"), match.group("head")
        if modifier in STOPWORDS or head in STOPWORDS or stem(modifier) in _NAMELESS | named:
            continue
        yield _Slot(frozenset({stem(modifier)}), stem(head), proper=False)


def _taken(slot: _Slot, question: Question, sentence: Sentence, evidence: Evidence) -> bool:
    """Say whether another modifier stands before the noun, and that of the question nowhere in the sentence."""
    if slot.head not in sentence.stems or all(alike(term) & sentence.stems for term in slot.modifier):
        return False
    if not slot.proper and slot.modifier <= evidence.headings(sentence.passage):
        return False
    text = sentence.span.text
    vacuous = _NAMELESS | frozenset(question.terms) | (frozenset[str]() if slot.modifier & _LOOSE else _LOOSE)
    return any(
        word.stem == slot.head
        and word.place == before.place + 1
        and before.stem not in vacuous
        and _BESIDE.fullmatch(text[before.start : word.start]) is not None
        and slot.proper == text[before.start].isupper()
        for before, word in pairwise(sentence.words)
    )
