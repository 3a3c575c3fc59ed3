"""Search a list of passages with the times of the question in mind: softly, never as a filter.

    score = z(BM25) + lambda(kind) * confidence * tau + mu * recency

A question about several events is cut into them, each is searched for, the lists are fused by reciprocal rank, and each
event keeps a slot. ``The day of <event>`` goes two steps: the passages of the event and of what is asked are paired by
a common day, which is then searched for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.tools.retrieval.analyze import analyze
from questline.tools.temporal.arithmetic import as_day
from questline.tools.temporal.resolver import resolve_time
from questline.tools.temporal.result import Granularity, TimeReading
from questline.types import TextSpan

from .asking import Asked, asked
from .contract import DatedPassage, Found, Part, Reading, Weights
from .cutting import cuts, wanted_count
from .dates import Calendar
from .pairing import common_days
from .shipped import shipped_weights
from .sparse import Sparse, best_of
from .writing import written

__all__ = ["TemporalSearch"]

_SCALED = ("absolute", "partial", "relative")
_NEWEST = re.compile(r"最新|最近一次|最近的|latest|newest|most recent", re.IGNORECASE)
_YEAR_DAYS = 365.0
"""After so long recency is exp(-1)."""
_FULL = 8.0
"""Standard score of the best passage from which on times count in full: among few passages no score is that high, and
times would drown the words."""
_COMPARED = 20
"""Passages that scores are standardised over at least, those without a word of the question among them."""
_RANKED = 300
"""Places of a list that count for fusion."""
_BARE = 0.5
"""Share of a passage's terms that a day makes up, from which on it says that day and little else."""


