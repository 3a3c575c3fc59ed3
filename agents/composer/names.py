"""The names of a sentence that evidence must hold: capitalised runs, quoted titles, codes, and Chinese names.

Source of the Chinese forms: `questline.tools.reading.chinese`, which knows common surnames where grammar shows a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from questline.tools.calendar_words import MONTH, WEEKDAY
from questline.tools.reading.chinese import people
from questline.tools.reading.relations import NAME
from questline.tools.text import STOPWORDS, words

__all__ = ["Held", "names_of"]

_NAMES: Final = re.compile(NAME)
_QUOTED: Final = re.compile(r"[《「『“\"]([^《》「」『』“”\"]{2,80})[》」』”\"]")
_CODES: Final = re.compile(r"(?<![\w.])[A-Za-z]{1,8}[-_]?\d[\w-]*")
_CALENDAR: Final = re.compile(rf"{WEEKDAY}s?|{MONTH}|utc|gmt|am|pm|ad|bc|bce|ce", re.IGNORECASE)
_SMALL: Final = (
    "yes no there according both neither either however also together altogether not none nobody nothing somebody"
    " compared unlike besides additionally furthermore moreover therefore thus hence so then finally first second"
    " third next later earlier today now currently about around nearly almost exactly approximately sources source"
    " answer result results total sum difference another each every all many most several some one two three four five"
    " six seven eight nine ten although while whereas because since despite instead overall given based within without"
    " yet still even only just it's that's there's here's let's"
)
_OPENERS: Final = STOPWORDS | frozenset(_SMALL.split())


_DOUBLED: Final = "''"
"""How SQL writes an apostrophe inside a text."""


class Held:
    """The words of what is cited, for looking names up in them."""

    def __init__(self, text: str) -> None:
        self._words = f" {' '.join(words(text.replace(_DOUBLED, _DOUBLED[0])))} "
        self._text = "".join(text.casefold().split())

    def has(self, name: str) -> bool:
        """Say whether the words of a name stand there, one behind the other."""
        plain = words(name)
        if not plain:
            return True
        joined = " ".join(plain)
        return f" {joined} " in self._words or f" {joined.removesuffix(chr(39) + 's')} " in self._words

    def has_code(self, code: str) -> bool:
        """Say whether a code of letters and digits stands there."""
        return code.casefold() in self._text


@lru_cache(maxsize=256)
def _plain_words(text: str) -> frozenset[str]:
    """Return the words that a text writes small."""
    return frozenset(re.findall(r"(?<![\w'])[a-z][a-z'-]*", text))


def names_of(sentence: str, *, question: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each name of a sentence with the forms of which one must be held.

    The word that opens a sentence is in capitals for that alone: it is a name unless it is a small word, or one that
    the question writes small.

    Args:
        sentence: One sentence.
        question: What was asked.
    """
    for match in _QUOTED.finditer(sentence):
        yield match[1], (match[1],)
    for match in _CODES.finditer(sentence):
        yield match[0], (match[0],)
    quoted = [match.span() for match in _QUOTED.finditer(sentence)]
    for match in _NAMES.finditer(sentence):
        inside = sentence[: match.start()][-1:].isalnum()
        if inside or any(start <= match.start() < end for start, end in quoted):
            continue
        kept = _without_calendar(match[0])
        if not kept:
            continue
        opens = not re.search(r"\w", sentence[: match.start()]) or sentence[: match.start()].rstrip()[-1:] in ".!?:;"
        forms = _opening(kept, question) if opens and kept.split()[0] == match[0].split()[0] else (kept,)
        if forms:
            yield forms[-1], forms
    for start, end in people(sentence):
        yield sentence[start:end], (sentence[start:end],)


def _without_calendar(name: str) -> str:
    """Return a run of capitalised words without the days, months and zones at its ends."""
    parts = name.split()
    while parts and _CALENDAR.fullmatch(parts[0].strip(".,")):
        parts.pop(0)
    while parts and _CALENDAR.fullmatch(parts[-1].strip(".,")):
        parts.pop()
    return " ".join(parts)


def _opening(name: str, question: str) -> tuple[str, ...]:
    """Return the forms of a name that opens a sentence; none where its one word is no name."""
    first, _, rest = name.partition(" ")
    lower = first.casefold().removesuffix("'s").removesuffix("’s")
    common = lower in _OPENERS or lower in _plain_words(question)
    if not rest:
        return () if common else (name,)
    while rest and rest.split()[0].islower():
        rest = rest.partition(" ")[2]
    return (name, rest) if common and rest else (name,)
