"""Simplified and traditional characters: which of the two a query is written in, and our phrases in either.

The table holds the characters that stand in our own phrases and word lists, one pair a token; where a character has
several traditional forms, the words that settle it come with it. A user's own words are never converted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

__all__ = ["as_written", "is_chinese", "is_traditional", "lowered", "simplified", "traditional"]


def is_chinese(text: str) -> bool:
    """Say whether a text holds a Chinese character."""
    return any("\u3400" <= char <= "\u9fff" or "\U00020000" <= char <= "\U0003ffff" for char in text)


def is_traditional(text: str) -> bool:
    """Say whether a text is in traditional characters: more of them than of those that only simplified text has."""
    back, there, _ = _tables()
    return sum(char in back for char in text) > sum(char in there and char not in back for char in text)


def simplified(text: str) -> str:
    """Return a text with the traditional characters of the table replaced, each by one character."""
    return text.translate(_back())


def lowered(text: str) -> str:
    """Return a text in simplified characters and lower case, each character in its place."""
    plain = simplified(text)
    if len(told := plain.lower()) == len(plain):
        return told
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in plain)


def as_written(found: str, text: str) -> str:
    """Return the words of a text that were found in what `lowered` makes of it."""
    at = lowered(text).find(found)
    return text[at : at + len(found)] if at >= 0 else found


def traditional(text: str) -> str:
    """Return one of our own phrases in traditional characters; as many characters as before."""
    _, there, words = _tables()
    return _pattern().sub(lambda match: words.get(match[0]) or there[match[0]], text)


@cache
def _back() -> Mapping[int, str]:
    return {ord(char): one for char, one in _tables()[0].items()}


@cache
def _pattern() -> re.Pattern[str]:
    """Return what finds a word of the table, the longest first, and else a character."""
    _, there, words = _tables()
    return re.compile("|".join([*sorted(words, key=len, reverse=True), f"[{''.join(there)}]"]))


@cache
def _tables() -> tuple[Mapping[str, str], Mapping[str, str], Mapping[str, str]]:
    """Return traditional → simplified, simplified → traditional, and words → words."""
    tokens = (files("questline.tools.writing") / "traditional.txt").read_text("utf-8").split()
    pairs = [(token[: len(token) // 2], token[len(token) // 2 :]) for token in tokens]
    there = {one: other for one, other in pairs if len(one) == 1}
    words = {one: other for one, other in pairs if len(one) > 1}
    back = {other: one for one, other in there.items()}
    for one, other in words.items():
        back |= {new: old for old, new in zip(one, other, strict=True) if old != new and new not in there}
    return back, there, words
