"""Small whole numbers as English words."""

from __future__ import annotations

from typing import Final

__all__ = ["NUMBERS", "TENS", "TO_NINETEEN", "in_words"]

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


def in_words(first: int, last: int) -> str:
    """Return the words of some whole numbers up to nineteen as the alternatives of a regular expression, ungrouped.

    >>> in_words(2, 4)
    'two|three|four'
    """
    return "|".join(TO_NINETEEN[first - 1 : last])
