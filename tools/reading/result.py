"""What a reading of passages comes back as."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from questline.types import Citation

__all__ = ["ABSTAINED", "ReadCandidate", "Reading", "joined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCandidate:
    """One possible short answer."""

    text: str
    confidence: float
    """In [0, 1]: the first one's is that of the reading; each other's is less by as much as it weighed less."""
    agreement: int
    """In how many of the passages the text stands, its own among them."""
    citation: Citation
    """The passage and sentence that it was read in; the span is the whole of `text`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An answer found in passages."""

    text: str
    """The sentence or sentences to show, word for word from the passages, each on one line; empty for an abstention."""
    short: str
    """The shortest answer: a name, date, number, yes or no; else a clause or the sentence."""
    confidence: float
    """In [0, 1], rising with the chance that `short` is right (``coefficients.toml`` says how it was fitted)."""
    citations: tuple[Citation, ...]
    """Spans of `text` with the ids of the passages they stand in; the quotes keep the passages' own white space."""
    abstained: bool
    candidates: tuple[ReadCandidate, ...] = ()
    """What was chosen and, behind it, up to four others that were not, likeliest first. Empty for an abstention, where
    the sentence itself is the answer, and for an answer made of several parts of a question."""

    def scaled(self, share: float) -> Reading:
        """Return the same with all confidences times `share`."""
        candidates = tuple(replace(each, confidence=share * each.confidence) for each in self.candidates)
        return replace(self, confidence=share * self.confidence, candidates=candidates)


ABSTAINED = Reading(text="", short="", confidence=0.0, citations=(), abstained=True)
"""Nothing in the passages supports an answer."""


def joined(readings: Iterable[Reading], short: str, confidence: float) -> Reading:
    """Show the sentences of several readings one after the other, each once, under one short answer."""
    text = ""
    citations: list[Citation] = []
    placed: dict[str, int] = {}
    for reading in readings:
        if not reading.text:
            continue
        if reading.text not in placed:
            text = f"{text} {reading.text}" if text else reading.text
            placed[reading.text] = len(text) - len(reading.text)
            shift = placed[reading.text]
            citations += [
                Citation(start=item.start + shift, end=item.end + shift, evidence_id=item.evidence_id, quote=item.quote)
                for item in reading.citations
            ]
    return Reading(text=text, short=short, confidence=confidence, citations=tuple(citations), abstained=False)
