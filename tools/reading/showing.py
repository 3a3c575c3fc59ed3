"""From the chosen candidate to a reading: its sentence, what else says the same, and what could be said instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from questline.types import Citation

from .evidence import Evidence
from .ranking import Ranked, Scored
from .result import ReadCandidate, Reading

__all__ = ["Weighed", "shown"]

Weighed = Sequence[tuple[Ranked, float]]
"""Candidates, the chosen one first, each with its weight against the others."""
_MARK = re.compile(r"^\s*(?:[-*+•>]|#{1,6}|\d+[.)])\s+(?=\S)")
_MOST: Final = 5
"""Candidates that a reading tells."""
_LEAST: Final = 0.01
"""Least weight of one against the chosen one."""
_SAYS: Final = re.compile(r"[^\W_]")


def shown(
    evidence: Evidence,
    item: Scored,
    short: str,
    confidence: float,
    scored: Sequence[Scored],
    weighed: Weighed = (),
) -> Reading:
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
    short, confidence = _on_one_line(short), min(confidence, 1.0)
    first = _candidate(evidence, item, short, confidence) if short else None
    others = _others(evidence, short, confidence, weighed) if first else ()
    return Reading(
        text=text,
        short=short,
        confidence=confidence,
        citations=citations,
        abstained=False,
        candidates=(first, *others) if first else (),
    )


def _others(evidence: Evidence, short: str, confidence: float, weighed: Weighed) -> tuple[ReadCandidate, ...]:
    """Return what stands behind the chosen candidate, each with its share of the confidence."""
    if not weighed or weighed[0][1] <= 0:
        return ()
    found: list[ReadCandidate] = []
    best = weighed[0][1]
    for item, weight in sorted(weighed[1:], key=lambda pair: -pair[1]):
        text = _on_one_line(item.candidate.text)
        if len(found) == _MOST - 1 or weight < _LEAST * best:
            break
        if _SAYS.search(text) and text.casefold() != short.casefold():
            found.append(_candidate(evidence, item.scored, text, confidence * min(1.0, weight / best)))
    return tuple(found)


def _candidate(evidence: Evidence, item: Scored, text: str, confidence: float) -> ReadCandidate:
    quote = item.sentence.span.text
    holders = {each.passage for each in evidence.sentences if text.casefold() in each.span.text.casefold()}
    return ReadCandidate(
        text=text,
        confidence=confidence,
        agreement=len(holders | {item.sentence.passage}),
        citation=Citation(start=0, end=len(text), evidence_id=evidence.passages[item.sentence.passage].id, quote=quote),
    )


def _on_one_line(text: str) -> str:
    """Return the words of `text` without line breaks, and without the mark of a list item or heading before them."""
    return " ".join(_MARK.sub("", text).split()) or text
