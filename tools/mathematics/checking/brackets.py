"""Cut text where no bracket is open."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["comma_split", "outside"]

_OPEN: Final = "([{⟦"
_CLOSE: Final = ")]}⟧"
_GROUPED: Final = re.compile(r"(?<![\d.,^_])\d{1,3}(?:,\d{3})+(?![\d,.])(?!\s*[,、])")


def outside(text: str, pattern: re.Pattern[str]) -> list[str]:
    """Return the pieces between matches that stand in no bracket."""
    depths, depth = list[int](), 0
    for sign in text:
        depth = max(0, depth - (sign in _CLOSE))
        depths.append(depth)
        depth += sign in _OPEN
    pieces, at = list[str](), 0
    for match in pattern.finditer(text):
        if match.end() == match.start() or depths[match.start()]:
            continue
        pieces.append(text[at : match.start()])
        at = match.end()
    return [*pieces, text[at:]]


def comma_split(text: str, *, strict: bool = False) -> list[str]:
    """Return the members of a list; ``1,800`` is one number unless `strict`."""
    kept = text if strict else _GROUPED.sub(lambda found: found.group().replace(",", ""), text)
    return [piece.strip() for piece in outside(kept, re.compile(r"[,、]")) if piece.strip()]
