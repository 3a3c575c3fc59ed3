"""Cut a long text into pieces that a model reads whole, and say when not all of it is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

__all__ = ["Chunks", "chunk"]

_PIECE: Final = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])|\n+")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunks:
    """The pieces of one text, in order."""

    texts: tuple[str, ...]
    """At least one; empty texts have one empty piece."""
    truncated: bool
    """Whether a part of the text is in no piece."""


def chunk(text: str, *, fits: Callable[[str], bool], most: int) -> Chunks:
    """Cut `text` at sentence ends, else at spaces, else anywhere, into pieces that fit.

    Args:
        text: What is to be read.
        fits: Says whether a model reads a piece whole; what fits, fits without its end too.
        most: How many pieces are read, at least 1.
    """
    if fits(text):
        return Chunks(texts=(text,), truncated=False)
    found: list[str] = []
    rest = text.strip()
    while rest and len(found) < most:
        end = _longest(rest, fits)
        found.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return Chunks(texts=tuple(found) or ("",), truncated=bool(rest))


def _longest(text: str, fits: Callable[[str], bool]) -> int:
    """Return where the longest head of `text` that fits ends, at the best kind of place; at least one character."""
    low, high = 0, 64
    while high < len(text) and fits(text[:high]):
        low, high = high, 2 * high
    high = min(high, len(text))
    if fits(text[:high]):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(text[:middle]) else (low, middle)
    low = max(low, 1)
    for pattern in (_PIECE, _SPACE):
        ends = [match.end() for match in pattern.finditer(text, low // 2, low)]
        if ends:
            return ends[-1]
    return low
