"""Words that ask and words that point, which intents, planner and composer share."""

from __future__ import annotations

import pytest

from questline.agents.intents.closed_words import EMPTY_IT, THERE
from questline.agents.intents.references import needs_earlier
from questline.agents.tool_planner.pointing import pointer


@pytest.mark.parametrize(
    "text",
    [
        "What time is it in Oslo?",
        "what day was it 100 days before 2027-07-04",
        "If I order on 2027-04-05, what date will it be here?",
        "How far is it to Lima?",
        "Is it raining?",
    ],
)
def test_an_empty_it_points_to_nothing_for_intents_and_for_the_planner(text: str) -> None:
    assert EMPTY_IT.search(text)
    assert not needs_earlier(text)
    assert pointer(text) is None


@pytest.mark.parametrize("text", ["What year was it built?", "and how heavy is it"])
def test_a_property_of_it_points_back(text: str) -> None:
    assert not EMPTY_IT.search(text)
    assert needs_earlier(text)
    found = pointer(text)
    assert found is not None
    assert found.said == "it"


def test_there_is_a_place_only_where_nothing_is_said_to_exist() -> None:
    assert THERE.search("What is the time there?")
    assert not THERE.search("How many boats are there?")
    assert not THERE.search("Will there be snow? There has been some.")
