"""The thing that a value is told of: the words that name it, and whether a result speaks of it."""

from __future__ import annotations

import json
import re
from typing import Final

from questline.tools.slot_filling.vocabulary import listed
from questline.tools.text import content_terms, is_cjk

__all__ = ["in_words", "is_named", "speaks_of", "terms", "thing_words", "years_in"]

_NAMELESS: Final = frozenset(listed("one ones both another other thing something anything everything it they"))
_NAMELESS_ZH: Final = re.compile(r"[它他她这那此其](?:们|个|些|里|样)*")
_JOINED: Final = re.compile(r"[_\W]+")
_ENDING: Final = re.compile(r"(?:y|ie)$")
_YEAR: Final = re.compile(r"(?<![\d-])(?:1[89]|20)\d{2}(?![\d-])")


def in_words(name: str) -> str:
    """Return a name that joins its words, such as ``weight_kg``, with spaces between them."""
    return _JOINED.sub(" ", name)


def terms(text: str) -> list[str]:
    """Return the stems of a text's content words; those of one in -ie and of its plural are the same."""
    return [_ENDING.sub("i", word) for word in content_terms(in_words(text))]


def thing_words(of: str) -> frozenset[str]:
    """Return the stems of the words that name a thing; none for a pronoun, a number, or nothing."""
    return frozenset(word for word in terms(of) if word not in _NAMELESS and not word.isdigit())


def is_named(of: str) -> bool:
    """Say whether a phrase names a thing: "it", "the other one" and "2019" do not."""
    return not _NAMELESS_ZH.fullmatch(of.strip()) and bool(thing_words(of))


def speaks_of(value: object, of: str) -> bool:
    """Say whether a result names a thing anywhere, in its text, its titles, its sources, by most of its words.

    Args:
        value: JSON.
        of: The thing; what names nothing is spoken of nowhere.
    """
    if not is_named(of):
        return False
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if is_cjk(of):
        pairs = {of[place : place + 2] for place in range(len(of) - 1)} or {of}
        return any(pair in said for pair in pairs)
    wanted = thing_words(of)
    return len(wanted & frozenset(terms(said))) * 2 > len(wanted)


def years_in(text: str) -> frozenset[str]:
    """Return the years that a text names, those of days left out."""
    return frozenset(_YEAR.findall(text))
