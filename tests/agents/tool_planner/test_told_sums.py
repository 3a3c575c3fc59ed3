"""Sums whose numbers all stand in the question; what is not all there is no sum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.tool_planner.literals import Literals
from questline.agents.tool_planner.told_sums import told_sums

pytestmark = pytest.mark.requirement("tura.told-sums")


def sums(text: str, opening: str = "") -> list[str]:
    return ["".join(map(str, frame.pieces)) for frame in told_sums(text, opening)]


@pytest.mark.parametrize(
    ("question", "formula"),
    [
        ("We have 6 trays of 12 plants, 4 were thrown away. How many plants are left?", "6 * 12 - 4"),
        ("There are 8 vans with 15 crates in each and 9 loose ones. How many crates is that altogether?", "8 * 15 + 9"),
        (
            "There are 8 vans with 15 crates in each and 9 extra crates. How many crates is that altogether?",
            "8 * 15 + 9",
        ),
        ("Four shelves hold 20 jars each. How many jars are there in all?", "4 * 20"),
        ("Our goat eats 800 g a day. How long will 12 kg last?", "12 kg / (800 g)"),
        ("How many weeks do 30 filters last if we use 5 filters a week?", "30 / 5"),
        ("If we share 60 eggs among 12 families, how many does each get?", "60 / 12"),
        ("The pole is 14 feet long, what is that in metres?", "14 feet in metres"),
        ("a sack holds 50 lb, how many kg is that", "50 lb in kg"),
        ("水箱高6英尺，是多少米？", "6英尺是多少米"),
    ],
)
def test_a_sum_that_is_told_whole_is_a_formula(question: str, formula: str) -> None:
    assert sums(question) == [formula]


def test_what_was_said_before_the_question_belongs_to_it() -> None:
    assert sums("How long will a bag of 3 kg last?", "My cat eats 60 g a day.") == ["3 kg / (60 g)"]


@pytest.mark.parametrize(
    "question",
    [
        "We are 4 people with 2 dogs. How many dogs are allowed?",
        "There are 3 rooms with 4 beds each. How many beds are free tonight?",
        "6 trays of 12 plants cost 40 pounds. How many plants are left?",
        "Our goat eats 800 g a day and 12 kg cost 9 pounds. How long does 1 pound last?",
        "Our goat eats 800 g a day. How many weeks will 12 kg last?",
        "Our goat eats 2 litres a day. How long will 12 kg last?",
        "How many boxes of 24 tubes have we got?",
        "The pole is 14 feet long, what is that in kilograms?",
        "The pole is 14 feet long and 3 inches thick, what is that in metres?",
        "How many chairs are there?",
    ],
)
def test_what_is_not_told_whole_is_no_sum(question: str) -> None:
    assert sums(question) == []


@given(st.text(alphabet="0123456789 abcdehowmany?.,多少米英尺", max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    assert len(sums(text)) <= 1


@pytest.mark.parametrize(("text", "formula"), [("What's 12 x 7", "12 x 7"), ("12x7?", "12x7"), ("is 3 x old", None)])
def test_a_cross_between_numbers_multiplies(text: str, formula: str | None) -> None:
    assert [one.value for one in Literals(text).formulas] == ([formula] if formula else [])
