"""Units that are nearly spelled as they are written: "160 C in farenheit"."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.mathematics.unit_table import is_known, nearest

__all__ = ["spelled"]

_UNIT: Final = re.compile(r"(?:(?<=\d )|\b(?<=to )|\b(?<=in )|\b(?<=into ))(?P<word>[A-Za-z]{5,20})\b")
_NUMBER: Final = re.compile(r"\d")
_READ: Final = 2_000


def spelled(text: str) -> str:
    """Return a text with misspelled units mended, where they stand behind a number, or behind "in" after one.

    >>> spelled("160 C in farenheit")
    '160 C in fahrenheit'
    """
    number = _NUMBER.search(text)
    if number is None or len(text) > _READ:
        return text

    def mended(match: re.Match[str]) -> str:
        word = match["word"]
        if match.start() < number.start() or word[0].isupper() or is_known(word):
            return word
        return nearest(word) or word

    return _UNIT.sub(mended, text)
