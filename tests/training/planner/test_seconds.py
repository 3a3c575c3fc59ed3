"""Seconds are a sum over executors, fitted on runs that share nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.training.planner.rows import Cell, Work
from questline.training.planner.seconds import Seconds


def cell(*work: Work) -> Cell:
    numbers = {"tokens": 0, "usd": 0.0, "calls": 0, "retrievals": 0, "turns": 1, "parts": 0}
    return Cell(column="R,AG", answer="", status="abstained", f1=0.0, em=0.0, nominal=True, work=work, **numbers)  # pyright: ignore[reportArgumentType]  # because of the dict


@pytest.mark.requirement("table.seconds")
def test_a_base_and_a_price_for_each_thousand_characters_are_found_again() -> None:
    cells = [
        cell(Work(step="R", seconds=0.01, called=False), Work(step="AG", characters=n, seconds=0.02 + 0.03 * n / 1000))
        for n in (1000, 2000, 5000)
    ]
    model = Seconds.fitted(cells)
    assert model.paces["AG"].base == pytest.approx(0.02)
    assert model.paces["AG"].each == pytest.approx(0.03)
    unmeasured = (Work(step="R", called=False), Work(step="AG", characters=4000))
    assert model.of(unmeasured) == pytest.approx(0.01 + 0.02 + 0.12)
    assert model.of([Work(step="AG", called=False)]) == 0  # it had nothing to read
    assert Seconds.read(model.as_dict()) == model
    with pytest.raises(UsageError):
        Seconds.fitted([cell(Work(step="AG"))])


@pytest.mark.requirement("table.seconds")
@given(
    steps=st.lists(st.tuples(st.integers(0, 9000), st.floats(0, 2)), min_size=1, max_size=12),
    asked=st.integers(0, 20_000),
)
def test_no_run_takes_less_than_nothing(steps: list[tuple[int, float]], asked: int) -> None:
    measured = [cell(Work(step="DS", characters=n, seconds=took)) for n, took in steps]
    model = Seconds.fitted(measured)
    assert model.of([Work(step="DS", characters=asked)]) >= 0
    assert model.paces["DS"].each >= 0
