"""Rows that a question names by a part of their name, and values that a word is only alike to in meaning."""

from __future__ import annotations

import re
from typing import Final

from .likeness import Likeness, nearest
from .notes import Notes, Token, tokens
from .reading import unsure
from .sources import Field
from .spelled import homes_of, is_known, take_value

__all__ = ["note_like_value", "note_names", "note_parts"]

_PART: Final = 0.9
_NEAR: Final = 0.85
_SEVERAL: Final = 3
"""Rows that a part of a name may mean for all of them to be told."""
_WORDS: Final = re.compile(r"[\s'’.-]+")
_BOTH: Final = re.compile(r"\b(?:two|three|both|2|3)\s+(?:of\s+)?(?:the\s+|our\s+)?\Z")
_DETERMINED: Final = re.compile(r"\b(?:the|an?|our|my|your|this|that|some|any|of|for|with|or|\d+)\s+\Z")
_LIKE: Final = 0.62
_AHEAD: Final = 0.2
"""Cosine that a value has, and has more than all others; chosen on some thirty words and values of five tables."""
_ALIKE: Final = 0.8
_FEW: Final = 60
"""Values of a table that a word is held against."""


def note_names(notes: Notes) -> None:
    """Note a word that is a part of one value alone: a surname with its capital, or as in "the moonlight ride"."""
    spoken, homes = tokens(notes.sheet.text), homes_of(notes)
    named = {each.sql for each in (*notes.source.identity, *notes.source.fields) if each.unique and each.kind == "text"}
    named |= {each.sql for each in notes.source.identity}
    for token in spoken:
        capital = notes.sheet.cased[token.start : token.end] != token.text
        least = 3 if capital else 4
        if len(token.text) < least or token.start == 0 or not notes.free(token.start, token.end):
            continue
        if not capital and not _spoken_of(token, notes, spoken):
            continue
        if is_known(token, notes):
            continue
        said = {token.text, token.text.removesuffix("s")} if len(token.text) > 4 else {token.text}
        having = [(plain, places) for plain, places in homes.items() if said.intersection(_WORDS.split(plain))]
        kept = [(plain, [each for each in places if each[0].sql in named]) for plain, places in having]
        kept = [(plain, places) for plain, places in kept if places]
        if len(kept) == 1:
            take_value(notes, token.start, token.end, kept[0][1], sure=_PART)
        elif kept:
            _one_of(notes, token, [each for _, places in kept for each in places])


def _one_of(notes: Notes, token: Token, places: list[tuple[Field, str]]) -> None:
    """Note a word that several rows go by, such as a surname of two: all of them are told where rows are asked.

    Raises:
        Unsure: Where they are too many, or of several columns.
    """
    values = [value for _, value in places]
    if len({each.sql for each, _ in places}) > 1 or len(values) > _SEVERAL:
        raise unsure("ambiguous", token.text, message=f"it may be {', '.join(values[:_SEVERAL])}: say which")
    if number := _BOTH.search(notes.sheet.text[: token.start]):
        notes.sheet.mark(*number.span())
    take_value(notes, token.start, token.end, places, sure=_PART)
    notes.conditions[-1].unclear = True


def note_parts(notes: Notes) -> None:
    """Note a word that nothing else explains as the one row that has it in its name: "the pirate", "of sparkling"."""
    spoken = tokens(notes.sheet.text)
    named = {each.sql for each in notes.source.identity if each.kind == "text"}
    for token in spoken:
        if len(token.text) < 4 or not notes.free(token.start, token.end) or is_known(token, notes):
            continue
        if not _DETERMINED.search(notes.sheet.text[: token.start]):
            continue
        said = {token.text, token.text.removesuffix("s")}
        kept = [
            [each for each in places if each[0].sql in named]
            for plain, places in homes_of(notes).items() if said.intersection(_WORDS.split(plain))
        ]  # fmt: skip
        if len(kept) == 1 and kept[0]:
            take_value(notes, token.start, token.end, kept[0], sure=_NEAR)


def note_like_value(notes: Notes, word: Token, likeness: Likeness) -> None:
    """Note a word as the one value of a column of few kinds that means the same: "kitten" where there are cats."""
    kinds = [each for each in notes.source.fields if each.kind == "text" and not each.unique and not each.more]
    held = [(each, value) for each in kinds if each not in notes.source.identity for value in each.values]
    if len(held) > _FEW:
        return
    place = nearest(word.text, [value for _, value in held], likeness, least=_LIKE, ahead=_AHEAD)
    if place is not None:
        take_value(notes, word.start, word.end, [held[place]], sure=_ALIKE)


def _spoken_of(token: Token, notes: Notes, spoken: list[Token]) -> bool:
    """Say whether a word stands between an article and the word for a row: "the moonlight ride"."""
    behind = next((each for each in spoken if each.start >= token.end), None)
    ahead = re.search(r"\b(?:the|our|this|that)\s+\Z", notes.sheet.text[: token.start])
    return ahead is not None and behind is not None and behind.stem in notes.source.nouns
