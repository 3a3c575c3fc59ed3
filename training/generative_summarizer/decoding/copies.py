"""Drafts that are copied from the document: what follows there on the tokens that were written last (spec 05 §2.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from questline.errors import UsageError

from .tree import Tree

__all__ = ["Copies"]

_PLACES: Final = 32
"""Places that are kept of one run of tokens."""


class Copies:
    """An index of all runs of a document of `least` to `most` tokens; the longest just written is gone on with.

    Of several places the one where the last draft was taken comes first, so that a copy goes on where it was; else the
    first in the document.

    Args:
        document: Tokens.
        least: Shortest run that a draft begins after.
        most: Longest.
        longest: Tokens of a draft, at most.

    Raises:
        UsageError: ``bad_argument`` for sizes that are none.
    """

    def __init__(self, document: Sequence[int], *, least: int = 2, most: int = 4, longest: int = 16) -> None:
        if not 1 <= least <= most or longest < 1:
            raise UsageError(
                f"least={least}, most={most}, longest={longest}: it must be 1 <= least <= most, and longest >= 1",
                code="bad_argument",
                argument="least",
            )
        self._document, self._least, self._most, self._longest = tuple(document), least, most, longest
        self._ends: dict[tuple[int, ...], list[int]] = {}
        for size in range(least, most + 1):
            for start in range(len(self._document) - size):
                ends = self._ends.setdefault(self._document[start : start + size], [])
                if len(ends) < _PLACES:
                    ends.append(start + size)
        self._written = 0
        self._at = -1

    def draft(self, written: Sequence[int]) -> tuple[int, ...]:
        """Return the tokens that follow in the document; nothing where no run of what was written stands there."""
        here = self._at + len(written) - self._written if self._at >= 0 else -1
        for size in range(min(self._most, len(written)), self._least - 1, -1):
            ends = self._ends.get(tuple(written[len(written) - size :]))
            if ends:
                self._at, self._written = (here if here in ends else ends[0]), len(written)
                return self._document[self._at : self._at + self._longest]
        self._at = -1
        return ()

    def ask(self, written: Sequence[int], reach: int) -> Tree:
        """See `Source.ask`."""
        return Tree.chain(self.draft(written)[:reach])

    def hear(self, said: Sequence[int]) -> None:
        """Learn nothing: the document stays as it is."""
