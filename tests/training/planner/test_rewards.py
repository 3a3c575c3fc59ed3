"""Rewards are pure: the published one in both readings, ours, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import RunError, UsageError
from questline.training.planner.columns import COLUMNS
from questline.training.planner.nominal import USD
from questline.training.planner.rewards import (
    COMPONENTS,
    USD_UNIT,
    Reading,
    Spent,
    checked,
    cost_penalty,
    published,
    scales,
    utilities,
    weights,
)
from questline.training.planner.rows import Cell, spent_of

_SHARE = st.floats(0, 1)
_COST = st.just(0.0) | st.floats(1e-6, 1e6)
_COSTS = st.lists(st.lists(_COST, min_size=4, max_size=4), min_size=1, max_size=20).map(np.array)
_RUNS = st.builds(
    Spent,
    usd=st.floats(0, 1),
    decomposition=st.sampled_from(["", "QDS", "QDP"]),
    parts=st.integers(0, 4),
    searched=st.booleans(),
)


@pytest.mark.requirement("table.reward-published")
def test_the_unit_of_dollars_is_one_call_each_of_four_executors() -> None:
    assert sum(USD[token] for token in ("QR", "DS", "AG", "AS")) == pytest.approx(USD_UNIT)


@pytest.mark.requirement("table.reward-published")
@pytest.mark.parametrize(
    ("spent", "reading", "penalty"),
    [
        (Spent(usd=0.0), "text", 0.0),
        (Spent(usd=USD_UNIT, searched=True), "text", 2.0),
        (Spent(usd=0.0, decomposition="QDP", parts=3), "text", 0.25),
        (Spent(usd=0.0, decomposition="QDS", parts=3), "text", 0.75),
        (Spent(usd=0.0, decomposition="QDP", parts=3), "table", 0.75),
        (Spent(usd=0.0, decomposition="QDS", parts=3), "table", 0.25),
    ],
)
def test_the_published_penalty_in_both_readings(spent: Spent, reading: Reading, penalty: float) -> None:
    assert cost_penalty(spent, reading) == pytest.approx(penalty)


@pytest.mark.requirement("table.reward-published")
@given(f1=_SHARE, spent=_RUNS, alpha=st.floats(0, 1))
def test_the_published_reward_falls_with_alpha_and_by_one_for_an_illegal_plan(
    f1: float, spent: Spent, alpha: float
) -> None:
    reward = published(f1, spent, alpha=alpha)
    assert reward <= f1
    assert published(f1, spent, alpha=0.0) == f1
    assert published(f1, spent, alpha=alpha, legal=False) == pytest.approx(reward - 1)
    assert cost_penalty(spent, "text") >= 0
    if spent.decomposition == "":
        assert cost_penalty(spent, "text") == cost_penalty(spent, "table")


@pytest.mark.requirement("table.reward-published")
@pytest.mark.parametrize("column", COLUMNS)
def test_a_row_of_the_table_says_what_the_published_reward_asks(column: str) -> None:
    numbers = {"tokens": 9, "usd": 1e-4, "calls": 2, "retrievals": 1, "turns": 3, "parts": 2}
    cell = Cell(column=column, answer="x", status="complete", f1=0.5, em=0.0, nominal=True, **numbers)  # pyright: ignore[reportArgumentType]  # because of the dict
    spent = spent_of(cell)
    assert spent.decomposition == (column[:3] if column.startswith("QD") else "")
    assert (spent.usd, spent.parts, spent.searched) == (1e-4, 2, True)
    assert published(cell.f1, spent_of(cell), alpha=0.1) < 0.4


@pytest.mark.requirement("table.reward-ours")
@given(costs=_COSTS, lam=st.lists(st.floats(0, 2), min_size=4, max_size=4))
def test_utility_is_quality_less_weighed_costs_in_units_of_the_95th_percentile(
    costs: np.ndarray[tuple[int, int], np.dtype[np.float64]], lam: list[float]
) -> None:
    scale = scales(costs)
    assert (scale > 0).all()
    quality = np.linspace(0, 1, len(costs))
    told = weights(dict(zip(COMPONENTS, lam, strict=True)))
    utility = utilities(quality, costs, scale, told)
    by_hand = [
        q - sum(w * c / s for w, c, s in zip(lam, row, scale, strict=True))
        for q, row in zip(quality, costs, strict=True)
    ]
    assert utility == pytest.approx(np.array(by_hand))
    assert (utility <= quality + 1e-9).all()
    assert utilities(quality, costs, scale, weights({})) == pytest.approx(quality)
    assert utilities(quality, costs * 7, scales(costs * 7), told) == pytest.approx(utility, abs=1e-6)  # no unit counts


@pytest.mark.requirement("table.reward-ours")
def test_a_cost_is_divided_by_its_95th_percentile() -> None:
    costs = np.stack([np.arange(101.0), np.zeros(101), np.array([0.0] * 100 + [8.0])], axis=1)
    assert scales(costs).tolist() == [95.0, 1.0, 8.0]


@pytest.mark.requirement("table.reward-bad")
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_a_weight_below_0_or_no_number_is_refused_by_name(value: float) -> None:
    with pytest.raises(UsageError) as refused:
        weights({"calls": value})
    assert refused.value.fields["argument"] == "lambda_calls"
    with pytest.raises(UsageError) as refused:
        published(0.5, Spent(usd=0.0), alpha=value)
    assert refused.value.fields["argument"] == "alpha"


@pytest.mark.requirement("table.reward-bad")
def test_what_is_no_cost_no_f1_and_no_reward_is_refused() -> None:
    with pytest.raises(UsageError):
        weights({"minutes": 1.0})
    with pytest.raises(UsageError):
        scales(np.array([[1.0, -1.0]]))
    with pytest.raises(UsageError):
        scales(np.zeros((0, 4)))
    with pytest.raises(UsageError):
        published(1.5, Spent(usd=0.0), alpha=0.0)
    with pytest.raises(UsageError):
        cost_penalty(Spent(usd=float("nan")))
    with pytest.raises(RunError) as stopped:
        checked(np.array([0.1, np.nan]))
    assert stopped.value.fields["at"] == 1
    assert checked(np.array([0.1])).tolist() == [0.1]
