"""Titles that are mentioned: in the query, and in the passages found first.

A question about two things is often answered by two passages, and the second one is about something that only the
first one names. Its title stands there word for word, which neither word statistics nor vectors look at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from questline.tools.text import CJK, words

__all__ = ["MAX_WORDS", "mention_of", "mentions_in_query", "mentions_in_text"]

MAX_WORDS: Final = 8
"""Longest title that is looked for."""
_QUALIFIER = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")
_TOKEN = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['’][^\W_{CJK}]+)*")


def mention_of(title: str) -> str:
    """Return how a text would mention this title, or nothing when it is too long for that.

    Of a heading path only the last heading counts, and a qualifier in brackets at the end does not.

    >>> mention_of("Guide > Mercury (planet)"), mention_of("St. Mary's Abbey")
    ('mercury', 'st mary abbey')
    """
    name = _QUALIFIER.sub("", title.rsplit(" > ", 1)[-1])
    parts = [_bare(word) for word in words(name)]
    return " ".join(parts) if len(parts) <= MAX_WORDS else ""


def mentions_in_query(query: str) -> set[str]:
    """Return every run of up to `MAX_WORDS` words; people write queries without capitals."""
    parts = [_bare(word) for word in words(query)]
    return {run for start in range(len(parts)) for run in _runs(parts, start)}


def mentions_in_text(text: str) -> set[str]:
    """Return the runs that could be names: those that start with a capital, a digit or a CJK character."""
    tokens = _TOKEN.findall(unicodedata.normalize("NFKC", text))
    parts = [_bare(token.casefold()) for token in tokens]
    starts = [i for i, token in enumerate(tokens) if not token[0].islower()]
    return {run for start in starts for run in _runs(parts, start)}


def _runs(parts: list[str], start: int) -> Iterable[str]:
    run = parts[start]
    yield run
    for part in parts[start + 1 : start + MAX_WORDS]:
        run = f"{run} {part}"
        yield run


def _bare(word: str) -> str:
    return word.removesuffix("'s").removesuffix("’s")
