"""Words for numbers, months and weekdays as parts of regular expressions."""

from __future__ import annotations

import re

import pytest

from questline.tools.calendar_words import MONTH, MONTH_NAME, MONTHS, WEEKDAY, WEEKDAYS
from questline.tools.number_words import NUMBERS, in_words


@pytest.mark.parametrize(("first", "last"), [(1, 12), (2, 12), (2, 19)])
def test_numbers_in_words_are_those_from_the_first_to_the_last(first: int, last: int) -> None:
    pattern = re.compile(rf"(?:{in_words(first, last)})\b")
    assert [value for word, value in NUMBERS.items() if pattern.fullmatch(word)] == list(range(first, last + 1))


def test_names_of_months_and_weekdays_are_matched_whole() -> None:
    for name in MONTHS:
        assert re.fullmatch(MONTH_NAME, name)
        assert re.fullmatch(MONTH, name, re.IGNORECASE)
    assert re.fullmatch(MONTH_NAME, "Jan") is None
    assert all(re.fullmatch(WEEKDAY, name, re.IGNORECASE) for name in WEEKDAYS)
