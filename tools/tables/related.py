"""Names that a word of a question may stand for: by another form of the word, or another word for the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from questline.tools.text import normalize, stem

from .periods import ADVERBS
from .sources import Field
from .thesaurus import SAME

__all__ = ["related", "row_of", "same_root"]

_ENDINGS: Final = re.compile(r"(?:ly|er|or|ing|ion|tion|ation|ment|ance|ence|al|ist|ness|ure|ship)")
_LEAST: Final = 4


def same_root(one: str, other: str) -> bool:
    """Say whether two stems are forms of one word: ``adopt`` and ``adoption``, ``nightly`` and ``night``."""
    one, other = ADVERBS.get(one, one), ADVERBS.get(other, other)
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= _LEAST and long.startswith(short) and bool(_ENDINGS.fullmatch(long[len(short) :]))


def related(word: str, fields: Sequence[Field]) -> tuple[Field, ...]:
    """Return the columns that a stem, or a Chinese word, stands for without being in their names."""
    formed = [each for each in fields if any(same_root(word, own) for own in each.words)]
    others = [each for each in fields if _stands(word, (*each.words, normalize(each.name)))]
    return tuple({each.sql: each for each in (*formed, *others)}.values())


def row_of(word: str, nouns: Mapping[str, str]) -> str | None:
    """Return the table whose rows a stem, or a Chinese word, stands for; None for none or several."""
    found = {table for noun, table in nouns.items() if same_root(word, noun) or _stands(word, (noun,))}
    return found.pop() if len(found) == 1 else None


def _stands(word: str, names: Iterable[str]) -> bool:
    return not _same(word).isdisjoint(names)


@lru_cache(maxsize=4096)
def _same(word: str) -> frozenset[str]:
    return SAME.get(word, frozenset()) | SAME.get(stem(word), frozenset())
