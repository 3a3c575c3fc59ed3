"""Find which passage tells of an event, and which of its time expressions dates it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from typing import Final

from questline.tools.retrieval.analyze import analyze
from questline.tools.temporal.result import UNITS, TimeReading
from questline.tools.temporal.searching.contract import DatedPassage
from questline.tools.temporal.searching.dates import times_of

from .contract import Interval

__all__ = ["ENOUGH", "Library", "locate"]

ENOUGH: Final = 0.3
"""Coverage below which a passage does not tell of an event. Chosen on the development fifth of the ChronoQA part."""
_ONE_CHARACTER: Final = 0.25
"""Weight of a single Chinese character beside a pair or a word."""
_SENTENCE: Final = re.compile(r"[^。！？；;!?\n]+[。！？；;!?\n]*|(?<=[.])\s+")
_NEAR: Final = 0.85
"""A sentence that holds so much of what the best one does is as good; the earlier of them dates the event."""
_TIMELY: Final = 0.25
"""What a passage gains, in coverage, that has a time which the question gives the event."""
_MOST: Final = 4
"""Events that are placed in different passages by trying all ways."""
_MOST_PASSAGES: Final = 6


class Library:
    """Passages with their terms and times, read once for all events of a question."""

    def __init__(self, passages: Sequence[DatedPassage]) -> None:
        self.passages = tuple(passages)
        self.terms = [frozenset(analyze(each.text)) for each in self.passages]
        self.times = [times_of(each) for each in self.passages]


def locate(
    events: Sequence[Sequence[TimeReading] | None], texts: Sequence[str], library: Library
) -> list[Interval | None]:
    """Return when each event was; None where no passage tells.

    Different events are looked for in different passages, as long as each is told there well enough.

    Args:
        events: Times that the question itself gives an event: only dates that fit them count.
        texts: The events in the question's words.
        library: The passages.
    """
    weights = [_weights(text) for text in texts]
    covered = [[_coverage(each, terms) for terms in library.terms] for each in weights]
    for row, told in zip(covered, events, strict=True):
        for place, times in enumerate(library.times):
            if row[place] >= ENOUGH and any(_fits(each, told or ()) for each in times):
                row[place] += _TIMELY
    places = _placed(covered, library)
    found: list[Interval | None] = []
    for text, weight, place, told, covers in zip(texts, weights, places, events, covered, strict=True):
        if place is None:
            found.append(None)
            continue
        reading = _dating(library.passages[place].text, library.times[place], weight, told or ())
        passage = library.passages[place]
        if reading is None and passage.published is not None:
            day = passage.published
            found.append(
                Interval(
                    event=text, start=day, end=day, granularity="day", said=day.isoformat(),
                    passage=passage.id, coverage=round(min(1.0, covers[place]), 3),
                )
            )  # fmt: skip
        elif reading is None or reading.start is None or reading.end is None:
            found.append(None)
        else:
            found.append(
                Interval(
                    event=text, start=reading.start, end=reading.end, granularity=reading.granularity,
                    said=reading.span.text, passage=passage.id, coverage=round(min(1.0, covers[place]), 3),
                )
            )  # fmt: skip
    return found


def _weights(text: str) -> dict[str, float]:
    return {term: _ONE_CHARACTER if len(term) == 1 and not term.isascii() else 1.0 for term in analyze(text)}


def _coverage(weights: Mapping[str, float], terms: frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in terms) / total if total else 0.0


def _placed(covered: Sequence[Sequence[float]], library: Library) -> list[int | None]:
    """Give each event the passage that covers it best, no passage to two events where there are enough of them."""
    dated = [place for place, times in enumerate(library.times) if times or library.passages[place].published]
    good = [[place for place in dated if each[place] >= ENOUGH] for each in covered]
    if len(covered) > 1 and len(covered) <= _MOST:
        tops = sorted(dated, key=lambda place: -max(each[place] for each in covered))[:_MOST_PASSAGES]
        best: tuple[float, tuple[int, ...]] = (0.0, ())
        for chosen in permutations(tops, len(covered)):
            values = [each[place] for each, place in zip(covered, chosen, strict=True)]
            if min(values) >= ENOUGH and sum(values) > best[0]:
                best = (sum(values), chosen)
        if best[1]:
            return list(best[1])
    return [max(each, key=lambda place: row[place]) if each else None for each, row in zip(good, covered, strict=True)]


def _dating(
    text: str, times: Iterable[TimeReading], weights: Mapping[str, float], told: Sequence[TimeReading]
) -> TimeReading | None:
    """Return the time of the sentence that tells most of the event, else the last one before it."""
    closed = [each for each in times if each.start and each.end]
    closed = [each for each in closed if _fits(each, told)] or closed
    if not closed:
        return None
    sentences = [(found.start(), found.end()) for found in _SENTENCE.finditer(text)]
    values = [_coverage(weights, frozenset(analyze(text[start:end]))) for start, end in sentences]
    best = max(values, default=0.0)
    for (start, end), value in zip(sentences, values, strict=True):
        if best and value >= _NEAR * best:
            within = [each for each in closed if start <= each.span.start < end]
            before = [each for each in closed if each.span.start < start]
            if within:
                return min(within, key=lambda each: (UNITS.index(each.granularity) > 0, each.span.start))
            if before:
                return before[0]
            break
    return closed[0]


def _fits(one: TimeReading, told: Sequence[TimeReading]) -> bool:
    return any(each.kind in ("absolute", "relative") and _overlap(one, each) for each in told)


def _overlap(one: TimeReading, other: TimeReading) -> bool:
    starts = other.start is None or (one.end is not None and one.end >= other.start)
    return starts and (other.end is None or (one.start is not None and one.start <= other.end))
