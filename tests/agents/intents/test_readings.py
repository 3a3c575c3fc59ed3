"""Other readings of a need: conversation goes, conditions stay, and what is asked stays the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.intents.hasty import spelled_out
from questline.agents.intents.idle import without_idle_words
from questline.agents.intents.readings import readings


def texts(need: str) -> list[str]:
    return [one.text for one in readings(need)]


@pytest.mark.requirement("tura.readings.idle")
@pytest.mark.parametrize(
    ("need", "asked"),
    [
        ("Dear curator, where is the loom kept? Kind regards, H. Brand", "where is the loom kept?"),
        ("Ola from the mill here. Where is the loom kept?", "Where is the loom kept?"),
        ("quick question for the desk: where is the loom kept", "where is the loom kept"),
        ("hello there, I was wondering where the loom is kept", "where the loom is kept"),
        ("Our Tom is six and wants to know why the loom was moved", "why the loom was moved"),
        ("why was the loom moved, it's never where I look", "why was the loom moved"),
        ("Could you tell me when the mill opens? Many thanks", "when the mill opens?"),
    ],
)
def test_conversation_is_idle(need: str, asked: str) -> None:
    assert without_idle_words(need) == asked


@pytest.mark.requirement("tura.readings.idle")
@pytest.mark.parametrize(
    "need",
    [
        "We are a family of five and want to know what a visit costs",
        "I come on Sunday and want to know when the mill opens",
        "what does a visit cost, it's for two children",
        "I have only an hour and want to know which rooms to see",
        "My two aunts want to share a room. What does that cost?",
        "I'm a member. What does a visit cost?",
        "Where is the loom kept?",
    ],
)
def test_what_may_be_a_condition_is_not_idle(need: str) -> None:
    assert without_idle_words(need) == need
    assert not [text for text in texts(need) if len(text.split()) < len(need.split()) - 2]


@pytest.mark.requirement("tura.readings.idle")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wich loom cant be moved", "which loom can't be moved"),
        ("how meny looms r there, an when can u show them", "how many looms are there, and when can you show them"),
        ("Im at stage.ur/im.txt", "Im at stage.ur/im.txt"),
        ("the till is shut", "the until is shut"),  # a reading is only tried, and whoever is asked knows no such thing
    ],
)
def test_hasty_words_are_spelled_out(typed: str, meant: str) -> None:
    assert spelled_out(typed) == meant


@pytest.mark.requirement("tura.readings.same")
@pytest.mark.parametrize(
    ("need", "reading"),
    [
        ("Who should I talk to about lending the loom?", "who looks after the loom?"),
        ("who do we write to about lending the loom", "who arranges lending the loom?"),
        ("Is the mill open at half past six on a Sunday evening?", "when is the mill open on a Sunday?"),
        ("Can we still see the loom at 5pm?", "until when can we see the loom?"),
        ("how tall is the mill, and from when is it open", "how tall is the mill? from when is it open?"),
        ("5 miles in km plus 3 lb in kg", "5 miles in km? 3 lb in kg?"),
    ],
)
def test_the_same_is_asked_otherwise(need: str, reading: str) -> None:
    assert reading in texts(need)


@pytest.mark.requirement("tura.readings.same")
@pytest.mark.parametrize(
    "need",
    [
        "Where is the loom kept?",
        "Is the mill open on Sundays?",  # no moment
        "Can the mill grind 5 sacks an hour?",
        "What do a loom and a wheel cost?",
        "纺车在哪里？",
        "",
        "x" * 20_000,
    ],
)
def test_a_plain_need_has_no_other_reading(need: str) -> None:
    assert texts(need) == []


@pytest.mark.requirement("tura.readings.same")
@given(st.text(max_size=300))
def test_any_text_has_finitely_many_readings_none_of_them_twice(text: str) -> None:
    found = texts(text)
    assert len(found) == len(set(found)) < 60
