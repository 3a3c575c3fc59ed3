"""Which one of a larger whole something is ("day 186 of the year") is no amount."""

from __future__ import annotations

import pytest

from .conftest import composed, found

pytestmark = pytest.mark.requirement("tura.comp.templates")
DAY = {"day": "2027-07-05", "weekday": "Monday", "week": "2027-W27", "day_of_year": 186}


@pytest.mark.parametrize(
    "question",
    [
        "How many days does the regatta last?",
        "how long does the fair take",
        "How many weeks does the course take?",
        "2027年夏令营有多少天？",
    ],
)
async def test_a_place_in_the_year_is_no_amount(question: str) -> None:
    done = await composed(question, found(DAY, question, tool="clock/calendar", arguments={"day": "2027-07-05"}))
    assert [each.code for each in done.missing] == ["not_found"]
    assert "186" not in done.text
    assert "W27" not in done.text


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What day of the year is 5 July 2027?", "186"),
        ("On which day of the year does 5 July 2027 fall?", "186"),
        ("Which week is 5 July 2027 in?", "W27"),
        ("Which weekday is 5 July 2027?", "Monday"),
    ],
)
async def test_it_is_told_where_it_is_asked_for(question: str, told: str) -> None:
    done = await composed(question, found(DAY, question, tool="clock/calendar", arguments={"day": "2027-07-05"}))
    assert done.missing == ()
    assert told in done.text
