"""The words of a text as summaries compare them: stems, and for Chinese single characters and pairs of them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from questline.tools.text import CJK, STOPWORDS, stem

__all__ = ["Token", "Tokens", "is_cjk_key", "tokens"]

_TOKEN: Final = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['’][^\W_{CJK}]+)*")
_SMALL: Final = STOPWORDS | frozenset("这那此其及等者而或但於為與個們嗎")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a CJK character."""

    key: str
    """Its stem, folded."""
    start: int
    end: int
    content: bool
    """Whether it says something about what a text is about."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of one text."""

    all: tuple[Token, ...]
    terms: frozenset[str]
    """Keys of the content words."""
    pairs: frozenset[str]
    """Neighbouring keys, small words left out in English; of Chinese, neighbouring characters."""


@lru_cache(maxsize=65536)
def _key(word: str) -> str:
    folded = word if word.isascii() else unicodedata.normalize("NFKC", word)
    return stem(folded.replace("’", "'"))


def is_cjk_key(key: str) -> bool:
    """Say whether a key is one CJK character."""
    return len(key) == 1 and not key.isascii() and key >= "\u3040"


def tokens(text: str, start: int = 0, end: int | None = None) -> Tokens:
    """Return the words of ``text[start:end]``; offsets are those of `text`."""
    found: list[Token] = []
    pairs: set[str] = set()
    before = ""
    last = -1
    for match in _TOKEN.finditer(text, start, len(text) if end is None else end):
        word = match[0]
        key = _key(word)
        cjk = is_cjk_key(key)
        content = key not in _SMALL and word.casefold() not in _SMALL
        first, after = match.span()
        found.append(Token(key, first, after, content))
        if cjk:
            if before and is_cjk_key(before) and first == last:
                pairs.add(before + key)
            before = key
        elif content:
            if before and not is_cjk_key(before):
                pairs.add(f"{before} {key}")
            before = key
        last = after
    return Tokens(tuple(found), frozenset(token.key for token in found if token.content), frozenset(pairs))
