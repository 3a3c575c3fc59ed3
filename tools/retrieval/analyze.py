"""Words as the lexical index knows them: folded, without stop words, English stemmed, Chinese as 1- and 2-grams."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from questline.tools.text import CJK, words

if TYPE_CHECKING:
    import tantivy

__all__ = ["ANALYZER_VERSION", "STOP_WORDS", "analyze"]

ANALYZER_VERSION: Final = 2
"""Part of the lexical index's manifest; another version means that it is built again."""
STOP_WORDS: Final = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of"}
    | {
        "on",
        "or",
        "such",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "will",
        "with",
    }
)
_CJK = re.compile(f"[{CJK}]")
_MAX_WORD: Final = 64
"""Longer ones are encoded data, not words."""


def analyze(text: str) -> list[str]:
    """Return the terms of `text` in order; a CJK pair follows its first character."""
    terms: list[str] = []
    before = ""
    for word in words(text):
        if len(word) == 1 and _CJK.match(word):
            if before:
                terms.append(before + word)
            terms.append(word)
            before = word
            continue
        before = ""
        if len(word) <= _MAX_WORD and (term := _term(word)):
            terms.append(term)
    return terms


@lru_cache(maxsize=200_000)
def _term(word: str) -> str:
    """Take off the possessive, the accents and the ending; a stop word becomes nothing."""
    word = word.removesuffix("'s").removesuffix("’s").strip("'’")
    if not word.isascii():
        word = "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
    if word in STOP_WORDS:
        return ""
    stemmed = _stemmer().analyze(word)
    return stemmed[0] if stemmed else word


@cache
def _stemmer() -> tantivy.TextAnalyzer:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.stemmer("English")).build()
