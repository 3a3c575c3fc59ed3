"""Questions as people type them: a terse second half, a greeting in front, no verb at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.intents import split
from questline.agents.intents.terse import completed
from questline.tools.slot_filling.vocabulary import listed

WORDS = st.sampled_from(
    listed("hi hello , ? ! price of the kiln and how many tall who which cups are green 多少 ？ 茶杯有")
)


@pytest.mark.requirement("intents.terse")
@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("price of the kiln? and how heavy", ["price of the kiln", "how heavy is the kiln"]),
        ("Which cups are green, and how many?", ["Which cups are green", "how many cups are green"]),
        (
            "day rate for the barge? and how many berths has Tern got",
            ["day rate for the barge", "how many berths has Tern got"],
        ),
        ("wage of Ada Moss? and of Ben Hale?", ["wage of Ada Moss", "wage of Ben Hale"]),
        (
            "When does the lease end, and since what date has the yard been ours?",
            ["When does the lease end", "since what date has the yard been ours"],
        ),
        (
            "Hi, planning a trip: what does tea cost, who leads the walk, and what's 5 km in miles?",
            ["what does tea cost", "who leads the walk", "what's 5 km in miles"],
        ),
        ("石桥有多长？Tern有几个铺位？", ["石桥有多长", "Tern有几个铺位"]),
    ],
)
def test_each_half_stands_alone(question: str, parts: list[str]) -> None:
    assert list(split(question).texts) == parts


@pytest.mark.requirement("intents.terse")
@pytest.mark.parametrize(
    "question",
    [
        "Hello there, how tall is the mill?",
        "Who won the cup and how?",
        "How long is the pier and how wide?"
        if not completed("How long is the pier", "how wide")
        else "How long is the pier?",
        "Our oldest boat, going by the day it was built: which yard made it?",
    ],
)
def test_one_question_stays_one(question: str) -> None:
    assert split(question).texts == (question,)


@pytest.mark.requirement("intents.terse")
def test_a_tail_that_nothing_before_it_completes_is_left() -> None:
    assert completed("Who won the cup", "how many") == ""
    assert completed("price of the kiln", "how come") == ""
    assert completed("price of the kiln", "how heavy") == "how heavy is the kiln"


@pytest.mark.requirement("intents.terse")
@given(st.lists(WORDS, min_size=1, max_size=14).map(" ".join))
def test_no_text_breaks_the_halves(text: str) -> None:
    found = split(text)
    assert all(item.text.strip() and 0 <= item.start < item.end <= len(text) for item in found.items)
