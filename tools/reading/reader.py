"""Read an answer out of passages by rule and a small linear model: no language model, deterministic, milliseconds.

The passages are cut into sentences; those that share most with the question are searched for candidates of the asked
kind (names, dates, numbers, phrases); a linear model orders the candidates, equal texts voting together. A question
that decomposes is first read part by part over the same passages.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from questline.tools.decomposition import compared, serial
from questline.types import Citation, Passage

from .combining import combine
from .evidence import Evidence
from .questions import Question, analyse
from .ranking import Encoder, Floats, Ranked, Scored, calibration, fits, rank
from .result import ABSTAINED, Reading, joined
from .verifying import verify

__all__ = ["read"]

_PART_MUST_BE: Final = 0.25
"""A hop read with less confidence than this is not built on."""
_DEFINITION = re.compile(
    r"^(?:what|who) (?:is|are|was|were) (?:an? |the )?(?P<x>(?:(?!\bof\b|\bin\b)[\w'’. -])+)\?*$", re.IGNORECASE
)
_DEFINING = re.compile(r"^[^.]{2,90}?\b(?:is|are|was|were|refers to|means)\b (?P<clause>(?:an? |the )?[^,;:.]{3,120})")
_CLAUSE_END = re.compile(r"\s(?:who|which|that|where|when)\b.*$")
_MARK = re.compile(r"^\s*(?:[-*+•>]|#{1,6}|\d+[.)])\s+(?=\S)")
_LONGEST_SHORT: Final = 15
"""Words of a short answer that is no name, date or number."""


class _Remembering:
    """An encoder that encodes each text once: parts of a question are read over the same sentences."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, Floats] = {}

    def encode(self, texts: list[str], /) -> Floats:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors |= dict(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._vectors[text] for text in texts])


def read(question: str, passages: Sequence[Passage], *, encoder: Encoder | None = None) -> Reading:
    """Return the best supported answer to `question` in `passages`, or an abstention when nothing supports one.

    Args:
        question: Standalone, English or Chinese.
        passages: Best first; what they say is data, nothing in it changes how it is read.
        encoder: Adds the closeness of meaning to the features; without it words alone decide.
    """
    if not question.strip() or not passages:
        return ABSTAINED
    evidence = Evidence(passages)
    remembering = _Remembering(encoder) if encoder is not None else None
    return _by_parts(question, evidence, remembering) or _directly(question, evidence, remembering)


def _by_parts(question: str, evidence: Evidence, encoder: Encoder | None) -> Reading | None:
    """Read a comparison or a chain hop by hop; None when it is neither, or when a hop finds nothing firm."""
    comparison = compared(question)
    parts = serial(question)
    if len(parts) == 1:
        if comparison is None:
            return None
        parts = comparison.parts
    readings: list[Reading] = []
    for part in parts:
        filled = re.sub(r"#(\d)", lambda match: readings[int(match.group(1)) - 1].short, part)
        needed = [readings[int(number) - 1] for number in re.findall(r"#(\d)", part)]
        if any(item.abstained or item.confidence < _PART_MUST_BE for item in needed):
            if comparison is None:
                return None
            readings.append(ABSTAINED)
            continue
        readings.append(_directly(filled, evidence, encoder))
    if comparison is None and readings[-1].abstained:
        return None
    short, sure = combine(question, [(part, item.short) for part, item in zip(parts, readings, strict=True)])
    if not short:
        return ABSTAINED
    found = [item for item in readings if not item.abstained]
    return joined(found, short, sure * math.prod(item.confidence for item in found) ** (1 / len(found)))


def _directly(text: str, evidence: Evidence, encoder: Encoder | None) -> Reading:
    question = analyse(text)
    encoded = encoder is not None and not question.chinese
    limits = calibration(encoded=encoded)
    scored = fits(question, evidence, encoder, keep=limits.sentences)
    if not scored or max(item.fit.context for item in scored) < limits.support:
        return ABSTAINED
    if question.kind == "yesno":
        short, confidence = verify(question, scored[0])
        return _reading(evidence, scored[0], short, confidence, scored)
    definition = _definition(text, scored)
    if definition is not None:
        item, clause = definition
        return _reading(evidence, item, clause, 0.3 + 0.4 * item.fit.context, scored)
    ranked = rank(question, evidence, scored, encoded=encoded)
    if not ranked:
        return _reading(evidence, scored[0], _shortened(scored[0].sentence.span.text), 0.1, scored)
    best = ranked[0]
    confidence = limits.confidence(confidence_features(question, ranked))
    if confidence < limits.abstain_below:
        return ABSTAINED
    return _reading(evidence, best.scored, best.candidate.text, confidence, scored)


def _definition(text: str, scored: Sequence[Scored]) -> tuple[Scored, str] | None:
    asked = _DEFINITION.match(text)
    if asked is None or len(asked.group("x").split()) > 4:
        return None
    for item in scored:
        said = _DEFINING.match(item.sentence.span.text)
        if said and item.sentence.place == 0 and item.fit.title >= 0.6 and item.fit.context > 0.8:
            return item, _shortened(_CLAUSE_END.sub("", said.group("clause")))
    return None


def _shortened(text: str) -> str:
    return " ".join(text.split()[:_LONGEST_SHORT]).rstrip(" ,;:.。，；：")


def confidence_features(question: Question, ranked: Sequence[Ranked]) -> list[float]:
    """Return what the confidence rests on.

    Share of the best text, its lead, coverage with context, by the sentence and by the passage, reliability of the
    relation, cosine (all of which speak for it); named share of the title, rank of the passage, whether the question
    may ask for anything.
    """
    best = ranked[0]
    fit = best.scored.fit
    second = ranked[1].probability if len(ranked) > 1 else 0.0
    return [
        best.probability,
        best.probability - second,
        fit.context,
        fit.coverage,
        fit.passage,
        best.candidate.reliability,
        fit.cosine,
        fit.title,
        1 / (1 + best.scored.sentence.passage),
        float(question.kind == "entity"),
    ]


def _reading(evidence: Evidence, item: Scored, short: str, confidence: float, scored: Sequence[Scored]) -> Reading:
    """Show the sentence of `item`; other passages whose close sentences hold the same answer are cited beside it."""
    passage, sentence = evidence.passages[item.sentence.passage], item.sentence.span.text
    cited = {passage.id: sentence}
    for other in scored:
        source, body = evidence.passages[other.sentence.passage], other.sentence.span.text
        if (
            source.id not in cited
            and other.fit.context >= 0.8 * item.fit.context
            and short.casefold() in body.casefold()
        ):
            cited[source.id] = body
    text = _on_one_line(sentence)
    citations = tuple(
        Citation(start=0, end=len(text), evidence_id=identity, quote=quote) for identity, quote in cited.items()
    )
    return Reading(
        text=text,
        short=_on_one_line(short),
        confidence=min(confidence, 1.0),
        citations=citations,
        abstained=False,
    )


def _on_one_line(text: str) -> str:
    """Return the words of `text` without line breaks, and without the mark of a list item or heading before them."""
    return " ".join(_MARK.sub("", text).split()) or text
