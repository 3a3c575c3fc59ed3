"""The segments of one or several documents with their words, as the scorer reads them."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .asked import Asked
from .segments import Segment, masked, segments
from .terms import Tokens, tokens

__all__ = ["Clock", "Page", "Source", "Unit"]

_BETWEEN_LOOKS: Final = 64
"""Segments read between two looks at the clock; so many are always read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document to summarize."""

    text: str
    id: str = ""
    title: str = ""
    date: str | None = None
    """ISO date; of two values that disagree, that of the later document is preferred."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A point in time after which no more work is begun."""

    until: float = math.inf

    @classmethod
    def after(cls, seconds: float | None) -> Clock:
        """Start counting now; None is no limit."""
        return cls(math.inf if seconds is None else time.monotonic() + seconds)

    @property
    def over(self) -> bool:
        """Whether the time has passed."""
        return time.monotonic() >= self.until


@dataclass(frozen=True, slots=True)
class Unit:
    """A segment with its words and its place."""

    source: int
    """Number of its document."""
    place: int
    """Number in its document."""
    segment: Segment
    text: str
    """Masked."""
    words: Tokens


@dataclass(frozen=True, slots=True)
class Page:
    """All units in order, document after document."""

    units: tuple[Unit, ...]
    titles: tuple[frozenset[str], ...]
    """Of each document, the terms of its title."""
    sizes: tuple[int, ...]
    """Of each document, how many units it has."""
    read: tuple[int, ...]
    """Of each document, one past the last character that was read."""
    frequency: Counter[str]
    """In how many units a term or a pair stands."""

    @classmethod
    def of(cls, sources: Iterable[Source], clock: Clock | None = None) -> Page:
        """Cut and read the documents; when the time is over, what was not reached is left out."""
        clock = clock or Clock()
        units: list[Unit] = []
        titles: list[frozenset[str]] = []
        sizes: list[int] = []
        read: list[int] = []
        frequency: Counter[str] = Counter()
        for number, source in enumerate(sources):
            titles.append(tokens(source.title).terms)
            over = bool(units) and clock.over
            plain = "" if over else masked(source.text)
            found = segments(plain)
            done = 0
            for segment in found:
                if len(units) % _BETWEEN_LOOKS == _BETWEEN_LOOKS - 1 and clock.over:
                    break
                words = tokens(plain, segment.start, segment.end)
                frequency.update(words.terms)
                frequency.update(words.pairs)
                units.append(Unit(number, done, segment, plain[segment.start : segment.end], words))
                done += 1
            sizes.append(done)
            complete = not over and done == len(found)
            read.append(len(source.text) if complete else (units[-1].segment.end if done else 0))
        return cls(tuple(units), tuple(titles), tuple(sizes), tuple(read), frequency)

    def weights(self, terms: Iterable[str]) -> dict[str, float]:
        """Return the weight of each term: rarer in these units is heavier."""
        count = len(self.units) + 1
        return {term: math.log(1 + count / (self.frequency[term] + 0.5)) for term in sorted(terms)}

    def covers(self, asked: Asked) -> list[float]:
        """Return for each unit the weighted share of the query's terms that it holds."""
        weights = self.weights(asked.terms)
        total = sum(weights.values()) or 1.0
        return [sum(weights[term] for term in sorted(asked.terms & unit.words.terms)) / total for unit in self.units]
