"""How alike two short texts are, by words and characters: the measure of what counts as a repetition."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Final

from questline.tools.text import CJK, content_terms, words

__all__ = ["NEAR", "asked", "facet", "normal", "same", "similarity", "trigrams"]

NEAR: Final = 0.9
"""Two suggestions more alike than this are one (spec 06 §6)."""


@lru_cache(maxsize=8192)
def normal(text: str) -> str:
    """Return the content words of `text`, endings cut, sorted: equal for "Who made it?" and "Who was it made by?".

    A text of small words alone keeps them.
    """
    return " ".join(sorted(set(content_terms(text))) or words(text))


@lru_cache(maxsize=8192)
def trigrams(text: str) -> Counter[str]:
    """Return the runs of three characters of the words of `text`, blanks around it; two for writing without spaces."""
    joined = " ".join(words(text))
    wide = 2 if any(_is_cjk(character) for character in joined) else 3
    padded = f"  {joined} "
    return Counter(padded[start : start + wide] for start in range(max(0, len(padded) - wide + 1)))


def similarity(one: str, other: str) -> float:
    """Return the Dice coefficient of the character runs, in [0, 1]: 1 for texts of the same words."""
    if words(one) == words(other):
        return 1.0
    first, second = trigrams(one), trigrams(other)
    shared = sum((first & second).values())
    return 2 * shared / ((first.total() + second.total()) or 1)


def same(one: str, other: str) -> bool:
    """Say whether one text repeats the other: the same content words up to case and endings, or more than `NEAR` alike.

    Two questions of the same words that ask for different things ("Who …", "Where …") are not the same for that alone.
    """
    if similarity(one, other) > NEAR:
        return True
    asks, its = asked(one), asked(other)
    return bool(normal(one)) and normal(one) == normal(other) and (asks == its or not asks or not its)


def facet(query: str, option: str) -> list[str]:
    """Return the words that `option` adds to `query`, in order.

    >>> facet("pella glass", "pella glass price list")
    ['price', 'list']
    """
    known = set(content_terms(query)) | set(words(query))
    return [word for word in words(option) if word not in known and not set(content_terms(word)) & known]


_ASKING: Final = frozenset("who whom whose what which when where why how".split())  # noqa: SIM905 because a list of words reads best as prose
_ASKING_CHINESE: Final = ("谁", "什么时候", "哪里", "哪儿", "为什么", "多少", "什么", "怎么", "如何", "几")


def asked(text: str) -> frozenset[str]:
    """Return the question words of `text`; empty for what is no question."""
    found = set(words(text)) & _ASKING
    return frozenset(found) | {word for word in _ASKING_CHINESE if word in text}


_CJK_RANGES: Final = tuple((part[0], part[2]) for part in (CJK[start : start + 3] for start in range(0, len(CJK), 3)))


def _is_cjk(character: str) -> bool:
    return any(first <= character <= last for first, last in _CJK_RANGES)
