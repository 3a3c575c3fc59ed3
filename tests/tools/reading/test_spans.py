"""A model's span made a phrase, and spans of years kept whole."""

from __future__ import annotations

import pytest

from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.reading import read
from questline.tools.reading.periods import whole_period
from questline.tools.reading.spans import phrase
from questline.types import Passage

pytestmark = pytest.mark.requirement("embedded.reading-spans")


@pytest.mark.parametrize(
    ("span", "left"),
    [
        ("IB), is an international border", "IB"),
        ('"1 lakh people', "1 lakh people"),
        ('Business Trip", Pam learns that', "Business Trip"),
        ("a political ideology is a certain set of ideals", "a political ideology"),
        ("secondary schools, which are run by bishops", "secondary schools"),
        ("January, it was said", "January"),
        ("George II (1683", "George II "),
        ('"Autumn"', '"Autumn"'),
        ("the 1920 treaty (of Serin)", "the 1920 treaty (of Serin)"),
        ("Lansdowne, Ridley Park", "Lansdowne, Ridley Park"),
        ("is", "is"),
        (")", ")"),
        ("", ""),
    ],
)
def test_a_clause_and_half_a_quotation_are_left_out_of_a_span(span: str, left: str) -> None:
    start, end = phrase(span)
    assert span[start:end] == left


@pytest.mark.parametrize(
    ("question", "sentence", "year", "whole"),
    [
        ("when was it built", "It was built in 2007 and 2008.", "2007", "2007 and 2008"),
        ("when was the line drawn", "In the 1979–80 season it was drawn.", "1979", "1979–80"),
        ("when was it sung", "It was sung in the 1780s and 1790s.", "1780s", "1780s and 1790s"),
        ("when was it first built", "It was built in 2007 and 2008.", "2007", "2007"),
        ("when was she born", "She (1863–1936) was a painter.", "1863", "1863"),
        ("when did she rule", "She ruled from 1950 to 1962.", "1950", "1950"),
        ("when was it built", "It was built in 2007, not in 2008.", "2007", "2007"),
    ],
)
def test_a_year_that_begins_a_season_or_a_list_is_given_with_the_rest_of_it(
    question: str, sentence: str, year: str, whole: str
) -> None:
    start = sentence.index(year)
    assert sentence[start : whole_period(question, sentence, start, start + len(year))] == whole


def test_the_reader_gives_the_whole_of_a_span_of_years() -> None:
    text = "The gondola of Serin was built in 2007 and 2008 by Doppel."
    given = [Passage(id="p", document_id="p", source="Notes", title="Notes", text=text)]
    assert read("When was the gondola of Serin built?", given).short == "2007 and 2008"
    ruled = [
        Passage(id="p", document_id="p", source="Notes", title="Notes", text="Ada ruled Ostria from 1950 to 1962.")
    ]
    assert read("When did Ada rule Ostria?", ruled, cross_encoder=CrossEncoder.load()).short == "1950 to 1962"
