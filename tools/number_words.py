"""Small whole numbers as English words, and whole numbers in Chinese numerals."""

from __future__ import annotations

from typing import Final

__all__ = ["NUMBERS", "TENS", "TO_NINETEEN", "chinese_number", "in_words"]

TO_NINETEEN: Final = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
"""From one on."""
TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBERS: Final = {word: value for value, word in enumerate(TO_NINETEEN, start=1)} | {
    word: value * 10 for value, word in enumerate(TENS, start=2)
}
"""Each of these words → what it means."""
_DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENFOLD: Final = {"十": 10, "百": 100, "千": 1000}


def in_words(first: int, last: int) -> str:
    """Return the words of some whole numbers up to nineteen as the alternatives of a regular expression, ungrouped.

    >>> in_words(2, 4)
    'two|three|four'
    """
    return "|".join(TO_NINETEEN[first - 1 : last])


def chinese_number(text: str) -> int:
    """Return what digits or Chinese numerals are worth; numerals without 十, 百 or 千 are read digit by digit."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    if text[:1].isdigit():
        return int(text)
    if not any(character in _TENFOLD for character in text):
        return int("".join(str(_DIGITS[character]) for character in text))
    total, digit = 0, 0
    for character in text:
        if character in _TENFOLD:
            total, digit = total + (digit or 1) * _TENFOLD[character], 0
        else:
            digit = _DIGITS[character]
    return total + digit
