"""The thing that a deed is done to, and for whom: never the one in the place of the other."""

from __future__ import annotations

import pytest

from questline.agents.tool_planner.objects import by_example, in_place
from questline.agents.tool_planner.requests import asking_for

from .shelf import NUMBER, TEXT, tool

pytestmark = pytest.mark.requirement("mends.deeds")
BOOK = tool("harbour", "book_boat", "Book a boat for a member.", {"boat": TEXT, "member": TEXT, "day": TEXT})
HEAT = tool(
    "house", "set_heating", "Set the heating of a flat.",
    {"flat": {**TEXT, "description": "Flat, such as L3"}, "celsius": NUMBER}, read_only=False, destructive=False,
)  # fmt: skip
TELLS = tool("harbour", "who_has_boat", "Who has a boat.", {"boat": TEXT, "member": TEXT}, read_only=True)
SWAPPED = {"boat": "Ole Kvist", "member": "Tern"}
RIGHT = {"boat": "Tern", "member": "Ole Kvist"}


def test_names_that_changed_places_change_back() -> None:
    assert in_place(BOOK, "Book the Tern for Ole Kvist on 10 July 2028.", SWAPPED) == RIGHT
    assert in_place(BOOK, "Could you book Tern for Ole Kvist?", SWAPPED) == RIGHT
    assert in_place(BOOK, "Book the Tern for Ole Kvist.", RIGHT) == RIGHT


def test_somebody_is_no_boat_where_none_is_named() -> None:
    assert in_place(BOOK, "Book a boat for Ole Kvist.", {"boat": "Ole Kvist"}) == {}


def test_what_only_reads_keeps_what_it_was_given() -> None:
    assert in_place(TELLS, "Who has the Tern for Ole Kvist?", SWAPPED) == SWAPPED


def test_a_code_of_the_shape_that_is_shown_is_taken() -> None:
    assert by_example(HEAT, "Set the heating of L5 to 21 degrees.", {"celsius": 21}) == {"flat": "L5", "celsius": 21}
    assert by_example(HEAT, "Set the heating of L5 and L6 to 21 degrees.", {"celsius": 21}) == {"celsius": 21}
    assert by_example(HEAT, "Set the heating to 21 degrees.", {"celsius": 21}) == {"celsius": 21}


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Set the heating of L5 to 21 degrees.", "request"),
        ("Should I set the heating of L5 to 21 degrees?", "none"),
        ("Don't set the heating of L5.", "forbidden"),
        ("Set an alarm for seven.", "none"),
    ],
)
def test_a_light_verb_that_is_the_tools_own_asks_for_its_deed(question: str, wanted: str) -> None:
    asked = asking_for(HEAT, question, text=question, start=0, end=len(question))
    assert asked == wanted
