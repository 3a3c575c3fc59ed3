"""Sentences that say the opposite of each other without giving any value: "is safe" and "is not safe", "is unsafe"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.reading.denial import denied
from questline.tools.text import stem, words

__all__ = ["opposed", "opposite_words"]

_PAIRS: Final = (
    ("safe", "dangerous hazardous risky"),
    ("legal allowed permitted", "banned prohibited forbidden unlawful"),
    ("open", "closed shut"),
    ("alive living", "dead"),
    ("free", "paid"),
    ("true", "false"),
    ("required mandatory compulsory", "optional voluntary"),
    ("increase rise rose grow grew", "decrease fall decline shrink shrank"),
    ("cause", "prevent"),
    ("help benefit", "harm"),
    ("strong", "weak"),
    ("good", "bad"),
    ("before", "after"),
    ("always", "never"),
    ("more", "less fewer"),
    ("success succeed", "failure fail"),
    ("accept approve", "reject refuse"),
    ("support", "oppose"),
    ("win", "lose"),
)
_OPPOSITES: Final = frozenset(
    (stem(one), stem(other)) for ones, others in _PAIRS for one in ones.split() for other in others.split()
)
_PREFIX: Final = re.compile(
    r"^(?:(?:un|non|dis)(?=[a-z]{3})|il(?=l)|ir(?=r)|im(?=possib|practical|moral|perfect|proper|mobil|polit)"
    r"|in(?=access|accura|activ|adequa|appropr|capab|compat|complet|consist|correct|curab|depend|edib|effect|effic"
    r"|secur|suffic|valid|visib))"
)
"""Not every word in "in" denies the rest of it: the inside is a side."""


def opposed(one: str, other: str, about: frozenset[str]) -> bool:
    """Say whether one sentence denies what the other says.

    Args:
        one: A sentence.
        other: Another, of the same.
        about: The stems that both speak of and that are asked; the clause that says one of them decides.
    """
    turned = bool(opposite_words(one, other))
    return (denied(one, about, about) != denied(other, about, about)) != turned


def opposite_words(one: str, other: str) -> frozenset[str]:
    """Return the stems of words of the two sentences that are opposites, where neither sentence has both."""
    here, there = frozenset(map(stem, words(one))), frozenset(map(stem, words(other)))
    pairs = [*_found(here, there), *_found(there, here)]
    return frozenset(each for pair in pairs if not (set(pair) <= here or set(pair) <= there) for each in pair)


def _found(here: frozenset[str], there: frozenset[str]) -> Iterator[tuple[str, str]]:
    yield from ((a, b) for a, b in _OPPOSITES if a in here and b in there)
    for word in there:
        plain = _PREFIX.sub("", word)
        if plain != word and plain in here:
            yield plain, word
