"""From scores of where an answer starts and ends to texts with probabilities, "no answer" among them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.tools.text import sentences
from questline.types import TextSpan

from .pair_tokens import Pair

__all__ = ["ReadSpan", "SalientSentence", "SpanScores", "read_spans", "salient_sentences"]

_LONGEST: Final = 30
"""Word pieces of an answer at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSpan:
    """A possible answer."""

    start: int
    """First character in the passage."""
    end: int
    """One past the last."""
    text: str
    probability: float
    """Among all places of this passage and "no answer"; they add up to 1."""
    margin: float
    """Its score (start and end logits) minus that of "no answer": comparable between passages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SalientSentence:
    """A sentence of a passage, and how much it bears on the question."""

    span: TextSpan
    probability: float
    """Mean over its word pieces; 0 for one that was not read."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpanScores:
    """Where an answer may start and end in one passage: the score of any of its spans, not only of the likeliest."""

    starts: NDArray[np.float32]
    """Logits of a start, [tokens]; the first is that of "no answer"."""
    ends: NDArray[np.float32]
    """The same of an end."""
    pair: Pair
    shift: int = 0
    """Characters before the passage in what was read."""

    def margin(self, start: int, end: int) -> float | None:
        """Return the score of the characters from `start` to `end` of the passage, minus that of "no answer".

        The span is widened to whole word pieces. None where it was not read: an empty one, or one beyond the limit.
        """
        first = self.pair.first
        places = self.pair.places[first : len(self.pair.ids) - 1]
        low = bisect_right(places, start + self.shift, key=lambda place: place[1])
        high = bisect_left(places, end + self.shift, key=lambda place: place[0]) - 1
        if low > high or places[high][1] < end + self.shift:
            return None
        score = self.starts[first + low] + self.ends[first + high]
        return float(score - self.starts[0] - self.ends[0])


def read_spans(
    starts: NDArray[np.float32], ends: NDArray[np.float32], pair: Pair, text: str, *, k: int = 1, shift: int = 0
) -> tuple[ReadSpan, ...]:
    """Return the `k` likeliest answers, best first, none overlapping a better one (BERT, arXiv:1810.04805 §4.2-4.3).

    Args:
        starts: Logits [tokens] of a start; the first is that of "no answer". At least ``len(pair.ids)``.
        ends: The same of an end.
        pair: What was read.
        text: The passage.
        k: At most so many.
        shift: Characters before `text` in what was read; answers do not start in them.
    """
    first = pair.first
    last = len(pair.ids) - 1  # the end mark
    free = [n for n in range(first, last) if pair.places[n][0] >= shift]
    if not free:
        return ()
    low, count = free[0], len(free)
    begin, finish = starts[low : low + count], ends[low : low + count]
    table = begin[:, None] + finish[None, :]
    reach = np.arange(count)
    table = np.where((reach[None, :] >= reach[:, None]) & (reach[None, :] - reach[:, None] < _LONGEST), table, -np.inf)
    nothing = float(starts[0] + ends[0])
    highest = max(nothing, float(table.max()))
    total = float(np.exp(table - highest).sum()) + float(np.exp(nothing - highest))
    taken: list[ReadSpan] = []
    likeliest: NDArray[np.int64] = np.argsort(-table, axis=None, kind="stable")[: 40 * k]
    for a, b in (divmod(int(place), count) for place in likeliest):
        if not np.isfinite(table[a, b]) or len(taken) == k:
            break
        start, end = pair.places[low + a][0] - shift, pair.places[low + b][1] - shift
        if any(start < other.end and other.start < end for other in taken):
            continue
        score = float(table[a, b])
        probability = float(np.exp(score - highest)) / total
        taken.append(
            ReadSpan(start=start, end=end, text=text[start:end], probability=probability, margin=score - nothing)
        )
    return tuple(taken)


def salient_sentences(
    logits: NDArray[np.float32], pair: Pair, text: str, *, shift: int = 0, spans: Sequence[TextSpan] | None = None
) -> tuple[SalientSentence, ...]:
    """Return every sentence of the passage in order, with the mean of its word pieces' probabilities.

    Args:
        logits: [tokens], at least ``len(pair.ids)``.
        pair: What was read.
        text: The passage.
        shift: Characters before `text` in what was read.
        spans: Its sentences, where another way of cutting is wanted.
    """
    chances = 1 / (1 + np.exp(-np.clip(logits[: len(pair.ids)], -30, 30)))
    found: list[SalientSentence] = []
    for span in sentences(text) if spans is None else spans:
        inside = [
            n for n, (a, b) in enumerate(pair.places) if a >= 0 and span.start <= a - shift and b - shift <= span.end
        ]
        found.append(SalientSentence(span=span, probability=float(chances[inside].mean()) if inside else 0.0))
    return tuple(found)