class TemporalSearch:
    """Passages in memory, searched with the times of the question in mind.

    Args:
        passages: About a thousand are read in a second.
        weights: Those that ship where left out.
        hears: Called before the times of each passage are read; what it raises ends the reading.
    """

    def __init__(
        self,
        passages: Sequence[DatedPassage],
        *,
        weights: Weights | None = None,
        hears: Callable[[], None] | None = None,
    ) -> None:
        self.passages = tuple(passages)
        self.weights = weights or shipped_weights()
        self.calendar = Calendar(self.passages, hears=hears)
        self._sparse = Sparse([each.text for each in self.passages])
        self._begins = np.array([each[0].toordinal() if each else 0 for each in self.calendar.first], np.int64)

    @property
    def undated(self) -> int:
        """How many passages have no date; time neither lifts nor lowers them."""
        return self.calendar.undated

    def search(
        self, question: str, *, anchor: date | str | None, k: int = 5, temporal: bool = True, decompose: bool = True
    ) -> Sequence[Found]:
        """Return at most ``k`` passages, best first.

        Args:
            question: English, Chinese, or both.
            anchor: The day that relative words of the question are counted from; None is today, by this machine.
            k: At least 1.
            temporal: Whether times count at all; without, only words do.
            decompose: Whether a question about several events is cut into them.

        Raises:
            UsageError: ``empty_query``, ``bad_k``, ``bad_anchor``.

        Source: spec 09 §2.5, §6.
        """
        return self.found(question, anchor=anchor, k=k, temporal=temporal, decompose=decompose)[1]

    def found(
        self, question: str, *, anchor: date | str | None, k: int = 5, temporal: bool = True, decompose: bool = True
    ) -> tuple[Reading, Sequence[Found]]:
        """Return how a question was understood, and what `search` returns for it; raises as that does."""
        if isinstance(k, bool) or k < 1:
            raise UsageError(f"k={k!r} must be at least 1", code="bad_k", argument="k")
        reading = self.read(question, anchor=anchor, decompose=decompose)
        return reading, self.ranked(reading, k=k, temporal=temporal)

    def read(self, question: str, *, anchor: date | str | None, decompose: bool = True) -> Reading:
        """Return how a question is understood: its times, and the events it is cut into.

        Raises:
            UsageError: ``empty_query``, ``bad_anchor``.
        """
        day = datetime.now().astimezone().date() if anchor is None else anchor
        readings = tuple(resolve_time(question, day))
        try:
            day = as_day(day, argument="anchor")
        except UsageError as error:
            raise UsageError(error.message, code="bad_anchor", argument="anchor") from error
        wording = asked(question)
        parts = self._parts(wording, readings, day) if decompose else ()
        return Reading(
            question=question,
            anchor=day,
            anchor_assumed=anchor is None,
            readings=readings,
            expansion=written(readings, chinese=wording.chinese),
            parts=parts,
            shared=wording.unit if wording.ask == "shared" and parts else None,
            chinese=wording.chinese,
        )

    # cutting

    def _parts(self, wording: Asked, readings: Sequence[TimeReading], anchor: date) -> tuple[Part, ...]:
        if wording.ask == "one":
            return ()
        if wording.ask == "shared":
            return tuple(Part(text=text, readings=_times(text, anchor)) for text in (wording.rest, wording.body))
        prefix, body = _common_time(wording.body, readings)
        best: tuple[float, tuple[str, ...]] = (0.0, ())
        for count in wanted_count(wording):
            for pieces in cuts(body, count, chinese=wording.chinese):
                value = sum(self._worth(piece) for piece in pieces)
                if value > best[0]:
                    best = (value, pieces)
            if best[1]:
                break
        return tuple(Part(text=piece, readings=_times(piece, anchor, prefix)) for piece in best[1])

    def _worth(self, text: str) -> float:
        scores = self._sparse.scores(Counter(analyze(text)))
        return float(scores.max(initial=0.0))

    # ranking

    def ranked(self, reading: Reading, *, k: int, temporal: bool = True) -> Sequence[Found]:
        """Return what `search` does for a question that `read` has understood; no weight changes a reading."""
        if not self.passages:
            return ()
        whole, lexical, tau = self._scored(
            reading.question, reading.readings, anchor=reading.anchor, chinese=reading.chinese, temporal=temporal
        )
        if not reading.parts:
            order = best_of(whole, k)
            return [self._one(int(place), float(whole[place]), lexical, tau) for place in order]
        lists = [
            self._scored(part.text, part.readings, anchor=reading.anchor, chinese=reading.chinese, temporal=temporal)
            for part in reading.parts
        ]
        scores = [each[0] for each in lists]
        if reading.shared and temporal:
            scores = self._on_one_day(scores, reading.shared, chinese=reading.chinese)
        return self._fused(whole, scores, k, lexical, np.maximum.reduce([tau, *(each[2] for each in lists)]))

    def _scored(
        self, text: str, readings: Sequence[TimeReading], *, anchor: date, chinese: bool, temporal: bool
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Return for each passage its score, its BM25 and its tau."""
        terms: dict[str, float] = dict(Counter(analyze(text)))
        if temporal:
            for term in analyze(written(readings, chinese=chinese)):
                terms[term] = terms.get(term, 0.0) + self.weights.expansion
        lexical = self._sparse.scores(terms)
        score = _standard(lexical)
        tau = np.zeros(len(self.passages), np.float32)
        if temporal:
            scale = _scale(score)
            score = score - scale * self.weights.later * (self._begins > anchor.toordinal())
            lift = np.zeros_like(tau)
            if _NEWEST.search(text):
                ages = np.maximum(anchor.toordinal() - self.calendar.newest(), 0)
                recent = np.where(self.calendar.dated, np.exp(-ages / _YEAR_DAYS), 0)
                score = score + scale * self.weights.recency * recent.astype(np.float32)
            for each in readings:
                if each.kind in _SCALED and (each.start or each.end):
                    fits = self.calendar.tau(each.start, each.end, each.granularity, self.weights.gap_days)
                    lift = np.maximum(lift, self.weights.time[each.kind] * each.confidence * fits)
                    tau = np.maximum(tau, fits)
            score = score + scale * lift
        return score.astype(np.float32), lexical, tau

    def _on_one_day(
        self, scores: Sequence[NDArray[np.float32]], unit: Granularity, *, chinese: bool
    ) -> list[NDArray[np.float32]]:
        """Return the scores of what is asked and of the event, lifted on the likeliest common day, and of that day."""
        asked_, event = scores
        together = self.weights.together * min(_scale(asked_), _scale(event))
        found = common_days(asked_, event, self.calendar.first, unit=unit, together=together, alone=self.weights.alone)
        if not found:
            return list(scores)
        _, (start, end), _, _ = found[0]
        lift = (together * self.calendar.tau(start, end, unit, self.weights.gap_days)).astype(np.float32)
        days = [self._bare(*each[1], chinese=chinese) for each in found[: self.weights.days]]
        return [asked_ + lift, event + lift, *(each for each in days if each.any())]

    def _bare(self, start: date, end: date, *, chinese: bool) -> NDArray[np.float32]:
        """Return scores of the passages that name a day and say little else; 0 for all others."""
        terms = analyze(_told(start, end, chinese=chinese))
        scores = self._sparse.scores(Counter(terms))
        return np.where(len(terms) >= _BARE * self._sparse.lengths, scores, 0).astype(np.float32)

    def _fused(
        self,
        whole: NDArray[np.float32],
        scores: Sequence[NDArray[np.float32]],
        k: int,
        lexical: NDArray[np.float32],
        tau: NDArray[np.float32],
    ) -> list[Found]:
        """Return a slot for each part, then the rest by the sum of their reciprocal ranks."""
        offset = self.weights.rank_offset
        fused = self.weights.whole / (offset + _ranks(whole))
        for each in scores:
            fused = fused + 1 / (offset + _ranks(each))
        slots: dict[int, int] = {}
        for part, each in enumerate(scores):
            free = (int(place) for place in best_of(each, len(scores) + 1) if each[place])
            place = next((place for place in free if place not in slots), None)
            if place is not None:
                slots[place] = part
        order = sorted(slots, key=lambda place: -fused[place])
        order += [int(p) for p in best_of(fused, k + len(slots)) if int(p) not in slots]
        return [
            replace(self._one(place, 1 / rank, lexical, tau), part=slots.get(place))
            for rank, place in enumerate(order[:k], start=1)
        ]

    def _one(self, place: int, score: float, lexical: NDArray[np.float32], tau: NDArray[np.float32]) -> Found:
        return Found(
            id=self.passages[place].id, score=score, lexical=float(lexical[place]), tau=round(float(tau[place]), 4)
        )


def _told(start: date, end: date, *, chinese: bool) -> str:
    span = TextSpan(start=0, end=0, text="")
    return written(
        [TimeReading(span=span, start=start, end=end, granularity="day", kind="absolute", confidence=1.0)],
        chinese=chinese,
    )


def _times(text: str, anchor: date, inherited: Sequence[TimeReading] = ()) -> tuple[TimeReading, ...]:
    return tuple(resolve_time(text, anchor)) or tuple(inherited)


def _common_time(body: str, readings: Sequence[TimeReading]) -> tuple[tuple[TimeReading, ...], str]:
    """Return the time at the head of a body that holds for all its events, and the body without it."""
    head = [each for each in readings if body.removeprefix("在").startswith(each.span.text)]
    if not head:
        return (), body
    rest = body.removeprefix("在")[len(head[0].span.text) :]
    tail = rest.lstrip("中内里间期份的初底末")
    if tail[:1] not in ("，", ","):
        return (), body
    return tuple(each for each in head if each.span == head[0].span), tail[1:]


def _standard(values: NDArray[np.float32]) -> NDArray[np.float32]:
    known = values[values > 0]
    if not known.size:
        return np.zeros_like(values)
    missing = max(0, min(values.size, _COMPARED) - known.size)
    known = np.concatenate([known, np.zeros(missing, values.dtype)])
    return ((values - known.mean()) / (known.std() + 1e-6)).astype(np.float32)


def _scale(scores: NDArray[np.float32]) -> float:
    return min(1.0, max(0.0, float(scores.max(initial=0.0)) / _FULL))


def _ranks(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ranks from 1; all that are far from the top share the last."""
    ranks = np.full(values.size, values.size, np.float32)
    best = best_of(values, _RANKED)
    ranks[best] = np.arange(1, best.size + 1, dtype=np.float32)
    return ranks
