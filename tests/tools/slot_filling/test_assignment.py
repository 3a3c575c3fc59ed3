"""The assignment is the best there is."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.slot_filling.assignment import CROSSED, Candidate, assign

pytestmark = pytest.mark.requirement("calls.assignment")


def _candidates(draw: st.DrawFn) -> list[list[Candidate]]:
    places = st.integers(min_value=0, max_value=12)
    return [
        [
            Candidate(gain=draw(st.integers(-20, 40)) / 10, start=start, end=start + draw(st.integers(0, 4)), key=key)
            for key in range(draw(st.integers(0, 4)))
            for start in [draw(places)]
        ]
        for _ in range(draw(st.integers(1, 4)))
    ]


def _worth(chosen: tuple[Candidate | None, ...], groups: list[int]) -> float | None:
    taken = [(number, one) for number, one in enumerate(chosen) if one is not None]
    total = sum(one.gain for _, one in taken)
    for place, (first, one) in enumerate(taken):
        for second, other in taken[place + 1 :]:
            if one.overlaps(other):
                return None
            alike = groups[first] == groups[second] > 0
            if alike and one.start != one.end and other.start != other.end:
                total -= CROSSED * ((first < second) != (one.start < other.start))
    return total


@given(st.data())
def test_no_other_assignment_is_worth_more(data: st.DataObject) -> None:
    options = data.draw(st.composite(_candidates)())
    groups = [data.draw(st.integers(0, 2)) for _ in options]
    found = assign(options, groups)
    best = max(
        worth
        for chosen in product(*([None, *(one for one in each if one.gain > 0)] for each in options))
        if (worth := _worth(chosen, groups)) is not None
    )
    worth = _worth(tuple(found), groups)
    assert worth is not None
    assert worth == pytest.approx(best)


def test_like_fields_take_equal_values_in_the_order_of_mention() -> None:
    here, there = (Candidate(gain=1.0, start=start, end=start + 1, key=start) for start in (3, 9))
    found = assign([[there, here], [here, there]], [1, 1])
    assert [one.key if one else None for one in found] == [3, 9]


def test_a_hostile_number_of_fields_ends() -> None:
    each = [Candidate(gain=1.0 + key / 100, start=key, end=key + 1, key=key) for key in range(40)]
    assert sum(one is not None for one in assign([each] * 40, [1] * 40)) >= 1
