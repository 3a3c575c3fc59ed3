"""A time, a place or a count is answered by one, or not at all; rows and items are counted whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from questline.tools.reading import read
from questline.types import Passage

Build = Callable[..., Passage]

TABLE = "| Plan | Seats | Price |\n|---|---|---|\n| Basic | 2 | 10 |\n| Pro | 5 | 30 |\n| Team | 20 | 90 |"
STEPS = "1. Unpack the box.\n2. Plug it in. Wait.\n3. Press the 2 buttons.\n4. Done."
ITEMS = "Bring these things:\n\n- a tent\n- 2 ropes\n- a map\n  of the coast\n\nThere are 9 tents in the hut."


@pytest.mark.requirement("embedded.read-typed", "embedded.read-hops")
@pytest.mark.parametrize("role", ["lead", "manager", "head", "captain", "founder"])
@pytest.mark.parametrize("form", ["The {} of Kestrel is Mara Lind.", "Kestrel is a ship. Its {} is Mara Lind."])
def test_where_and_when_go_through_the_person(role: str, form: str, passage: Build) -> None:
    ship = passage(form.format(role), "Kestrel")
    mara = passage("Mara Lind was born in Bergen in 1980.", "Team", "p2")
    other = passage("Otto Brandt was born in Oslo in 1975.", "Team", "p3")
    for found in ([ship, mara, other], [other, ship, mara], [mara, other, ship]):
        assert read(f"Where was the {role} of Kestrel born?", found).short == "Bergen"
        assert read(f"When was the {role} of Kestrel born?", found).short == "1980"
    for question in (f"Where was the {role} of Kestrel born?", f"When did the {role} of Kestrel die?"):
        assert read(question, [ship, other]).short == ""


@pytest.mark.requirement("embedded.read-typed")
@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Where was the bridge of Orrin designed?", "The bridge of Orrin was designed by Ada Falk."),
        ("When was the bridge of Orrin designed?", "The bridge of Orrin was designed by Ada Falk."),
        ("Where does the next meeting take place?", "The next meeting takes place on 9 June."),
        ("How many lamps does the tower carry?", "The tower does carry lamps and more lamps."),
        ("When does the shop open?", "The shop opens for members and guests."),
    ],
)
def test_a_value_of_another_kind_is_no_answer(question: str, text: str, passage: Build) -> None:
    assert read(question, [passage(text)]).abstained


@pytest.mark.requirement("embedded.read-typed")
def test_a_title_that_is_written_small_in_its_text_is_nobody(passage: Build) -> None:
    found = read("Who designed the tower?", [passage("The mill was designed after the tower.", "Mill")])
    assert found.short != "Mill"
    assert found.confidence < 0.2
    assert read("Who designed the tower?", [passage("Mill designed the tower of Orrin.", "Mill")]).short == "Mill"


@pytest.mark.requirement("embedded.read-counts")
@pytest.mark.parametrize(
    ("question", "text", "title", "short"),
    [
        ("How many rows does the price table have?", TABLE, "Prices", "3"),
        ("How many plans are there?", TABLE, "Plans and prices", "3"),
        ("How many steps does the setup have?", STEPS, "Setup", "4"),
        ("How many items are on the packing list?", ITEMS, "Packing list", "3"),
        ("How many things are on the packing list?", ITEMS, "Packing list", "3"),
        ("How many tents are in the hut?", ITEMS, "Packing list", "9 tents"),
        ("How many seats does the Pro plan have?", TABLE, "Plans", "5"),
    ],
)
def test_rows_and_items_are_counted(question: str, text: str, title: str, short: str, passage: Build) -> None:
    reading = read(question, [passage(text, title)])
    assert reading.short == short
    assert all(citation.quote in text for citation in reading.citations)


@pytest.mark.requirement("embedded.read-counts")
@pytest.mark.parametrize(
    ("question", "text", "title"),
    [
        ("How many plans cost less than 50 euros?", TABLE, "Plans"),
        ("How many colours are there?", TABLE, "Plans"),
        ("How many buttons are on the packing list?", ITEMS, "Packing list"),
        ("How many steps does the repair have?", STEPS, "Setup"),
        ("How many items are on the packing list?", "- tent\n  - pegs\n- map", "Packing list"),
        ("How many rows does the price table have?", "| Basic | 2 |\n| Pro | 5 |", "Prices"),
        ("How many steps does the setup have?", "word " * 150 + "\n\n" + STEPS, "Setup"),
    ],
)
def test_what_cannot_be_counted_surely_is_not_answered(question: str, text: str, title: str, passage: Build) -> None:
    assert read(question, [passage(text, title)]).abstained
