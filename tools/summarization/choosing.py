"""Choose the set of segments that answers best within a length (spec 05 §2.3, step 3).

    F(S) = sum of r_i + coverage * sum over facets of w_f * min(1, sum of cov(i, f))
           - redundancy * sum over pairs of sim(i, j) - breaks * number of jumps between pieces that are not neighbours

Greedy by gain / length ** power. A piece that is longer than what is left is clipped when nothing else has been taken.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .asked import Asked
from .limits import Limit, clipped
from .page import Clock, Page, Source, Unit
from .result import SummarySpan
from .scoring import Model, Scores

__all__ = ["Choice", "choose", "span_of"]

_CONSIDERED: Final = 150
"""Units that are looked at, the best ones; of the others none is worth its place."""
_IDLE: Final = 0.02
"""Share of the best unit's relevance below which another that covers nothing new only fills the length."""
_TWIN: Final = 0.85
"""Two units that share more of their words than this say the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen."""

    spans: tuple[SummarySpan, ...]
    """In the order of the documents."""
    units: tuple[int, ...]
    """Numbers of their units."""
    too_small: bool = False
    """The limit is smaller than the shortest piece."""


def span_of(unit: Unit, sources: Sequence[Source], score: float) -> SummarySpan:
    """Return a unit as a piece of a summary."""
    source, segment = sources[unit.source], unit.segment
    return SummarySpan(
        start=segment.start,
        end=segment.end,
        text=source.text[segment.start : segment.end],
        score=round(float(score), 4),
        kind=segment.kind,
        document=source.id,
    )


def choose(
    asked: Asked,
    page: Page,
    scores: Scores,
    sources: Sequence[Source],
    limit: Limit,
    *,
    clock: Clock,
    without: frozenset[int] = frozenset(),
) -> Choice:
    """Return the pieces of a summary, at least one unless the limit is too small.

    Args:
        asked: The query.
        page: What is chosen from.
        scores: Of its units.
        sources: The documents themselves.
        limit: Never exceeded.
        clock: When the time is over, the best set so far is returned.
        without: Units that are left out: a later one corrects them.
    """
    relevance = scores.relevance
    order = [number for number in scores.order if number not in without]
    left = order[:_CONSIDERED]
    power = scores.model.length
    costs = {number: limit.share(page.units[number].text) ** power for number in left} if power else {}
    objective = _Objective(asked, page, scores.model, relevance)
    taken: list[int] = []
    spans: dict[int, SummarySpan] = {}
    while left:
        gains = {number: objective.gain(number, taken) for number in left}
        weighed = {number: gain / costs.get(number, 1.0) if gain > 0 else gain for number, gain in gains.items()}
        number = max(left, key=lambda each: (weighed[each], -each))
        if taken and gains[number] <= 0:
            break
        left.remove(number)
        span = span_of(page.units[number], sources, relevance[number])
        fitting = _fitting(span, number, spans, limit, asked)
        if fitting is not None:
            spans[number] = fitting
            insort(taken, number)
        if (limit.sentences is not None and len(taken) >= limit.sentences) or (taken and clock.over):
            break
    return Choice(
        spans=tuple(spans[number] for number in taken), units=tuple(taken), too_small=bool(order) and not taken
    )


def _fitting(
    span: SummarySpan, number: int, spans: dict[int, SummarySpan], limit: Limit, asked: Asked
) -> SummarySpan | None:
    def fits(trial: SummarySpan) -> bool:
        return limit.allows([piece for _, piece in sorted([*spans.items(), (number, trial)])])

    if fits(span):
        return span
    return None if spans else clipped(span, asked.terms, fits)


class _Objective:
    """The gain of one more unit; what does not change is computed once."""

    def __init__(self, asked: Asked, page: Page, model: Model, relevance: list[float]) -> None:
        self._page, self._model, self._relevance = page, model, relevance
        self._least = _IDLE * max(relevance, default=0.0)
        weights = page.weights(asked.terms)
        total = sum(weights.values()) or 1.0
        self._facets = [
            (sum(weights.get(term, 0.0) for term in sorted(terms)) / total, terms) for _, terms in asked.facets
        ]
        self._weights = weights
        self._held: dict[int, tuple[float, ...]] = {}

    def gain(self, number: int, taken: list[int]) -> float:
        """Return F(taken + number) - F(taken)."""
        model = self._model
        covered = 0.0
        for facet, (weight, _) in enumerate(self._facets):
            before = min(1.0, sum(self._cover(other)[facet] for other in taken))
            covered += weight * (min(1.0, before + self._cover(number)[facet]) - before)
        if taken and not covered and self._relevance[number] < self._least:
            return -1.0
        value = self._relevance[number] + model.coverage * covered
        likenesses = [self._likeness(number, other) for other in taken]
        if any(likeness > _TWIN for likeness in likenesses):
            return -1.0
        return value - model.redundancy * sum(likenesses) - model.breaks * self._more_jumps(number, taken)

    def _cover(self, number: int) -> tuple[float, ...]:
        if number not in self._held:
            here = self._page.units[number].words.terms
            covers: list[float] = []
            for _, terms in self._facets:
                total = sum(self._weights.get(term, 0.0) for term in sorted(terms)) or 1.0
                covers.append(sum(self._weights.get(term, 0.0) for term in sorted(terms & here)) / total)
            self._held[number] = tuple(covers)
        return self._held[number]

    def _likeness(self, one: int, other: int) -> float:
        mine, theirs = self._page.units[one].words.terms, self._page.units[other].words.terms
        return len(mine & theirs) / min(len(mine), len(theirs)) if mine and theirs else 0.0

    def _more_jumps(self, number: int, taken: list[int]) -> int:
        """Return by how many the jumps between pieces that are not neighbours grow."""
        place = bisect_left(taken, number)
        left = taken[place - 1] if place else None
        right = taken[place] if place < len(taken) else None
        jumps = int(left is not None and number - left > 1) + int(right is not None and right - number > 1)
        return jumps - int(left is not None and right is not None and right - left > 1)
