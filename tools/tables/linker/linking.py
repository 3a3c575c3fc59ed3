"""A plain question that the rules refuse, read by the learnt linker over each table; the likeliest reading answers.

It answers where its confidence reaches the threshold that was chosen on tables it had never seen, and refuses
otherwise: where words ask for what no table holds, where a number, a day or a "not" has no place in the reading, and
where two tables read the question about equally well. English alone: the encoder knows no Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.tools.text import is_cjk

from .built import Built, Unbuilt, build
from .checking import check
from .confidence import signs
from .features import Seen, Spoken, hear, see
from .guards import unheld
from .network import Network, shipped
from .roles import COLUMNED, place_of
from .sight import View
from .spans import Span, spans

__all__ = ["Linked", "Read", "chosen", "link", "may_be_read", "read", "reading"]

_LONGEST: Final = 600
"""Characters of a question."""
_IDLE: Final = 0.7
"""Chance that a word says nothing, below which it may not be passed over."""
_MOST_WORDS: Final = 90
_AHEAD: Final = 0.6
"""Share of the best reading's odds that another table's may have."""
_YES_NO: Final = re.compile(
    r"\s*(?:(?:hi|hello|hey|so|and|please|quick one|ok|oh|well|sorry|excuse me)\b[\s,.!-]*)*"
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b(?!\s+(?:you|i|we)\b)"
)
_OPEN: Final = re.compile(r"\b(?:who|whom|whose|when|where|which|what|how|many|much|name|list)\b")
_OF_TWO: Final = re.compile(r"[?？][\s\"”'’)]*\w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A question over one table as the network reads it."""

    seen: Seen
    probabilities: NDArray[np.float32]
    spans: list[Span]
    built: Built | None
    """None where its words make no question of this table."""
    why: str = ""
    """Why not."""
    signs: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The likeliest reading of a question."""

    view: View
    built: Built
    confidence: float
    """How likely it is right, in (0, 1); at least the threshold."""


def read(spoken: Spoken, view: View, network: Network, *, today: date | None = None) -> Read:
    """Return how the network reads a question over one table."""
    seen = see(spoken, view)
    return reading(seen, network.read(seen), today=today)


def reading(seen: Seen, probabilities: NDArray[np.float32], *, today: date | None = None) -> Read:
    """Return the reading that a network's probabilities give."""
    found = spans(seen, probabilities.argmax(axis=1))
    try:
        built = build(seen, found, today=today)
    except Unbuilt as reason:
        return Read(seen=seen, probabilities=probabilities, spans=found, built=None, why=str(reason))
    if word := unheld(seen, found, built) or _doubtful(seen, probabilities, found):
        return Read(seen=seen, probabilities=probabilities, spans=found, built=None, why=f"{word!r} has no place")
    told = signs(seen, probabilities, found, built, check(seen, found, built))
    return Read(seen=seen, probabilities=probabilities, spans=found, built=built, signs=told)


def _doubtful(seen: Seen, probabilities: NDArray[np.float32], found: list[Span]) -> str:
    """Return a word that may well do something else than the reading says, and that it takes for idle."""
    choices = probabilities.argmax(axis=1)
    used = {span.column for span in found if span.column >= 0}
    own = [place_of(role, column) for column in used for role in COLUMNED]
    harmless = [place_of("idle"), place_of("row"), *own]
    for place, word in enumerate(seen.spoken.words):
        idle = probabilities[place, harmless].sum()
        if word.telling and choices[place] == place_of("idle") and idle < _IDLE:
            return word.text
    return ""


def link(
    question: str, views: Sequence[View], *, today: date | None = None, network: Network | None = None
) -> Linked | None:
    """Return the likeliest reading of a question, or None where none is likely enough or two are about as likely.

    Args:
        question: In English.
        views: The tables that it may be about.
        today: The day of the question.
        network: The shipped one by default.

    Raises:
        RunError: ``damaged_model``.
    """
    if not views or not may_be_read(question):
        return None
    network = network or shipped()
    spoken = hear(question)
    if not 0 < len(spoken.words) <= _MOST_WORDS:
        return None
    ranked: list[tuple[float, View, Built]] = []
    for view in views:
        if not view.columns or _of_another(spoken, view, views):
            continue
        one = read(spoken, view, network, today=today)
        if one.built is not None and one.signs is not None:
            ranked.append((network.calibration.confidence(one.signs), view, one.built))
    return chosen(ranked, network.calibration.threshold)


def _of_another(spoken: Spoken, view: View, views: Sequence[View]) -> bool:
    """Say whether a question names the rows of another table, by a word that this table does not know."""
    own = set(view.source.nouns)
    others = {noun for each in views for noun in each.source.nouns} - own
    return any(
        word.stem in others
        and word.text not in view.parts
        and word.stem not in view.parts
        and not any(word.stem in column.spelled for column in view.columns)
        for word in spoken.words
    )


def may_be_read(question: str) -> bool:
    """Say whether a question is of a kind that is read: short, in English, one, and not for a yes or a no."""
    if len(question) > _LONGEST or is_cjk(question) or _OF_TWO.search(question):
        return False
    text = question.lower()
    return not (_YES_NO.match(text) and not _OPEN.search(text))


def chosen(ranked: Sequence[tuple[float, View, Built]], threshold: float) -> Linked | None:
    """Return the best of some readings where it is likely enough and stands out.

    Args:
        ranked: Confidence, table and reading of each.
        threshold: The least confidence.
    """
    if not ranked:
        return None
    best, *others = sorted(ranked, key=lambda each: -each[0])
    confidence, view, built = best
    close = any(_odds(other) > _AHEAD * _odds(confidence) for other, _, _ in others)
    if confidence < threshold or close:
        return None
    return Linked(view=view, built=built, confidence=round(confidence, 3))


def _odds(confidence: float) -> float:
    return confidence / max(1e-9, 1 - confidence)
