"""How long a summary may be, and where a sentence that is longer may be cut."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from questline.errors import UsageError
from questline.tools.text import CJK, word_count

from .result import SummarySpan, joined
from .terms import tokens

__all__ = ["Limit", "clipped", "splits"]

_CLAUSE_END: Final = re.compile(
    r"[,;:][\"'”’)\]]*\s+|[，；：、。！？][”’』」》）】]*|\s+[–—-]\s+|——"
    r"|\s+(?=(?:and|but|or|which|who|whose|where|when|while|because|although|so|that)\s)|(?<=[)）])\s*"
)
_EDGE: Final = " \t\n\r,;:，；：、–—-"
_SPACE: Final = re.compile(r"\s+")
_INSIDE_NUMBER: Final = re.compile(r"[.,:/]\d")
_WORD: Final = re.compile(rf"[^\W{CJK}]")
_FEWEST: Final = 3
"""Words of a piece that was cut between words; fewer say nothing."""
_JOINERS: Final = frozenset("\u200c\u200d\ufe0e\ufe0f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The longest summary; what is not given is not limited."""

    sentences: int | None = None
    """Pieces."""
    chars: int | None = None
    """Unicode code points of the text."""
    words: int | None = None
    """Words of the text; two CJK characters count as one."""

    @classmethod
    def of(cls, *, max_sentences: int | None, max_chars: int | None, max_words: int | None) -> Limit:
        """Check the arguments; three sentences where nothing is given.

        Raises:
            UsageError: ``bad_param`` with the field.
        """
        given = {"max_sentences": max_sentences, "max_chars": max_chars, "max_words": max_words}
        for name, value in given.items():
            whole: object = value
            if value is not None and (isinstance(whole, bool) or not isinstance(whole, int) or value < 1):
                raise UsageError(
                    f"{name}={value!r} must be a whole number of at least 1", code="bad_param", argument=name
                )
        if max_chars is not None and max_words is not None:
            raise UsageError("give max_chars or max_words, not both", code="bad_param", argument="max_words")
        if max_sentences is None and max_chars is None and max_words is None:
            max_sentences = 3
        return cls(sentences=max_sentences, chars=max_chars, words=max_words)

    def allows(self, spans: Sequence[SummarySpan]) -> bool:
        """Say whether these pieces together are short enough."""
        if self.sentences is not None and len(spans) > self.sentences:
            return False
        if self.chars is None and self.words is None:
            return True
        text = joined(spans)
        return len(text) <= self.chars if self.chars is not None else word_count(text) <= (self.words or 0)

    def share(self, text: str) -> float:
        """Return which share of the limit a piece takes, at least a thousandth."""
        shares = [1 / self.sentences] if self.sentences is not None else []
        if self.chars is not None:
            shares.append(len(text) / self.chars)
        if self.words is not None:
            shares.append(word_count(text) / self.words)
        return max(0.001, *shares)


def splits(text: str, place: int) -> bool:
    """Say whether a cut before ``text[place]`` would go through a word, a number or a combined character."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    kind = unicodedata.category(after)[0]
    if kind == "M" or after in _JOINERS or before == "\u200d":
        return True
    if "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff":
        return True
    if all("\U0001f1e6" <= letter <= "\U0001f1ff" for letter in (before, after)):
        return True
    if before.isdigit() and (kind in "LNS" or after in "%％" or _INSIDE_NUMBER.match(text, place)):
        return True
    if after.isdigit() and before in ".,:/" and text[place - 2 : place - 1].isdigit():
        return True
    return bool(_WORD.match(before) and _WORD.match(after)) or (before in "'’" and after.isalpha())


def clipped(span: SummarySpan, terms: frozenset[str], fits: Callable[[SummarySpan], bool]) -> SummarySpan | None:
    """Return the run of clauses of a sentence that fits and tells most, marked where it was cut; None when none fits.

    The clause that holds most of the query comes first, its neighbours as long as they fit. Where not even one clause
    fits, English is cut between words, never between a number and its unit; Chinese is not cut.
    """
    parts = list(_clauses(span.text))

    def trial(first: int, last: int) -> SummarySpan | None:
        part = _part(span, parts[first][0], parts[last][1])
        return part if part.text and fits(part) else None

    kept = [len(terms & tokens(span.text[first:last]).terms) for first, last in parts]
    order = sorted(range(len(parts)), key=lambda number: (-kept[number], number))
    for low in order:
        high, best = low, trial(low, low)
        while best is not None:
            longer = trial(low, high + 1) if high + 1 < len(parts) else None
            if longer is not None:
                high, best = high + 1, longer
                continue
            longer = trial(low - 1, high) if low else None
            if longer is None:
                return best
            low, best = low - 1, longer  # noqa: PLW2901 because the run grows to the left
    return _between_words(span, *parts[order[0]], fits) if parts else None


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _CLAUSE_END.finditer(text):
        if start < match.end() < len(text) and not splits(text, match.end()):
            yield start, match.end()
            start = match.end()
    yield start, len(text)


def _part(span: SummarySpan, first: int, last: int) -> SummarySpan:
    """Return characters `first` to `last` of a piece, without the marks that a cut leaves at its ends."""
    text = span.text[first:last]
    if last < len(span.text):
        text = text.rstrip(_EDGE)
    idle = len(text) - len(text.lstrip(_EDGE)) if first else 0
    while idle and splits(span.text, first + idle):
        idle -= 1  # a mark that carries an accent is no edge
    kept = text[idle:]
    start = span.start + first + idle
    return replace(
        span,
        start=start,
        end=start + len(kept),
        text=kept,
        cut_before=span.cut_before or start > span.start,
        cut_after=span.cut_after or start + len(kept) < span.end,
    )


def _between_words(span: SummarySpan, first: int, last: int, fits: Callable[[SummarySpan], bool]) -> SummarySpan | None:
    text = span.text
    for match in reversed(list(_SPACE.finditer(text, first, last))):
        end = match.start()
        number_and_unit = text[end - 1 : end].isdigit()
        if len(text[first:end].split()) < _FEWEST:
            return None
        if not number_and_unit and not splits(text, end):
            part = _part(span, first, end)
            if fits(part):
                return part
    return None
