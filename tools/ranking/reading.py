"""Let models read the passages of one call: long ones in pieces, one look at the clock for every few pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from questline.tools.models.encoder import dense_is_reliable
from questline.types import Passage

from .chunks import chunk
from .hygiene import without_instructions
from .scorers import Scorer

__all__ = ["Reading"]

_MOST_CHARACTERS: Final = 200_000
"""Of one passage; nothing beyond is looked at, and the passage says so."""
_AT_ONCE: Final = 8
"""Pieces read between two looks at the clock."""


@dataclass(slots=True)
class Reading:
    """What is known of the passages of one call, by position."""

    query: str
    texts: list[str]
    """Title and text, without orders to a judge."""
    over: Callable[[], bool]
    """Says whether time is up."""
    cleaned: set[int] = field(default_factory=set[int])
    truncated: set[int] = field(default_factory=set[int])
    skipped: set[int] = field(default_factory=set[int])
    """Those that no English model can read for their writing."""

    @classmethod
    def of(cls, query: str, passages: Sequence[Passage], *, over: Callable[[], bool]) -> Reading:
        """Clean the passages; nothing is read yet."""
        reading = cls(query=query, texts=[], over=over)
        for index, passage in enumerate(passages):
            text, cleaned = without_instructions(passage.text[:_MOST_CHARACTERS])
            title, titled = without_instructions(passage.title[:_MOST_CHARACTERS])
            reading.texts.append(f"{title}\n{text}" if title else text)
            if cleaned or titled:
                reading.cleaned.add(index)
            if len(passage.text) > _MOST_CHARACTERS:
                reading.truncated.add(index)
        return reading

    def skip_what_is_not_english(self) -> None:
        """Mark what models of English cannot read: everything, where they cannot read the query."""
        readable = dense_is_reliable(self.query)
        self.skipped |= {n for n, text in enumerate(self.texts) if not (readable and dense_is_reliable(text))}

    def read(self, scorer: Scorer, order: Sequence[int], *, most: int) -> dict[int, float]:
        """Let `scorer` read passages in `order` until time is up; the best piece speaks for its passage.

        Args:
            scorer: What reads.
            order: Positions; those that are skipped are left out.
            most: Pieces of one passage.

        Returns:
            What it says of those that it read, by position. A value that is no finite number is left out.
        """
        found: dict[int, float] = {}
        waiting: list[tuple[int, str]] = []
        left = [index for index in order if index not in self.skipped]
        for place, index in enumerate(left):
            pieces = chunk(
                self.texts[index], query=self.query, fits=lambda piece: scorer.fits(self.query, piece), most=most
            )
            if pieces.truncated:
                self.truncated.add(index)
            waiting += [(index, piece) for piece in pieces.texts]
            if len(waiting) < _AT_ONCE and place < len(left) - 1:
                continue
            if self.over():
                break
            values = scorer(self.query, [piece for _, piece in waiting])
            for (at, _), value in zip(waiting, values, strict=True):
                if np.isfinite(value):
                    found[at] = max(float(value), found.get(at, float("-inf")))
            waiting = []
        return found
