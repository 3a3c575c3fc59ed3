"""Cut a long text into pieces that a model reads whole; of more pieces than it may read, those near the query are read.

Where an answer stands in a long text nobody knows before: pieces that hold the query's rarer words are read first, the
first piece always (it names what the text is about), and what room is left is spread over the rest of the text.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.text import content_terms

__all__ = ["Chunks", "chunk"]

_PIECE: Final = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])|\n+")
_SPACE: Final = re.compile(r"\s+")
_MOST_CUT: Final = 256
"""Pieces among which is chosen; nothing beyond is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunks:
    """The pieces of one text, in order."""

    texts: tuple[str, ...]
    """At least one; empty texts have one empty piece."""
    truncated: bool
    """Whether a part of the text is in no piece."""


def chunk(text: str, *, query: str, fits: Callable[[str], bool], most: int) -> Chunks:
    """Cut `text` at sentence ends, else at spaces, else anywhere, into pieces that fit.

    Args:
        text: What is to be read.
        query: What it is read for: decides which pieces are read where there are more than `most`.
        fits: Says whether a model reads a piece whole; what fits, fits without its end too.
        most: How many pieces are read, at least 1.
    """
    if fits(text):
        return Chunks(texts=(text,), truncated=False)
    found: list[str] = []
    rest = text.strip()
    while rest and len(found) < _MOST_CUT:
        end = _longest(rest, fits) if len(found) < most else _ending(rest, _fitting(rest, fits, max(map(len, found))))
        found.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    if len(found) <= most:
        return Chunks(texts=tuple(found) or ("",), truncated=bool(rest))
    return Chunks(texts=tuple(found[place] for place in _nearest(query, found, most)), truncated=True)


def _nearest(query: str, pieces: Sequence[str], most: int) -> list[int]:
    """Return the places of the pieces to read, in order."""
    asked = set(content_terms(query))
    held = [asked & set(content_terms(piece)) for piece in pieces]
    holders = Counter(term for terms in held for term in terms)
    weights = {term: math.log(1 + len(pieces) / (count + 0.5)) for term, count in holders.items()}
    near = [math.fsum(sorted(weights[term] for term in terms)) for terms in held]
    best = sorted((place for place in range(1, len(pieces)) if near[place]), key=lambda place: -near[place])
    read = {0, *best[: most - 1]}
    rest = [place for place in range(len(pieces)) if place not in read]
    room = most - len(read)
    read |= {rest[(2 * number + 1) * len(rest) // (2 * room)] for number in range(room)}
    return sorted(read)


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
    return _ending(text, max(low, 1))


def _fitting(text: str, fits: Callable[[str], bool], size: int) -> int:
    """Return a size that fits, not much below `size`: far pieces need not be as long as can be."""
    while size > 1 and not fits(text[:size]):
        size = size * 7 // 8
    return max(size, 1)


def _ending(text: str, size: int) -> int:
    """Return the best kind of end in the second half of the first `size` characters."""
    if size >= len(text):
        return len(text)
    for pattern in (_PIECE, _SPACE):
        ends = [match.end() for match in pattern.finditer(text, size // 2, size)]
        if ends:
            return ends[-1]
    return size
