"""Whether the documents answer a candidate: search for it, and read what is found with the project's reader."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from questline.tools import reading
from questline.tools.number_words import in_words
from questline.tools.reading import Reading
from questline.tools.retrieval.contract import Retriever
from questline.tools.text import CJK, content_terms, words
from questline.types import Filters, Passage

from .result import Candidate

__all__ = ["Checker", "Support"]

_PASSAGES: Final = 5
_SURE: Final = 0.9
"""Of a question whose fact the reader found again in the passage that it was made from."""
_LEAST: Final = 0.3
"""Confidence below which an answer does not count."""
_LEAST_GUESSED: Final = 0.45
"""The same for a question that nobody has seen the answer of: a template, a bank's, a model's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What the documents say to a candidate."""

    answerable: float
    """In [0, 1]; 0 when nothing was found."""
    passage_ids: tuple[str, ...] = ()
    short: str = ""
    text: str = ""
    """The sentences of the answer."""


_ASKS_NUMBER = re.compile(
    r"^(?:when|how (?:many|much|old|tall|long|high|wide|deep|far))\b|什么时候|多少|几|多高", re.IGNORECASE
)
_NUMBER = re.compile(
    rf"\d|\b(?:{in_words(1, 10)}|dozens?|hundred)\b|[一二两三四五六七八九十百千]",
    re.IGNORECASE,
)
_ASKS_NAME = re.compile(r"^(?:who|whose|where)\b", re.IGNORECASE)
_CAPITAL = re.compile(rf"[A-ZÀ-Þ{CJK}]")
_NONE: Final = Support(answerable=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Checks candidates against an index, or against the answer's evidence where there is none."""

    retriever: Retriever | None
    evidence: tuple[Passage, ...]
    filters: Filters | None = None

    async def check(self, candidate: Candidate) -> Support:
        """Return the support of one candidate.

        A question is answerable when the reader finds an answer in what a search for it returns; one made from a fact
        must give that fact back. (By words alone: dozens of candidates are read for one list.) Key words are when one
        passage holds all of them. A question back to the user is when the documents speak of what it names.
        """
        passages = self.evidence
        if self.retriever is not None:
            passages = tuple(await self.retriever.search(candidate.text, k=_PASSAGES, filters=self.filters))
        if not passages:
            return _NONE
        if candidate.kind == "refine":
            return _covered(candidate.text, passages, share=1.0)
        if candidate.kind == "clarify":
            support = _covered(candidate.text, passages, share=0.5)
            # Which of two titles is meant was made from the titles themselves.
            return replace(support, answerable=1.0) if candidate.source == "index" else support
        answer = await asyncio.to_thread(reading.read, candidate.text, passages)
        return _judged(candidate, answer)


def _judged(candidate: Candidate, answer: Reading) -> Support:
    if answer.abstained:
        return _NONE
    ids = tuple(dict.fromkeys(citation.evidence_id for citation in answer.citations))
    confidence = answer.confidence
    if candidate.expected:
        same_fact = _holds(answer.short, candidate.expected) or _holds(candidate.expected, answer.short)
        if not same_fact and candidate.passage_id not in ids:
            return _NONE
        confidence = max(confidence, _SURE) if same_fact else confidence
    elif confidence < _LEAST_GUESSED or not _of_kind(candidate.text, answer.short):
        return _NONE
    if confidence < _LEAST:
        return _NONE
    return Support(answerable=min(confidence, 1.0), passage_ids=ids, short=answer.short, text=answer.text)


def _covered(text: str, passages: Sequence[Passage], *, share: float) -> Support:
    """Return support when one passage holds `share` of the content words of `text`."""
    terms = set(content_terms(text))
    for passage in passages:
        held = len(terms & set(content_terms(passage.as_text())))
        if terms and held >= share * len(terms):
            return Support(answerable=held / len(terms), passage_ids=(passage.id,))
    return _NONE


def _of_kind(question: str, short: str) -> bool:
    """Say whether a short answer can be what `question` asks for: a date or number has a digit, a name a capital."""
    if _ASKS_NUMBER.search(question):
        return _NUMBER.search(short) is not None
    if _ASKS_NAME.search(question):
        return _CAPITAL.search(short) is not None
    return True


def _holds(text: str, part: str) -> bool:
    """Say whether the words of `part` stand in `text`, in order."""
    return bool(words(part)) and f" {' '.join(words(part))} " in f" {' '.join(words(text))} "
