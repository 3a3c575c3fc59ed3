"""Typed values of a text, and questions with gaps."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.tool_planner.frames import Operand, frames
from questline.agents.tool_planner.literals import Literals
from questline.agents.tool_planner.pieces import about_paths, split_ways
from questline.tools.slot_filling.vocabulary import listed

KINDS = ("paths", "folders", "times", "days", "zones", "counts", "formulas", "equations")
WORDS = st.lists(
    st.sampled_from(
        listed(
            "what is 15% of $80 on 3 May 2027 until 2030-01-01 at 09:15 in Tokyo notes/a/b.txt 2^16 x^2 - 4 = 0"
            " km to miles three days after 那天 星期几 the and , ? ( ) 12"
        )
    ),
    max_size=14,
)


@pytest.mark.requirement("tura.planner.literals")
@given(text=st.one_of(st.text(max_size=80), WORDS.map(" ".join)))
def test_every_value_stands_where_it_says_and_none_of_a_kind_overlap(text: str) -> None:
    said = Literals(text)
    for kind in KINDS:
        found = sorted(getattr(said, kind), key=lambda one: one.start)
        assert all(0 <= one.start < one.end <= len(text) for one in found)
        if kind != "times":
            assert all(first.end <= second.start for first, second in pairwise(found))


@pytest.mark.requirement("tura.planner.literals")
@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("What is 15% of 80?", "formulas", ["15% of 80"]),
        ("whats $1 plus $0.35, and more", "formulas", ["1 plus 0.35"]),
        ("convert 19 nautical miles into kilometres please", "formulas", ["19 nautical miles into kilometres"]),
        ("How many kilograms are 11 stone?", "formulas", ["How many kilograms are 11 stone"]),
        ("the square root of 1764 plus 12", "formulas", ["sqrt(1764) plus 12"]),
        ("I owe him $100 and she has $1", "formulas", []),
        ("from 2027-01-01 to 2027-10-31", "days", ["2027-01-01", "2027-10-31"]),
        ("45 days after 2027-02-01", "days", ["2027-02-01"]),
        ("on 5 may 2030", "days", ["2030-05-05"]),
        ("2028年3月1日是星期几？", "days", ["2028-03-01"]),
        ("Solve x^2 - 11x + 24 = 0 for x.", "equations", ["x^2 - 11x + 24 = 0"]),
        ("read notes/letters/grant.txt and lamp.json", "paths", ["notes/letters/grant.txt", "lamp.json"]),
        ("25 m/s in km/h, and/or more", "paths", []),
        ("list /tmp and ~/notes", "paths", ["/tmp", "~/notes"]),
        ("at 09:15 on 2027-01-20", "times", ["2027-01-20T09:15"]),
        ("now in Nairobi or 东京, not in the North", "zones", ["Africa/Nairobi", "Asia/Tokyo"]),
    ],
)
def test_values_are_found(text: str, kind: str, values: list[object]) -> None:
    assert [one.value for one in getattr(Literals(text), kind)] == values


@pytest.mark.requirement("tura.planner.frames")
@given(text=st.one_of(st.text(max_size=120), WORDS.map(" ".join)))
def test_frames_of_any_text_have_pieces_and_questions(text: str) -> None:
    for frame in frames(text):
        assert frame.pieces
        assert all(operand.ask or operand.back for operand in frame.operands)


@pytest.mark.requirement("tura.planner.frames")
@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("On what day of the week was the bridge opened?", ["When was the bridge opened?"]),
        ("what day of the week was it when the stove was put in", ["When was the stove put in?"]),
        (
            "How many full years after the founding of the club was it twinned?",
            ["When was the founding of the club?", "When was the club twinned?"],
        ),
        ("How many weeks lie between the fire and 2030-01-01?", ["When was the fire?"]),
        (
            "How many days are there between the days when Ada Moss and Bo Hart joined?",
            ["When did Ada Moss join?", "When did Bo Hart join?"],
        ),
        ("How many days after 2027-01-01 was the parcel sent?", ["When was the parcel sent?"]),
        ("Which date is 30 days after the fair?", ["When was the fair?"]),
        ("What would four jars of honey cost?", ["How much does one jar of honey cost?"]),
        ("the passengers as a percentage of the seats", ["How many are the passengers?", "How many are the seats?"]),
        (
            "Counting from 1 March 2027, how many days until the vaccination runs out?",
            ["When does the vaccination run out?"],
        ),
        ("How long ago will the last service be on 1 May 2028, in days?", ["When was the last service?"]),
        ("How many days from 2027-01-01 until 2027-10-31?", []),
        ("What time is it in Oslo?", []),
    ],
)
def test_questions_with_gaps_say_what_to_look_up(text: str, asks: list[str]) -> None:
    first = next(iter(frames(text)), None)
    found = [piece.ask for piece in first.pieces if isinstance(piece, Operand)] if first else []
    assert found == asks


@pytest.mark.requirement("tura.planner.frames")
def test_lists_and_paths_are_taken_apart() -> None:
    assert next(iter(split_ways("1) 2^16  2) 12 stone in kg"))) == ["2^16", "12 stone in kg"]
    assert about_paths("Two things: the name in a/b/c.json, and the code in x.log.") == [
        ("a/b/c.json", "the name in a/b/c.json"),
        ("x.log", "the code in x.log"),
    ]


@pytest.mark.requirement("tura.planner.literals")
def test_so_many_of_a_year_are_no_formula() -> None:
    assert not Literals("the dearest is 340 of 2027").formulas
    assert [one.value for one in Literals("15% of 2027").formulas] == ["15% of 2027"]
    assert [one.value for one in Literals("half of 2000").formulas] == ["half of 2000"]
