"""What is said before questions belongs to them only where they take it up."""

from __future__ import annotations

import pytest

from questline.agents.intents import split

QUESTIONS = " What does a berth cost, and when does the smithy open?"


@pytest.mark.parametrize("said", ["We're planning our outing!", "I am getting ready for the holidays!"])
def test_what_the_questions_are_for_is_no_part_of_them(said: str) -> None:
    assert split(said + QUESTIONS).texts == ("What does a berth cost", "when does the smithy open")


@pytest.mark.parametrize(
    "question",
    [
        "We're planning a trip with 4 dogs." + QUESTIONS,
        "We're planning a trip with two dogs." + QUESTIONS,
        "We're planning a trip to Ulmen." + QUESTIONS,
        "I am a student." + QUESTIONS,
        "We're planning to see the play. What does it cost, and when does it begin?",
        "We're planning a concert. What does the concert hall cost, and who cleans the foyer?",
    ],
)
def test_what_they_take_up_stays_with_each(question: str) -> None:
    opening = question.partition(".")[0]
    assert all(text.startswith(opening) for text in split(question).texts)


@pytest.mark.parametrize(
    "question",
    [
        "What is the total of the entry fee and the locker fee on Mondays?",
        "What is the sum of the width and the depth of the Amber shelf?",
    ],
)
def test_a_total_of_two_is_one_need(question: str) -> None:
    assert split(question).texts == (question,)


def test_two_things_beside_a_total_are_two_needs() -> None:
    assert len(split("What is the total of the fees and the name of the keeper?").texts) == 2
