"""A question is split where it asks for something else, and details stay with what they belong to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.tool_retrieval import split_intents
from questline.tools.tool_retrieval.intents import MOST

pytestmark = pytest.mark.requirement("tools.intents")


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("What is the weather in Lyon?", ("What is the weather in Lyon?",)),
        (
            "Find a hotel in Lyon. It must have a pool. Then book a table for two.",
            ("Find a hotel in Lyon. It must have a pool", "book a table for two"),
        ),
        (
            "Read the report, summarize it and send it to Ada.",
            ("Read the report", "summarize it", "send it to Ada"),
        ),
        (
            "We are planning a trip. Can you find a flight to Oslo? I also need a rental car. Thank you!",
            ("We are planning a trip. Can you find a flight to Oslo", "I also need a rental car"),
        ),
        ("Compare apples and pears", ("Compare apples and pears",)),
        (
            "What is the price of gold and how high is inflation?",
            ("What is the price of gold", "how high is inflation"),
        ),
        ("查询北京天气。帮我订一张去上海的机票。", ("查询北京天气", "帮我订一张去上海的机票")),
    ],
)
def test_each_part_asks_for_something_of_its_own(question: str, parts: tuple[str, ...]) -> None:
    assert split_intents(question) == parts


def test_there_are_never_more_parts_than_can_have_slots() -> None:
    assert len(split_intents(" ".join(f"Find the file number {n}." for n in range(40)))) == MOST


@given(st.text(max_size=300))
def test_any_text_has_at_least_one_part_and_splitting_ends(question: str) -> None:
    parts = split_intents(question)
    assert 1 <= len(parts) <= MOST


def test_a_pasted_document_is_split_in_no_time_with_its_square() -> None:
    assert split_intents("once " * 50_000)
    assert split_intents("and then " * 50_000)
