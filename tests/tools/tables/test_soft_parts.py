"""The parts of the softer reading: dates, units, spelling, likeness."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.tables.dates import whens
from questline.tools.tables.lexicon import ADJECTIVES, CHINESE_ADJECTIVES, NAMES, degrees
from questline.tools.tables.likeness import nearest
from questline.tools.tables.spelled import distance
from questline.tools.tables.units import UNITS, factor

TODAY = date(2027, 1, 31)
WORDS = st.text("abcde", max_size=7)


@pytest.mark.requirement("tables.soft")
@pytest.mark.parametrize(
    ("text", "relation", "low", "high"),
    [
        ("before march 2027", "before", "2027-03-01", "2027-04-01"),
        ("since 2020", "since", "2020-01-01", "2021-01-01"),
        ("in 2027", "in", "2027-01-01", "2028-01-01"),
        ("between 2000 and 2012", "in", "2000-01-01", "2013-01-01"),
        ("by 2027-02-23", "until", "2027-02-23", "2027-02-24"),
        ("on 14 july 2031", "in", "2031-07-14", "2031-07-15"),
        ("after july 4, 2026", "after", "2026-07-04", "2026-07-05"),
        ("in december 2026", "in", "2026-12-01", "2027-01-01"),
        ("last month", "in", "2026-12-01", "2027-01-01"),
        ("next month", "in", "2027-02-01", "2027-03-01"),
        ("this year", "in", "2027-01-01", "2028-01-01"),
        ("2015年以前", "before", "2015-01-01", "2016-01-01"),
        ("2026年5月", "in", "2026-05-01", "2026-06-01"),
        ("2026年5月3日之后", "after", "2026-05-03", "2026-05-04"),
        ("上个月", "in", "2026-12-01", "2027-01-01"),
    ],
)
def test_dates_are_spans_of_days(text: str, relation: str, low: str, high: str) -> None:
    (when,) = whens(text, today=TODAY)
    assert (when.relation, when.low.isoformat(), when.high.isoformat()) == (relation, low, high)


@pytest.mark.requirement("tables.soft")
@given(
    st.text(max_size=40) | st.from_regex(r"(before|in|since)? ?[0-9]{4}[-年][0-9]{1,2}(-[0-9]{1,2})?", fullmatch=True)
)
def test_whatever_stands_there_is_a_span_or_nothing(text: str) -> None:
    for when in whens(text, today=TODAY):
        assert when.low < when.high
        assert 0 <= when.start < when.end <= len(text)


@pytest.mark.requirement("tables.soft")
@given(WORDS, WORDS)
def test_the_distance_of_words(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))


@pytest.mark.requirement("tables.soft")
def test_neighbours_that_changed_places_are_one_slip() -> None:
    assert distance("bridge", "brigde") == 1
    assert distance("quill", "quinn") == 2


@pytest.mark.requirement("tables.soft")
@given(st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_units_turn_into_each_other_or_not_at_all(given_: str, own: str) -> None:
    there, back = factor(given_, own), factor(own, given_)
    assert (there is None) == (back is None)
    assert there is None or back is None or there * back == pytest.approx(1)


@pytest.mark.requirement("tables.soft")
def test_adjectives_are_about_concepts_that_columns_have() -> None:
    assert {each for concepts, _ in (*ADJECTIVES.values(), *CHINESE_ADJECTIVES.values()) for each in concepts} <= set(
        NAMES
    )
    assert [degrees(each) for each in ("long", "large", "heavy", "big")] == [
        ("longer", "longest"), ("larger", "largest"), ("heavier", "heaviest"), ("bigger", "biggest"),
    ]  # fmt: skip


@pytest.mark.requirement("tables.soft", "tables.no-word-ignored")
@pytest.mark.parametrize(("cosines", "place"), [((0.7, 0.3), 0), ((0.7, 0.65), None), ((0.5, 0.1), None), ((), None)])
def test_one_column_alone_has_to_be_near(cosines: Sequence[float], place: int | None) -> None:
    assert nearest("word", ["a", "b"][: len(cosines)], lambda _word, _phrases: cosines) == place
