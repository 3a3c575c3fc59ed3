"""Whole numbers as time expressions write them: digits, English words and ordinals, Chinese numerals.

`questline.tools.reading.values` reads amounts and dates out of prose and loads the numeric libraries of its package;
here only the numbers up to 9999 that count days and years are needed, among them years digit by digit (二〇二一).
"""

from __future__ import annotations

import re
from typing import Final

from questline.tools.number_words import NUMBERS, TENS, TO_NINETEEN, chinese_number

__all__ = ["CHINESE", "ENGLISH", "ORDINAL", "chinese_number", "english_number", "ordinal_number"]

_WORDS: Final = NUMBERS | {"a": 1, "an": 1, "couple": 2, "dozen": 12, "hundred": 100}
_FIRST: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
)  # fmt: skip
_ORDINALS: Final = (
    {word: value for value, word in enumerate(_FIRST, start=1)}
    | {f"{tens[:-1]}ieth": value * 10 for value, tens in enumerate(TENS, start=2)}
    | {
        f"{tens}-{unit}": ten * 10 + one
        for ten, tens in enumerate(TENS[:2], start=2)
        for one, unit in enumerate(_FIRST[:9], start=1)
    }
)
_ONES: Final = "|".join(sorted(TO_NINETEEN, key=len, reverse=True))
ENGLISH: Final = (
    rf"(?:[0-9]{{1,4}}|(?:{'|'.join(TENS)})(?:[- ](?:{'|'.join(TO_NINETEEN[:9])}))?|{_ONES}"
    r"|an? (?:couple(?: of)?|dozen|hundred)|an?)"
)
"""A pattern of a count in English, in lower case."""
ORDINAL: Final = rf"(?:[0-9]{{1,2}}(?:st|nd|rd|th)|{'|'.join(sorted(_ORDINALS, key=len, reverse=True))})"
"""A pattern of an ordinal in English, in lower case."""
CHINESE: Final = r"(?:[0-9]{1,4}|[零〇一二两三四五六七八九十百千廿卅]{1,7})"
"""A pattern of a number in Chinese."""


def english_number(text: str) -> int:
    """Return what a count that fits `ENGLISH` is worth (``twenty-one`` → 21, ``a couple of`` → 2)."""
    text = text.casefold()
    if text.isdigit():
        return int(text)
    worths = [_WORDS[word] for word in re.split(r"[\s-]+", text) if word in _WORDS]
    return worths[-1] if text.startswith(("a ", "an ")) else sum(worths)


def ordinal_number(text: str) -> int:
    """Return what an ordinal that fits `ORDINAL` is worth (``twenty-first`` → 21)."""
    digits = re.match(r"[0-9]+", text)
    return int(digits[0]) if digits else _ORDINALS[text.casefold()]
