"""The sentences of a passage that carry the support, and passages that contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

from questline.tools.reading.candidates import find
from questline.tools.reading.evidence import Sentence
from questline.tools.reading.values import DATE, NUMBER
from questline.tools.text import content_terms
from questline.types import TextSpan

from .features import Facts
from .opposites import opposed, opposite_words

__all__ = ["conflicts", "evidence_spans"]

_MOST_SPANS: Final = 3
_CLOSE: Final = 0.75
"""Share of the best sentence's fit that a further sentence must reach."""
_ALIKE: Final = 0.6
"""Least share of the words of the shorter sentence, values left out, that stand in both."""
_SAME_WORDS: Final = 0.8
"""Share of the words of the longer sentence that stand in both where they are the same but for a denial."""
_COVERED: Final = 0.5
"""Least share of the question's weight that both sentences speak of."""
_APART: Final = 0.2
"""Most of it that only one of them speaks of: else they tell of different things."""


def evidence_spans(facts: Facts, index: int) -> tuple[TextSpan, ...]:
    """Return the sentences of a passage that fit the question nearly as well as its best one, in order."""
    best = facts.best[index]
    if best is None:
        return ()
    # By its own words: all sentences of a passage share its title.
    fits = [
        (facts.evidence.fit(facts.question, sentence, facts.weights).coverage, sentence)
        for sentence in facts.evidence.sentences
        if sentence.passage == index
    ]
    most = max(value for value, _ in fits)
    close = [sentence for value, sentence in sorted(fits, key=lambda pair: -pair[0]) if value >= _CLOSE * most > 0]
    chosen = {sentence.place: sentence.span for sentence in (best, *close[:_MOST_SPANS])}
    return tuple(chosen[place] for place in sorted(chosen)[:_MOST_SPANS])


def conflicts(facts: Facts, among: Sequence[int]) -> frozenset[tuple[int, int]]:
    """Return pairs of passages (smaller position first) that say different things of the same.

    Their best sentences speak of what is asked and share most of their words, and either each gives a value of the
    asked kind that the other does not give (two dates, two numbers, two names), or one denies what the other says.
    """
    told = {index: sentence for index in among if (sentence := facts.best[index]) is not None}
    values = {index: _values(facts, sentence) for index, sentence in told.items()}
    return frozenset(
        (one, other)
        for one, other in combinations(sorted(told), 2)
        if _disagree(facts, told[one], told[other], values[one], values[other])
    )


def _disagree(facts: Facts, one: Sentence, other: Sentence, ones: frozenset[str], others: frozenset[str]) -> bool:
    # One that gives both values tells of both; only what each has for itself can contradict.
    valued = bool(ones - others and others - ones and not ones & others)
    turned = frozenset[str]() if valued else opposite_words(one.span.text, other.span.text)
    if not valued and not (ones <= others or others <= ones):
        return False
    plain = [
        frozenset(stem for stem in sentence.stems - _stems(given) - turned if not stem[:1].isdigit())
        for sentence, given in ((one, ones), (other, others))
    ]
    sizes = sorted(len(each) for each in plain)
    same = len(plain[0] & plain[1])
    if same < _ALIKE * max(1, sizes[0]):
        return False
    total = sum(facts.weights.values()) or 1.0
    titles = facts.evidence.titles
    terms = set(facts.question.terms) - turned
    sayings = [sentence.stems | titles[sentence.passage] for sentence in (one, other)]
    shared = sayings[0] & sayings[1] & terms
    covered = sum(facts.weights[term] for term in sorted(shared))
    apart = sum(facts.weights[term] for term in sorted((sayings[0] ^ sayings[1]) & terms))
    if valued:
        return covered >= _COVERED * total and apart <= _APART * total
    # What is said in the same words need not repeat the question's.
    enough = covered >= _COVERED * total or (shared and same >= _SAME_WORDS * sizes[1])
    about = frozenset(shared | turned)
    return bool(enough) and apart <= _APART * total and opposed(one.span.text, other.span.text, about)


def _values(facts: Facts, sentence: Sentence) -> frozenset[str]:
    """Return what a sentence gives of the asked kind that the question does not name itself."""
    text, asked = sentence.span.text, facts.question
    dates = [match[0] for match in DATE.finditer(text)]
    found = dates if asked.kind == "date" else []
    if asked.kind in {"number", "yesno"} or (asked.chinese and asked.kind != "date"):
        found = [*dates, *(match[0].strip() for match in NUMBER.finditer(text))]
    if asked.kind in {"person", "place"}:
        found = [each.text for each in find(asked, text) if each.form == "name"]
    if asked.kind == "entity":
        found = [*dates, *(each.text for each in find(asked, text) if each.form in {"name", "quoted"})]
    known = asked.folded
    return frozenset(value.casefold() for value in found if value.casefold() not in known)


def _stems(values: frozenset[str]) -> frozenset[str]:
    return frozenset(stem for value in values for stem in content_terms(value))
