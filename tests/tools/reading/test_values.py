from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.reading.nations import country_of
from questline.tools.reading.values import DATE, NUMBER, date_value, number_value

MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905 because a list of words reads best as prose


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18 June 1782", (1782, 6, 18)),
        ("born November 4, 1873 in Tern", (1873, 11, 4)),
        ("December 1843", (1843, 12, 0)),
        ("the summer of 1990", (1990, 0, 0)),
        ("1990-02-03", (1990, 2, 3)),
        ("mid-1970s", (1970, 0, 0)),
        ("the 15th century", (1401, 0, 0)),
        ("44 BC", (-44, 0, 0)),
        ("AD 79", (79, 0, 0)),
        ("2021年11月3日", (2021, 11, 3)),
        ("公元前221年", (-221, 0, 0)),
        ("11月3日", None),
        ("3 May", None),
        ("the sixth century", None),
        ("around 890", (890, 0, 0)),
        ("no date", None),
    ],
)
def test_dates_have_a_year_and_what_else_is_given(text: str, value: tuple[int, int, int] | None) -> None:
    assert date_value(text) == value


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2099, 12, 31)))
def test_each_way_of_writing_a_day_means_that_day(day: date) -> None:
    month = MONTHS[day.month - 1]
    for text in (
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
    ):
        assert date_value(text) == (day.year, day.month, day.day)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("about 3,500 people", 3500.0),
        ("2.5 million", 2_500_000.0),
        ("twenty-one", 21.0),
        ("two hundred", 200.0),
        ("three hundred thousand", 300_000.0),
        ("hundreds of ships", 100.0),
        ("3.4亿", 340_000_000.0),
        ("三百二十个", 320.0),
        ("十二人", 12.0),
        ("两万人", 20_000.0),
        ("-7.5", -7.5),
        ("none at all", None),
    ],
)
def test_numbers_are_worth_what_they_say(text: str, value: float | None) -> None:
    assert number_value(text) == value


@given(st.text(max_size=40))
def test_any_text_can_be_looked_at(text: str) -> None:
    for match in (*DATE.finditer(text), *NUMBER.finditer(text)):
        date_value(match.group())
        number_value(match.group())


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("a Finnish painter", "Finland"),
        ("from the South Korean coast", "South Korea"),
        ("the Netherlands", "Netherlands"),
        ("in the USA", "United States"),
        ("Orrin", ""),
    ],
)
def test_a_people_and_its_country_are_one(text: str, country: str) -> None:
    assert country_of(text) == country
