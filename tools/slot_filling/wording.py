"""The question as words with places, and how near a field's own words stand to a place in it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from questline.tools.text import CJK, STOPWORDS, stem

__all__ = ["Word", "Wording", "content_stems"]

_WORD: Final = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['’][^\W_{CJK}]+)*")
_BREAK: Final = re.compile(r"[,;:.?!()]|\band\b|\bor\b|\bbut\b", re.IGNORECASE)
_REACH: Final = 6
"""Words between a field's word and a value beyond which one says nothing about the other."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the question."""

    start: int
    end: int
    lower: str
    stem: str


class Wording:
    """A question, read once for all fields of all tools."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: tuple[Word, ...] = tuple(
            Word(match.start(), match.end(), match[0].casefold(), stem(match[0])) for match in _WORD.finditer(text)
        )
        self._starts = [word.start for word in self.words]

    @cached_property
    def stems(self) -> frozenset[str]:
        """Of all words."""
        return frozenset(word.stem for word in self.words)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the numbers of the first word that starts at or after `start`, and of the first beyond `end`."""
        return bisect_left(self._starts, start), bisect_left(self._starts, end)

    def before(self, start: int, count: int = 1) -> str:
        """Return the words right before a place, in lower case, without articles."""
        first, _ = self.span(start, start)
        words = [word.lower for word in self.words[max(0, first - count - 2) : first]]
        return " ".join([word for word in words if word not in ("the", "a", "an")][-count:])

    def after(self, end: int, count: int = 1) -> str:
        """Return the words right after a place, in lower case."""
        first = bisect_left(self._starts, end)
        return " ".join(word.lower for word in self.words[first : first + count])

    def near(self, stems: Set[str], start: int, end: int, taken: Iterable[tuple[int, int]] = ()) -> tuple[float, float]:
        """Return how near one of some stems stands before and after a place, each in [0, 1]: 1 right beside it.

        A mark of punctuation or an "and" between them, and another value (`taken`), count as several words.
        """
        first, last = self.span(start, end)
        best = [0.0, 0.0]
        others = [one for one in taken if one != (start, end)]
        for side, numbers in ((0, range(first - 1, max(-1, first - 1 - _REACH), -1)), (1, range(last, last + _REACH))):
            for number in numbers:
                if not 0 <= number < len(self.words):
                    break
                word = self.words[number]
                if word.stem in stems:
                    low, high = (word.end, start) if side == 0 else (end, word.start)
                    between = self.text[low:high]
                    gap = len([one for one in _WORD.findall(between) if one.casefold() not in STOPWORDS])
                    gap += 2 * len(_BREAK.findall(between))
                    gap += 3 * sum(low <= one < high for one, _ in others)
                    best[side] = max(best[side], 1 / (1 + 0.6 * gap))
        return best[0], best[1]


def content_stems(text: str) -> frozenset[str]:
    """Return the stems of the words of a text that say something."""
    return frozenset(
        stem(word) for word in (match.casefold() for match in _WORD.findall(text)) if word not in STOPWORDS
    )
