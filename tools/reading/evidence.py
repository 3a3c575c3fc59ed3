"""Passages cut into sentences that know their words, and how well each fits a question."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.text import CJK, STOPWORDS, content_terms, sentences, stem
from questline.types import Passage, TextSpan

from .questions import Question

__all__ = ["Evidence", "Fit", "Sentence", "Word"]

_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['’][^\W_{CJK}]+)*")
_LONGEST_SENTENCE: Final = 600
"""Characters; what is longer (a table, a list) is cut, so that one reading stays fast."""


@dataclass(frozen=True, slots=True)
class Word:
    """A content word of a sentence: its stem and its place among all words."""

    stem: str
    place: int
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of a passage."""

    passage: int
    """Position of its passage in the caller's order."""
    place: int
    """Position in the passage, from 0."""
    span: TextSpan
    words: tuple[Word, ...]
    stems: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well a sentence fits a question; each value lies in [0, 1] (cosine in [-1, 1])."""

    coverage: float
    """Share of the question's terms, weighted by rarity, that the sentence holds."""
    context: float
    """The same with the passage's title and, at half weight, the sentence before."""
    passage: float
    """The same for the whole passage with its title."""
    title: float
    """Share of the title that the question names."""
    cosine: float = 0.0


class Evidence:
    """The sentences of some passages, with the rarity of their words."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = tuple(passages)
        self.sentences = tuple(_cut(self.passages))
        self.titles = tuple(frozenset(content_terms(passage.title)) for passage in self.passages)
        self._headings = tuple(
            title | frozenset(content_terms(passage.source))
            for title, passage in zip(self.titles, self.passages, strict=True)
        )
        self._index = {(item.passage, item.place): index for index, item in enumerate(self.sentences)}
        self._bodies = [set[str]() for _ in self.passages]
        self._frequency: Counter[str] = Counter()
        for sentence in self.sentences:
            self._bodies[sentence.passage] |= sentence.stems
            self._frequency.update(sentence.stems)

    def weights(self, question: Question) -> dict[str, float]:
        """Return the weight of each term of `question`: rarer in these sentences is heavier."""
        count = len(self.sentences) + 1
        return {term: math.log(1 + count / (self._frequency[term] + 0.5)) for term in question.terms}

    def fit(self, question: Question, sentence: Sentence, weights: dict[str, float]) -> Fit:
        """Measure how well `sentence` fits `question`, without an encoder."""
        title = self.titles[sentence.passage]
        before = self.before(sentence).stems if sentence.place else frozenset[str]()
        total = sum(weights.values()) or 1.0
        terms = frozenset(question.terms)
        inside = sum(weights[term] for term in terms & sentence.stems)
        near = sum(weights[term] for term in (terms & title) - sentence.stems)
        earlier = sum(weights[term] for term in (terms & before) - sentence.stems - title)
        body = self._bodies[sentence.passage] | title
        return Fit(
            coverage=inside / total,
            context=(inside + near + 0.5 * earlier) / total,
            passage=sum(weights[term] for term in terms & body) / total,
            title=len(title & terms) / len(title) if title else 0.0,
        )

    def words_of(self, passage: int) -> frozenset[str]:
        """Return the stems of a passage's text and title."""
        return frozenset(self._bodies[passage] | self.titles[passage])

    def headings(self, passage: int) -> frozenset[str]:
        """Return the stems of a passage's title and source: what it is about, whether or not its sentences say so."""
        return self._headings[passage]

    def before(self, sentence: Sentence) -> Sentence:
        """Return the sentence before `sentence` in its passage; the first one stands for itself."""
        return self.sentences[self._index[sentence.passage, max(0, sentence.place - 1)]]


def _cut(passages: Sequence[Passage]) -> list[Sentence]:
    found: list[Sentence] = []
    for index, passage in enumerate(passages):
        for place, span in enumerate(sentences(passage.text)):
            text = span.text[:_LONGEST_SENTENCE]
            words = tuple(
                Word(stem(match.group()), position, match.start())
                for position, match in enumerate(_WORD.finditer(text))
                if match.group().casefold() not in STOPWORDS
            )
            found.append(
                Sentence(
                    passage=index,
                    place=place,
                    span=TextSpan(start=span.start, end=span.start + len(text), text=text),
                    words=words,
                    stems=frozenset(word.stem for word in words),
                )
            )
    return found
