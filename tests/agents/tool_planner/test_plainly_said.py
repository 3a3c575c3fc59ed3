"""What stands around and inside of a need: chat, misspelled units, several days, cities that name no zone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.tool_planner.pieces import bare, days_apart
from questline.agents.tool_planner.places import zones_in
from questline.agents.tool_planner.spelling import spelled
from questline.tools.mathematics.unit_table import nearest
from questline.tools.slot_filling.vocabulary import listed

from .shelf import calls, own_servers, plan

WORDS = st.sampled_from(
    listed("hi hello there thanks pls please quick one: , ! ? 5 160 C in farenheit kilometrs to the mill 你好 谢谢 of")
)


@pytest.mark.requirement("tura.choice.chat")
@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Hi there! quick one: how tall is the mill?", "how tall is the mill?"),
        ("Good morning everyone, who built it", "who built it"),
        ("price of the kiln pls, thanks", "price of the kiln"),
        ("how tall is the mill? Thank you very much!", "how tall is the mill?"),
        ("你好！石桥有多长？谢谢", "石桥有多长？"),
        ("Hello World was written by whom?", "Hello World was written by whom?"),
        ("Highland cattle live where?", "Highland cattle live where?"),
        ("thanks", "thanks"),
    ],
)
def test_chat_around_a_question_is_left_out(said: str, meant: str) -> None:
    assert bare(said) == meant


@pytest.mark.requirement("tura.choice.chat")
@given(st.lists(WORDS, min_size=1, max_size=12).map(" ".join))
def test_what_is_left_of_a_text_is_a_piece_of_it(text: str) -> None:
    left = bare(text)
    assert left
    assert left in text


@pytest.mark.requirement("tura.choice.spelling")
def test_a_unit_that_is_nearly_spelled_is_mended_where_a_unit_stands() -> None:
    assert spelled("160 C in farenheit") == "160 C in fahrenheit"
    assert spelled("12 gallns to litres") == "12 gallons to litres"
    assert spelled("the farenheit scale has 180 steps") == "the farenheit scale has 180 steps"
    assert spelled("3 ferries in Merton") == "3 ferries in Merton"
    assert nearest("ferry") == ""


@pytest.mark.requirement("tura.choice.spelling")
@given(st.lists(WORDS, min_size=1, max_size=12).map(" ".join))
def test_mending_twice_is_mending_once(text: str) -> None:
    assert spelled(spelled(text)) == spelled(text)


@pytest.mark.requirement("tura.choice.days")
def test_a_need_about_several_days_is_one_for_each_but_a_stretch_is_one() -> None:
    apart = [["weekdays of 2027-09-30", "weekdays of 2028-01-31"]]
    assert list(days_apart("weekdays of 2027-09-30 and 2028-01-31")) == apart
    assert list(days_apart("days between 2027-09-30 and 2028-01-31")) == []
    assert list(days_apart("how long from 2027-09-30 to 2028-01-31")) == []


@pytest.mark.requirement("tura.choice.days")
def test_each_of_several_days_gets_its_call(tmp_path_factory: pytest.TempPathFactory) -> None:
    own = own_servers(tmp_path_factory.mktemp("world"))
    told = plan("weekdays of 2027-09-30 and 2028-01-31", own)
    assert [task.arguments for task in told.plan.tasks] == [{"day": "2027-09-30"}, {"day": "2028-01-31"}]
    assert calls(plan("What's the time?", own)) == [("clock", "now")]


@pytest.mark.requirement("tura.choice.cities")
@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("What time is it in Kyoto?", "Asia/Tokyo"),
        ("札幌现在几点？", "Asia/Tokyo"),
        ("几点了，成都？", "Asia/Shanghai"),
        ("now in San Francisco", "America/Los_Angeles"),
    ],
)
def test_larger_cities_have_the_zone_of_their_country(text: str, zone: str) -> None:
    assert [found for _, _, found in zones_in(text)] == [zone]
