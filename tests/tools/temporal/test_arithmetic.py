"""Calendar arithmetic: the end of a month, differences that lead back, weeks, and the edges of the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.tools.temporal import (
    Gap,
    IsoWeek,
    add,
    as_day,
    day_of_year,
    days_in_month,
    difference,
    gap,
    is_leap_year,
    iso_week,
    subtract,
    weekday,
)

days = st.dates(min_value=date(1000, 1, 1), max_value=date(3000, 12, 31))


@pytest.mark.requirement("temporal.arithmetic")
@pytest.mark.parametrize(
    ("day", "counts", "expected"),
    [
        ("2023-01-31", {"months": 1}, "2023-02-28"),
        ("2024-01-31", {"months": 1}, "2024-02-29"),
        ("2024-02-29", {"years": 1}, "2025-02-28"),
        ("2024-02-29", {"years": 4}, "2028-02-29"),
        ("2023-12-31", {"days": 1}, "2024-01-01"),
        ("2023-01-31", {"months": 1, "days": 1}, "2023-03-01"),
        ("2023-05-17", {"weeks": 2, "days": -1}, "2023-05-30"),
        ("2023-03-15", {"months": -3}, "2022-12-15"),
        ("2023-03-15", {"months": 25, "years": -2}, "2023-04-15"),
    ],
)
def test_a_day_is_moved_months_first(day: str, counts: dict[str, int], expected: str) -> None:
    assert add(as_day(day), **counts).isoformat() == expected


@pytest.mark.requirement("temporal.arithmetic")
def test_taking_away_is_adding_what_is_negative() -> None:
    assert subtract(date(2023, 3, 31), months=1) == date(2023, 2, 28)
    assert subtract(date(2023, 1, 1), days=1) == date(2022, 12, 31)


@pytest.mark.requirement("temporal.arithmetic")
@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: add(date(9999, 12, 31), days=1), "days"),
        (lambda: add(date(9999, 12, 31), weeks=1), "weeks"),
        (lambda: add(date(2023, 1, 1), years=8000), "years"),
        (lambda: subtract(date(2023, 1, 1), months=12 * 2023), "months"),
        (lambda: add(date(2023, 1, 1), days=10**12), "days"),
        (lambda: add(date(2023, 1, 1), months=True), "months"),
        (lambda: add(date(2023, 1, 1), days=1.5), "days"),  # type: ignore[arg-type]  # a wrong value is the point
        (lambda: difference(date(2023, 1, 1), date(2023, 1, 2), "hours"), "unit"),  # type: ignore[arg-type]  # likewise
        (lambda: days_in_month(2023, 13), "month"),
        (lambda: as_day("2023-02-29"), "day"),
        (lambda: as_day(20230229), "day"),
    ],
)
def test_what_cannot_be_reckoned_is_refused(call: Callable[[], object], argument: str) -> None:
    with pytest.raises(UsageError) as caught:
        call()
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_param", argument)


@pytest.mark.requirement("temporal.arithmetic")
@pytest.mark.parametrize(
    ("first", "second", "in_days", "weeks", "months", "years"),
    [
        ("2023-01-31", "2023-02-28", 28, 4, 1, 0),
        ("2023-01-31", "2023-02-27", 27, 3, 0, 0),
        ("2020-02-29", "2021-02-28", 365, 52, 12, 1),
        ("2023-05-17", "2023-05-17", 0, 0, 0, 0),
        ("2023-05-17", "2021-05-18", -729, -104, -23, -1),
    ],
)
def test_difference_counts_whole_units(
    first: str, second: str, in_days: int, weeks: int, months: int, years: int
) -> None:
    ends = as_day(first), as_day(second)
    assert difference(*ends) == in_days
    assert difference(*ends, "weeks") == weeks
    assert difference(*ends, "months") == months
    assert difference(*ends, "years") == years


@pytest.mark.requirement("temporal.arithmetic")
@given(days, days)
def test_a_gap_leads_from_one_day_to_the_other(first: date, second: date) -> None:
    between = gap(first, second)
    assert add(first, years=between.years, months=between.months, days=between.days) == second
    signs = {part > 0 for part in (between.years, between.months, between.days) if part}
    assert len(signs) <= 1
    assert abs(between.months) <= 11
    assert abs(between.days) <= 30
    assert difference(first, second) == (second - first).days


@pytest.mark.requirement("temporal.arithmetic")
@given(days, st.integers(-500, 500))
def test_months_keep_the_day_or_end_with_the_month(day: date, months: int) -> None:
    moved = add(day, months=months)
    assert moved.day == min(day.day, days_in_month(moved.year, moved.month))
    assert difference(day, moved, "months") == months


@pytest.mark.requirement("temporal.arithmetic")
@given(days)
def test_a_day_has_a_place_in_its_week_and_year(day: date) -> None:
    week = iso_week(day)
    assert date.fromisocalendar(week.year, week.week, weekday(day)) == day
    assert date(day.year, 1, 1) + timedelta(days=day_of_year(day) - 1) == day


@pytest.mark.requirement("temporal.arithmetic")
def test_known_days() -> None:
    assert gap(date(2020, 2, 29), date(2023, 5, 17)) == Gap(years=3, months=2, days=18)
    assert iso_week(date(2021, 1, 1)) == IsoWeek(year=2020, week=53)
    assert weekday(date(2023, 5, 17)) == 3
    assert day_of_year(date(2024, 12, 31)) == 366
    assert [is_leap_year(year) for year in (1900, 2000, 2023, 2024)] == [False, True, False, True]
    assert days_in_month(1900, 2) == 28
    assert as_day(datetime(2023, 5, 17, 23, 0)) == date(2023, 5, 17)  # noqa: DTZ001 because its own day is asked for
