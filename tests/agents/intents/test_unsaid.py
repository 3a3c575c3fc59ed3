"""Questions that say only "it" or "she" of what they ask about."""

from __future__ import annotations

import pytest

from questline.agents.intents.unsaid import unsaid


@pytest.mark.parametrize(
    ("question", "pronoun"),
    [
        ("How much did it cost?", "it"),
        ("Who is it?", "it"),
        ("When does it open?", "it"),
        ("how old is she", "she"),
        ("Where do they live?", "they"),
        ("它多少钱？", "它"),
        ("她住在哪里？", "她"),
    ],
)
def test_a_pronoun_that_stands_for_nothing_is_named(question: str, pronoun: str) -> None:
    assert unsaid(question) == pronoun


@pytest.mark.parametrize(
    "question",
    [
        "How much did the lamp cost?",
        "What time is it?",
        "What day is it today?",
        "How far is it to Ulmen?",
        "How long does it take?",
        "When does it get dark?",
        "How is it going?",
        "When does the museum open, and what does it cost?",
        "How much does it cost to hire a boat?",
        "灯多少钱？",
    ],
)
def test_what_says_more_or_means_nothing_is_left_alone(question: str) -> None:
    assert unsaid(question) == ""
