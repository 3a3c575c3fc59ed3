"""Choose the passages that help to answer a question, as a set rather than as a ranking.

The set objective (the idea of arXiv:2507.19102, with coverage, redundancy and dropping added):

    U(S) = sum over S of (m_i - tau) + coverage of the question by S - redundancy inside S

with m_i a passage's own utility. Passages are added greedily while the objective grows, then each member is judged
again and leaves when the others do without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.reading.candidates import find
from questline.tools.reading.evidence import Evidence
from questline.tools.reading.questions import Question, analyse
from questline.tools.reading.ranking import Encoder
from questline.types import Passage

__all__ = ["SelectionResult", "select"]

_TAU: Final = 0.45
"""Utility that a passage must exceed to be kept for itself alone."""
_COVERAGE: Final = 0.8
"""Worth of covering the whole question."""
_REDUNDANCY: Final = 1.0
"""Cost of a passage that repeats another word for word; falls with the square of their likeness."""
_ANSWER: Final = 0.15
"""Worth of a sentence that fits and holds something of the asked kind."""
_COSINE: Final = 0.3
_RANK: Final = 0.1
"""Worth of standing first in the given order; halved at second place, and so on."""
_ENCODED_CHARACTERS: Final = 300
"""Of each passage's best sentence and title; enough for the topic, and milliseconds to encode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionResult:
    """Which passages to keep."""

    ids: tuple[str, ...]
    """Ids of the kept passages, in the given order; empty when nothing overlaps with the question."""
    reasons: Mapping[str, str]
    """Why each passage (by id) was kept or dropped, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """One passage as the objective sees it."""

    utility: float
    covers: frozenset[str]
    """Terms of the question that it holds."""
    stems: frozenset[str]
    answers: bool


def select(question: str, passages: Sequence[Passage], *, encoder: Encoder | None = None) -> SelectionResult:
    """Keep the passages that together answer `question` best; at least one unless none shares a word with it.

    Args:
        question: Standalone, English or Chinese.
        passages: Best first, ids unique.
        encoder: Adds the closeness of meaning to each passage's utility; without it words alone decide.
    """
    asked = analyse(question)
    evidence = Evidence(passages)
    weights = evidence.weights(asked)
    judged = _judge(asked, evidence, weights, encoder)
    able = [index for index, item in enumerate(judged) if item.covers]
    if not able:
        return SelectionResult(ids=(), reasons={passage.id: "shares no word with the question" for passage in passages})
    chosen = _drop(_add(able, judged, weights), judged, weights)
    reasons = {passage.id: _reason(index, chosen, judged, asked) for index, passage in enumerate(passages)}
    return SelectionResult(ids=tuple(passages[index].id for index in sorted(chosen)), reasons=reasons)


def _judge(question: Question, evidence: Evidence, weights: dict[str, float], encoder: Encoder | None) -> list[_Judged]:
    terms = frozenset(question.terms)
    total = sum(weights.values()) or 1.0
    closeness = _cosines(question, evidence, encoder)
    judged: list[_Judged] = []
    for index in range(len(evidence.passages)):
        stems = evidence.words_of(index)
        own = [item for item in evidence.sentences if item.passage == index]
        fits = [(evidence.fit(question, item, weights).context, item) for item in own]
        best, sentence = max(fits, key=lambda pair: pair[0], default=(0.0, None))
        answers = sentence is not None and best >= 0.3 and bool(find(question, sentence.span.text))
        covers = terms & stems
        share = sum(weights[term] for term in covers) / total
        utility = 0.5 * share + 0.5 * best + _ANSWER * answers + _COSINE * closeness[index] + _RANK / (1 + index)
        judged.append(_Judged(utility=utility, covers=covers, stems=stems, answers=answers))
    return judged


def _cosines(question: Question, evidence: Evidence, encoder: Encoder | None) -> list[float]:
    if encoder is None or question.chinese or not evidence.passages:
        return [0.0] * len(evidence.passages)
    texts = [passage.as_text()[:_ENCODED_CHARACTERS] for passage in evidence.passages]
    vectors = encoder.encode([question.text, *texts])
    middle = float((vectors[1:] @ vectors[0]).mean())
    return [float(vector @ vectors[0]) - middle for vector in vectors[1:]]


def _objective(chosen: Sequence[int], judged: Sequence[_Judged], weights: Mapping[str, float]) -> float:
    covered = frozenset[str]().union(*(judged[index].covers for index in chosen))
    total = sum(weights.values()) or 1.0
    value = sum(judged[index].utility - _TAU for index in chosen)
    value += _COVERAGE * sum(weights[term] for term in covered) / total
    for place, one in enumerate(chosen):
        value -= _REDUNDANCY * sum(_likeness(judged[one].stems, judged[other].stems) ** 2 for other in chosen[:place])
    return value


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0


def _add(able: Sequence[int], judged: Sequence[_Judged], weights: Mapping[str, float]) -> list[int]:
    """Add the passage that helps most while one helps; the first comes in whatever it is worth."""
    chosen: list[int] = []
    value = float("-inf")
    while len(chosen) < len(able):
        options = [(_objective([*chosen, index], judged, weights), -index) for index in able if index not in chosen]
        best, index = max(options)
        if best <= value:
            break
        chosen, value = [*chosen, -index], best
    return chosen


def _drop(chosen: list[int], judged: Sequence[_Judged], weights: Mapping[str, float]) -> list[int]:
    """Judge every member again beside the others, weakest first."""
    for index in sorted(chosen, key=lambda member: judged[member].utility):
        rest = [member for member in chosen if member != index]
        if rest and _objective(rest, judged, weights) >= _objective(chosen, judged, weights):
            chosen = rest
    return chosen


def _reason(index: int, chosen: Sequence[int], judged: Sequence[_Judged], question: Question) -> str:
    item = judged[index]
    named = f"{len(item.covers)} of {len(question.terms)} question words"
    if index in chosen:
        return f"kept: {named}" + (f", holds a {question.kind} answer" if item.answers else "")
    if not item.covers:
        return "dropped: shares no word with the question"
    twin = max(chosen, key=lambda other: _likeness(item.stems, judged[other].stems))
    if _likeness(item.stems, judged[twin].stems) > 0.6:
        return f"dropped: repeats passage {twin + 1}"
    return f"dropped: {named}, adds too little"
