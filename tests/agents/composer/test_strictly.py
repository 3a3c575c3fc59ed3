"""Whether sentences hold the very value that is asked for."""

from __future__ import annotations

import pytest

from questline.agents.composer.strictly import tells_it
from questline.agents.tool_executor.asked import asked_of


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How long is the barge?", "The barge is 38 m long."),
        ("How many keepers are there?", "The park has twelve keepers."),
        ("How many keepers are there?", "There are 1,340 full-time keepers."),
        ("When was the mill built?", "The mill was built in 1866."),
        ("When does the mill open?", "The mill opens at 9:30."),
        ("Who built the mill?", "The mill was built by Otto Wessel."),
        ("What does a bicycle cost?", "A bicycle costs 5 euros."),
        ("What does a bicycle cost?", "A bicycle costs €5."),
        ("Which weekday is the fair?", "The fair is on Sunday."),
    ],
)
def test_a_value_of_the_kind_speaks_for_an_answer(question: str, text: str) -> None:
    assert tells_it(asked_of(question), text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How long is the barge?", "The barge was christened on 11 May 2019."),
        ("How many days are there from the first of May to the fair?", "The fair opens on 14 May and ends on 20 May."),
        ("How many keepers are there?", "The park opened in 1950 with 12 houses."),
        ("When was the mill built?", "The mill was built by Otto Wessel."),
        ("Who built the mill?", "The mill was built of oak."),
        ("What does a bicycle cost?", "Each guest may bring 2 bicycles."),
        ("What is the barge?", "The barge was built at the Holm yard."),
    ],
)
def test_what_holds_no_such_value_does_not(question: str, text: str) -> None:
    assert not tells_it(asked_of(question), text)
