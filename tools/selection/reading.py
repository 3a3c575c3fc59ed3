"""Let models read the passages: an encoder's cosine, a cross-encoder's judgement; long passages in pieces.

The best piece speaks for its passage. A model that reads English alone is not asked about other writing. Passages are
read in the order given, so that when time ends, what was read is what mattered most.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from questline.budget import Meter
from questline.tools.models.cross_encoder import Judgement
from questline.tools.models.encoder import dense_is_reliable
from questline.tools.ranking.chunks import chunk
from questline.tools.reading import Encoder
from questline.types import Passage, TextSpan

from .features import Readings

__all__ = ["Heard", "Reader", "cosines", "judgements"]

_PIECE: Final = 900
"""Characters that a model with 256 word pieces reads whole, in nearly all prose."""
_MOST_PIECES: Final = 16
"""Of one passage, those nearest the question; the others are not read by a model, and the passage says so."""
_AT_ONCE: Final = 8
"""Pieces encoded between two looks at the clock."""
_SALIENT: Final = 0.5
"""Least probability of a sentence that is pointed at."""


class Reader(Protocol):
    """Judges texts beside a question, as `questline.tools.models.cross_encoder.CrossEncoder` does."""

    def judge(
        self, question: str, texts: Sequence[str], *, titles: Sequence[str] | None = None, spans: int = 3
    ) -> list[Judgement]:
        """Return one judgement a text, in order."""
        ...


@dataclass(slots=True)
class Heard:
    """What one model said, by position."""

    cosine: dict[int, float] = field(default_factory=dict[int, float])
    judged: dict[int, Judgement] = field(default_factory=dict[int, Judgement])
    spans: dict[int, tuple[TextSpan, ...]] = field(default_factory=dict[int, tuple[TextSpan, ...]])
    """The salient sentences of what was judged; places are those of the text that was given."""
    skipped: set[int] = field(default_factory=set[int])
    """Not read for their writing."""
    late: set[int] = field(default_factory=set[int])
    """Not read for want of time."""
    truncated: set[int] = field(default_factory=set[int])
    unread: set[int] = field(default_factory=set[int])
    """Not read because more likely ones were, as many as are read."""

    def beside(self, other: Heard) -> Heard:
        """Return what both heard."""
        return Heard(
            cosine={**self.cosine, **other.cosine},
            judged={**self.judged, **other.judged},
            spans={**self.spans, **other.spans},
            skipped=self.skipped | other.skipped,
            late=self.late | other.late,
            truncated=self.truncated | other.truncated,
            unread=self.unread | other.unread,
        )

    def readings(self, order: Sequence[int]) -> Readings:
        """Return the readings of the passages at `order`, in that order; NaN where one was not read."""

        def column(values: Mapping[int, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None:
            return np.array([values.get(index, np.nan) for index in order], np.float64) if values else None

        return Readings(
            cosine=column(self.cosine),
            relevance=column({index: each.relevance for index, each in self.judged.items()}),
            useful=column({index: each.useful for index, each in self.judged.items()}),
            answered=column({index: each.answered for index, each in self.judged.items()}),
        )


def cosines(
    encoder: Encoder,
    question: str,
    passages: Mapping[int, Passage],
    order: Sequence[int],
    meter: Meter,
    stopped: threading.Event,
    *,
    most: int,
) -> Heard:
    """Encode the question and the first `most` of the passages at `order`, until time ends."""
    heard = Heard()
    if not dense_is_reliable(question):
        heard.skipped |= set(order)
        return heard
    asked = encoder.encode([question])[0]
    waiting: list[tuple[int, str]] = []
    wanted = 0
    for place, index in enumerate(order):
        text = passages[index].as_text()
        if not dense_is_reliable(text):
            heard.skipped.add(index)
        else:
            wanted += 1
            pieces = chunk(text, query=question, fits=_fits, most=_MOST_PIECES)
            heard.truncated |= {index} if pieces.truncated else set()
            waiting += [(index, piece) for piece in pieces.texts]
        last = wanted == most or place == len(order) - 1
        if waiting and (len(waiting) >= _AT_ONCE or last):
            if stopped.is_set() or meter.exhausted(llm=False):
                break
            vectors = encoder.encode([piece for _, piece in waiting])
            for (at, _), value in zip(waiting, vectors @ asked, strict=True):
                if np.isfinite(value):
                    heard.cosine[at] = max(float(value), heard.cosine.get(at, -1.0))
            waiting = []
        if wanted == most:
            heard.unread |= set(order[place + 1 :])
            break
    heard.late |= set(order) - set(heard.cosine) - heard.skipped - heard.unread
    return heard


def judgements(
    reader: Reader,
    question: str,
    passages: Mapping[int, Passage],
    order: Sequence[int],
    meter: Meter,
    stopped: threading.Event,
) -> Heard:
    """Let the cross-encoder judge the passages at `order` until time ends."""
    heard = Heard()
    if not dense_is_reliable(question):
        heard.skipped |= set(order)
        return heard
    for index in order:
        passage = passages[index]
        if not dense_is_reliable(passage.as_text()):
            heard.skipped.add(index)
            continue
        if stopped.is_set() or meter.exhausted(llm=False):
            break
        pieces = chunk(passage.text, query=question, fits=_fits, most=_MOST_PIECES)
        told = reader.judge(question, pieces.texts, titles=[passage.title] * len(pieces.texts), spans=1)
        best = max(range(len(told)), key=lambda at: (told[at].useful, told[at].relevance, -at))
        if not np.isfinite(told[best].relevance):
            continue
        heard.judged[index] = told[best]
        if pieces.truncated or any(each.truncated for each in told):
            heard.truncated.add(index)
        heard.spans[index] = _salient(told[best], passage.text.find(pieces.texts[best]))
    heard.late |= set(order) - set(heard.judged) - heard.skipped
    return heard


def _fits(piece: str) -> bool:
    return len(piece) <= _PIECE


def _salient(told: Judgement, shift: int) -> tuple[TextSpan, ...]:
    """Return the sentences that bear on the question, at least the one that does most."""
    if not told.sentences or shift < 0:
        return ()
    most = max(sentence.probability for sentence in told.sentences)
    return tuple(
        TextSpan(start=each.span.start + shift, end=each.span.end + shift, text=each.span.text)
        for each in told.sentences
        if each.probability >= min(_SALIENT, most)
    )
