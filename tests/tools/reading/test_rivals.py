"""Near misses: another office, plan, version or clause says what is asked, but not of what was asked."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from questline.tools.reading import read
from questline.types import Passage

Build = Callable[..., Passage]


@pytest.mark.requirement("embedded.read-rivals")
@pytest.mark.parametrize(
    ("question", "right", "wrong", "short"),
    [
        (
            "When did the Lisbon office open?",
            "The Lisbon office opened in 2019.",
            "The Porto office opened in 2015.",
            "2019",
        ),
        (
            "How many people work in the sales team?",
            "The sales team has 8 people.",
            "The support team has 12 people.",
            "8 people",
        ),
        (
            "What is the price of the basic plan?",
            "The basic plan costs 10 euros.",
            "The premium plan costs 30 euros.",
            "10 euros",
        ),
        (
            "How often must the Tern 200 be cleaned?",
            "The Tern 200 must be cleaned every 3 months.",
            "The Tern 100 must be cleaned every 2 months.",
            "3 months",
        ),
        (
            "By how much did sales fall in the second quarter?",
            "Sales fell by 4 percent in the second quarter.",
            "Sales fell by 9 percent in the first quarter.",
            "4 percent",
        ),
    ],
)
def test_the_sentence_about_the_asked_one_answers_wherever_it_stands(
    question: str, right: str, wrong: str, short: str, passage: Build
) -> None:
    for texts in permutations([right, wrong, "Lunch is at noon."]):
        assert read(question, [passage(" ".join(texts))]).short == short
        assert read(question, [passage(text, identity=str(n)) for n, text in enumerate(texts)]).short == short
    assert read(question, [passage(wrong)]).abstained
    assert read(question, [passage(f"{wrong} Lunch is at noon.")]).abstained


@pytest.mark.requirement("embedded.read-rivals")
@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("When did the Lisbon office open?", "The Porto office opened in 2015. The Lisbon office is large."),
        ("When did the Lisbon office open?", "The Lisbon office is large. The Porto office opened in 2015."),
        (
            "How many desks does the Lisbon office have?",
            "The Lisbon office opened in 2019. The Porto office has desks.",
        ),
        ("How many people work in the Lisbon office?", "The Porto office is old. It has 20 people. Lisbon is far."),
        ("When did Lisbon join?", "Porto joined in 2015. A ferry goes to Lisbon."),
        ("What is the price of the basic plan?", "The premium plan costs 30 euros. The basic plan has no support."),
    ],
)
def test_a_rival_in_the_same_passage_gives_no_answer(question: str, text: str, passage: Build) -> None:
    assert read(question, [passage(text, "Our offices in Lisbon and Porto")]).abstained
    assert read(question, [passage(text)]).abstained


@pytest.mark.requirement("embedded.read-rivals")
@pytest.mark.parametrize(
    ("question", "short"),
    [("How long does a trip to Pell take?", "5 days"), ("How long does a trip to Tern take?", "12")],
)
def test_the_clause_of_the_asked_one_answers(question: str, short: str, passage: Build) -> None:
    for text in (
        "A trip to Pell takes 5 days; a trip to Tern takes 12 days.",
        "A trip to Tern takes 12 days, while a trip to Pell takes 5 days.",
    ):
        assert read(question, [passage(text)]).short.startswith(short)


@pytest.mark.requirement("embedded.read-rivals")
def test_no_verdict_comes_from_a_rival(passage: Build) -> None:
    text = "The premium plan includes support. The basic plan includes 3 users."
    assert read("Does the basic plan include support?", [passage(text)]).short != "yes"
    assert read("Does the premium plan include support?", [passage(text)]).short == "yes"
