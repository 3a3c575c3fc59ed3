"""Bring both sides of a pair to about one length, by cutting the longer one behind a clause."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from questline.training.writer.pairs import Pair

__all__ = ["cut_to", "levelled"]

_CLAUSE: Final = re.compile(r"[^，。！？；、,.!?;~～…\n]+[，。！？；、,.!?;~～…\n]*")
_MARKS: Final = "，。！？；、,.!?;~～… \n"


def levelled(pair: Pair) -> Pair:
    """Return a pair whose longer side ends where it is nearest to the length of the other; a matched pair stays."""
    if pair.matched:
        return pair
    if len(pair.chosen) > len(pair.rejected):
        return replace(pair, chosen=cut_to(pair.chosen, len(pair.rejected)))
    return replace(pair, rejected=cut_to(pair.rejected, len(pair.chosen)))


def cut_to(text: str, length: int) -> str:
    """Return the first clauses of a text, as many as come nearest to `length`, with the mark that the text ends with.

    At least one clause stays, so that a text of one is as long as it was.
    """
    end = text[len(text.rstrip(_MARKS)) :]
    ends = [match.end() for match in _CLAUSE.finditer(text)]
    if not ends:
        return text
    best = min(ends, key=lambda place: abs(place - length))
    return text if best >= len(text) else text[:best].rstrip(_MARKS) + end
