"""Amounts in yes/no questions against the bounds and values of sentences."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.reading import read
from questline.tools.reading.amounts import Amount, amounts, holds, without_bounds
from questline.types import Passage

Build = Callable[..., Passage]


@pytest.mark.requirement("embedded.read-bounds")
@pytest.mark.parametrize(
    ("rule", "question", "short"),
    [
        ("Expenses above 200 euros need the approval of the team lead.", "an expense of {} euros", "no 150 yes 300"),
        ("Expenses of 200 euros or more need the approval of Ada.", "an expense of {} euros", "no 199 yes 200"),
        ("Expenses over €1,000 need approval.", "an expense of {} euros", "no 1,000 yes 1,001"),
        ("Expenses under 50 euros do not need approval.", "an expense of {} euros", "no 20 yes 80"),
        ("Trips longer than 2 days need approval.", "a trip of {} hours", "no 24 yes 72"),
        ("Parties of between 10 and 20 people need approval.", "a party of {} guests", "no 9 yes 15 no 21"),
        ("Loans of no more than 3 books need approval.", "a loan of {} books", "yes 3 no 4"),
    ],
)
def test_a_rule_holds_for_the_amounts_inside_its_bound(rule: str, question: str, short: str, passage: Build) -> None:
    words = short.split()
    for verdict, amount in zip(words[::2], words[1::2], strict=True):
        for form in ("Is approval needed for {}?", "Does {} need approval?"):
            asked = form.format(question.format(amount))
            assert read(asked, [passage(f"Tea is free. {rule}", "House rules")]).short == verdict, asked


@pytest.mark.requirement("embedded.read-bounds")
@pytest.mark.parametrize(
    ("rule", "question", "short"),
    [
        ("Files up to 25 MB can be uploaded.", "Can I upload a file of 20 MB?", "yes"),
        ("Files up to 25 MB can be uploaded.", "Can I upload a file of 2 GB?", "no"),
        ("Members must be at least 16 years old to join.", "Is a 14-year-old allowed to join?", "no"),
        ("Members must be at least 16 years old to join.", "May a 17-year-old join?", "yes"),
        ("Orders of at least 50 euros ship for free.", "Do orders over 60 euros ship for free?", "yes"),
        ("Orders of at least 50 euros ship for free.", "Do orders under 40 euros ship for free?", "no"),
        ("The Orrin tower is 84 metres tall.", "Is the Orrin tower taller than 80 metres?", "yes"),
        ("The Orrin tower is 84 metres tall.", "Is the Orrin tower over 90 metres tall?", "no"),
    ],
)
def test_bounds_are_heard_in_many_words(rule: str, question: str, short: str, passage: Build) -> None:
    assert read(question, [passage(rule, "Notes on Orrin")]).short == short


@pytest.mark.requirement("embedded.read-bounds")
@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("The tower has more than 200 steps.", "Does the tower have 300 steps?"),
        ("The tower has more than 200 steps.", "Does the tower have over 300 steps?"),
        ("Orders over 200 euros ship for free.", "Do orders over 100 euros ship for free?"),
        ("Rooms above 200 euros need a deposit.", "Is a deposit needed for a stay of 3 nights in a room for 4 people?"),
    ],
)
def test_what_a_bound_leaves_open_gets_no_verdict(sentence: str, question: str, passage: Build) -> None:
    assert read(question, [passage(sentence)]).abstained


def test_a_number_that_names_something_is_no_amount() -> None:
    (version, limit) = amounts("Windows 7 runs it for up to 3 hours")
    assert (version.named, limit.named, limit.unit, limit.high) == (True, False, "second", 3 * 3600)
    assert holds("Does it run on Windows 7?", "It needs more than 8 doors.") == (None, ())


def test_the_no_of_a_bound_denies_nothing() -> None:
    assert without_bounds("Bring no more than 3 bags.") == "Bring ."


@given(st.integers(0, 50), st.integers(0, 50), st.booleans(), st.booleans())
def test_no_amount_is_both_inside_and_apart(value: int, limit: int, above: bool, open_end: bool) -> None:
    point = Amount(low=value, high=value, unit="euro", start=0, end=1)
    low, high = (float(limit), float("inf")) if above else (float("-inf"), float(limit))
    bound = Amount(
        low=low, high=high, open_low=above and open_end, open_high=not above and open_end, unit="euro", start=0, end=1
    )
    assert point.within(bound) != point.apart(bound)
    assert point.apart(bound) == bound.apart(point)
