"""Texts are cut into units that can stand alone, and every unit stands where it says."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.summarization.segments import masked, segments


def _cut(text: str) -> list[tuple[str, str]]:
    return [(item.kind, text[item.start : item.end]) for item in segments(masked(text))]


@pytest.mark.requirement("summarization.segments")
@pytest.mark.parametrize(
    ("text", "units"),
    [
        (
            "The lamp burns. It is old.",
            [("sentence", "The lamp burns."), ("sentence", "It is old.")],
        ),
        (
            "他说：“灯塔很高。”然后他走了；没有人再见到他。真的？",
            [("sentence", "他说：“灯塔很高。”"), ("sentence", "然后他走了；没有人再见到他。"), ("sentence", "真的？")],
        ),
        (
            "# Harbour\n\nBoats leave at nine.\n\n- First boat. It is small.\n- Second boat",
            [
                ("heading", "# Harbour"),
                ("sentence", "Boats leave at nine."),
                ("item", "- First boat. It is small."),
                ("item", "- Second boat"),
            ],
        ),
        (
            "Timetable\n\n| boat | time |\n|---|---|\n| Gull | 9:00 |\n",
            [("heading", "Timetable"), ("row", "| boat | time |"), ("row", "| Gull | 9:00 |")],
        ),
        (
            "Ada: Did the lamp break?\nJon: Yes, on 3 May.\nIt was windy.\nAda: Who mended it?",
            [
                ("turn", "Ada: Did the lamp break?"),
                ("turn", "Jon: Yes, on 3 May.\nIt was windy."),
                ("turn", "Ada: Who mended it?"),
            ],
        ),
        (
            "甲：灯塔坏了吗？\n乙：坏了。\n甲：谁修的？",
            [("turn", "甲：灯塔坏了吗？"), ("turn", "乙：坏了。"), ("turn", "甲：谁修的？")],
        ),
        (
            "The tower is 41\nmetres high and\nwas built late. It stands.",
            [("sentence", "The tower is 41\nmetres high and\nwas built late."), ("sentence", "It stands.")],
        ),
        (
            "<p>The lamp <b>burns</b>.</p><script>var lamp = 1;</script><p>It is old.</p>",
            [("sentence", "The lamp <b>burns</b>."), ("sentence", "It is old.")],
        ),
        (
            "灯塔 Lighthouse 建于1874年。The keeper was Ada. 她很老。",
            [
                ("sentence", "灯塔 Lighthouse 建于1874年。"),
                ("sentence", "The keeper was Ada."),
                ("sentence", "她很老。"),
            ],
        ),
        ("<div><br/></div> --- *** \n\n", []),
        ("", []),
    ],
)
def test_units_are_what_a_reader_sees_as_one(text: str, units: list[tuple[str, str]]) -> None:
    assert _cut(text) == units


def test_one_label_in_prose_makes_no_dialogue() -> None:
    assert {kind for kind, _ in _cut("Seen from afar: a tower. It is white. Nobody lives there.")} == {"sentence"}


def test_a_long_turn_is_cut_into_its_sentences() -> None:
    talk = " ".join(f"Sentence number {n} is not very long." for n in range(30))
    text = f"Ada: {talk}\nJon: Yes.\nAda: No."
    units = _cut(text)
    assert len(units) == 32
    assert {kind for kind, _ in units} == {"turn"}


@given(st.text(alphabet=st.sampled_from("ab. \n:-#|<p>/。；”“中文9\t\x00\u0301Z"), max_size=200))
def test_units_are_in_order_apart_and_inside_the_text(text: str) -> None:
    found = segments(masked(text))
    assert len(masked(text)) == len(text)
    assert all(item.start < item.end <= len(text) for item in found)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(any(character.isalnum() for character in text[item.start : item.end]) for item in found)
