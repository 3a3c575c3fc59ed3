"""What something does, and where it is now, is not told by what else is said of it."""

from __future__ import annotations

import pytest

from questline.agents.composer.deeds import deed_lacking, state_lacking
from questline.agents.composer.ground import Ground


def ground(told: str) -> Ground:
    return Ground(told=told, near=told, whole=told)


def test_the_day_of_an_outing_is_not_when_its_bus_goes() -> None:
    question = "When does the bus to the Ulmen falls depart?"
    assert deed_lacking(question, ground("The outing to the Ulmen falls is on 3 June 2027.")) == "the bus"


@pytest.mark.parametrize(
    "told",
    ["The bus leaves at 7:15.", "Departure is at 7:15; we depart from the yard.", "It goes at 7:15."],
)
def test_what_speaks_of_the_thing_or_of_what_it_does_is_left_alone(told: str) -> None:
    assert deed_lacking("When does the bus to the Ulmen falls depart?", ground(told)) == ""


@pytest.mark.parametrize("question", ["When does the bus depart?", "When is the outing to the Ulmen falls?"])
def test_of_what_nothing_more_is_said_nothing_is_held(question: str) -> None:
    assert deed_lacking(question, ground("The outing is on 3 June 2027.")) == ""


def test_where_things_are_now_has_to_be_said() -> None:
    late = ground("Tools that are late cost a fine.")
    assert state_lacking("Which tools are still out?", late) == "which are “out”"
    assert state_lacking("Which tools are still out?", ground("The saw is out until Monday.")) == ""
    assert state_lacking("Which tools are late?", late) == ""
