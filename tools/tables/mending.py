"""Slips of spelling in the words of a question itself, and words as people type them in a hurry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Final

from questline.tools.text import STOPWORDS, normalize, stem

from .lexicon import ADJECTIVES, CUES
from .sources import Source
from .spelled import distance
from .thesaurus import SAME
from .wording import OPERATIONS

__all__ = ["is_english", "mended"]

_HASTY: Final = {
    "wat": "what", "wot": "what", "wats": "what is", "whats": "what is", "whos": "who is", "wheres": "where is",
    "whens": "when is", "hows": "how is", "wich": "which", "whitch": "which", "hav": "have", "pls": "please",
    "plz": "please", "thx": "thanks", "im": "i am", "ive": "i have", "teh": "the", "hte": "the", "u": "you",
    "ur": "your", "abt": "about", "wen": "when", "wher": "where", "hw": "how", "mch": "much", "dose": "does",
    "dos": "does", "havent": "have not", "hasnt": "has not", "isnt": "is not", "arent": "are not", "wasnt": "was not",
    "werent": "were not", "dont": "do not", "doesnt": "does not", "didnt": "did not", "cant": "can not",
}  # fmt: skip
"""Words typed in a hurry → what they stand for."""
_FRAME: Final = (
    "what which where when whose does many much more most less least than first last average total number price"
    " please between before after from with about have their there these those each every"
)
_WORD: Final = re.compile(r"(?<![\w'’-])[A-Za-z]+(?![\w'’-])")
_NOT: Final = re.compile(r"\b(is|are|was|were|do|does|did|has|have|had)n't\b", re.IGNORECASE)
_LEAST, _LONG = 4, 8


def mended(question: str, source: Source, known: Callable[[str], bool]) -> str:
    """Return a question with its own words as they are commonly spelled.

    A word is left alone where the source holds it, where `known` knows it for a word, where it has a capital within a
    sentence (a name), and where no word of the tables or of questions, or more than one, is one slip away.
    """
    held = _held(source)

    def mend(match: re.Match[str]) -> str:
        word = match.group()
        plain = word.lower()
        name = word != plain and match.start() > 0 and not question.isupper()
        if plain in held or stem(plain) in held or name:
            return word
        if plain in _HASTY:
            return _HASTY[plain]
        if len(plain) < _LEAST or _everyday(plain) or known(plain):
            return word
        close = _close(plain, held)
        return close or word

    return _WORD.sub(mend, _NOT.sub(r"\1 not", question))


def _close(word: str, held: frozenset[str]) -> str:
    """Return the one word that is a slip away: of those at the least distance, all have one stem."""
    most = 1 if len(word) < _LONG else 2
    found: dict[int, set[str]] = {}
    for each in (*held, *_vocabulary()):
        if each[:1] == word[0] and len(each) >= _LEAST and abs(len(each) - len(word)) <= most:
            far = distance(word, each)
            if far <= most:
                found.setdefault(far, set()).add(each)
    best = found[min(found)] if found else set[str]()
    return min(best, key=len) if len({stem(each) for each in best}) == 1 else ""


def _held(source: Source) -> frozenset[str]:
    """Return the words of a source: of its names, and of the values that its rows go by."""
    names = {word for each in source.fields for word in _words(each.name)}
    tables = {word for name in source.tables for word in _words(name)}
    values = {word for each in source.fields for value in each.values for word in _words(value)}
    return frozenset(names | tables | values)


def _words(text: str) -> Iterable[str]:
    return re.findall(r"[a-z]+", normalize(text))


@cache
def _vocabulary() -> tuple[str, ...]:
    english = (word for word in (*CUES, *SAME) if word.isascii() and word.isalpha())
    return tuple(sorted({*_FRAME.split(), *ADJECTIVES, *english}))


@cache
def _plain() -> frozenset[str]:
    return frozenset({*STOPWORDS, *_vocabulary()})


def _everyday(word: str) -> bool:
    said = any(re.fullmatch(pattern, word) for pattern in OPERATIONS.values())
    return said or word in _plain() or stem(word) in _plain()


@lru_cache(maxsize=4096)
def is_english(word: str) -> bool:
    """Say whether the shipped encoder's vocabulary holds a word whole.

    Raises:
        RunError: ``damaged_model``.
    """
    from questline.tools.models.encoder import Encoder

    return Encoder.load().tokens(word) == 1
