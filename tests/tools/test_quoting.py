"""Of a long text the part is shown that bears a sentence."""

from __future__ import annotations

import json

import pytest

from questline.tools.quoting import bearing

pytestmark = pytest.mark.requirement("mends.checkable")
ROWS = json.dumps(
    {"sql": "select * from kilns where " + "x and " * 80, "rows": [[f"kiln {n}", 3000 + n] for n in range(90)]}
)


def test_a_short_text_stays_as_it_is() -> None:
    assert bearing("It closes at 17:30.", "17:30", most=40) == "It closes at 17:30."


@pytest.mark.parametrize("number", [0, 41, 89])
def test_the_value_that_is_told_is_in_it_wherever_it_stands(number: int) -> None:
    part = bearing(ROWS, f"Kiln {number} fires 3,{number:03} pots.", most=120)
    assert str(3000 + number) in part
    assert part in ROWS
    assert len(part) <= 120


def test_without_a_word_in_common_the_beginning_is_shown() -> None:
    assert ROWS.startswith(bearing(ROWS, "Nothing of it", most=60))
