"""Strengths from orders: the same as brute force finds, and settled into one order."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tools.ranking.conftest import passages

from questline.errors import UsageError
from questline.tools.ranking.first_stage import FirstStage
from questline.tools.ranking.plackett_luce import log_posterior, strengths
from questline.tools.ranking.scoring import Scoring, contradiction, falling


def brute_force(orders: list[list[int]], prior: list[float], sigma: float) -> list[float]:
    """Find the maximum by a search over ever finer grids, with the formula written out."""

    def value(point: tuple[float, ...]) -> float:
        total = -sum((s - m) ** 2 for s, m in zip(point, prior, strict=True)) / (2 * sigma**2)
        for order in orders:
            for place in range(len(order)):
                total += point[order[place]] - math.log(sum(math.exp(point[item]) for item in order[place:]))
        return total

    best, width = tuple(prior), 4.0
    while width > 1e-5:
        steps = [-width, 0.0, width]
        around = [
            tuple(one + step for one, step in zip(best, move, strict=True))
            for move in itertools.product(steps, repeat=len(best))
        ]
        found = max(around, key=value)
        width = width if value(found) > value(best) + 1e-12 else width / 2
        best = found if value(found) > value(best) else best
    return list(best)


@pytest.mark.requirement("ranking.plackett-luce")
@pytest.mark.parametrize(
    ("orders", "prior", "sigma"),
    [
        ([[0, 1, 2]], [0.0, 0.0, 0.0], 1.0),
        ([[2, 1, 0], [2, 0], [1, 0]], [1.0, 0.0, -1.0], 2.0),
        ([[0, 1], [1, 2], [2, 3], [3, 0]], [0.5, 0.0, 0.0, -0.5], 3.0),
        ([[3, 2, 1, 0]] * 5, [0.0, 0.0, 0.0, 0.0], 0.5),
        ([], [0.3, -0.2], 1.0),
        ([[1], []], [0.3, -0.2], 1.0),
    ],
)
def test_strengths_are_those_that_brute_force_finds(orders: list[list[int]], prior: list[float], sigma: float) -> None:
    found = strengths(orders, np.array(prior), sigma=sigma)
    assert found.tolist() == pytest.approx(brute_force(orders, prior, sigma), abs=2e-4)


def test_one_comparison_has_the_known_solution() -> None:
    # d = s_0 - s_1 solves d / (2 sigma^2) = 1 / (1 + exp(d)), here with sigma 1
    difference = strengths([[0, 1]], np.zeros(2)) @ np.array([1.0, -1.0])
    assert difference / 2 == pytest.approx(1 / (1 + math.exp(difference)))


def test_the_log_posterior_is_the_formula() -> None:
    point = np.array([1.0, 0.0, -1.0])
    e = math.e
    expected = math.log(e / (e + 1 + 1 / e)) + math.log(1 / (1 + 1 / e)) - 2 / (2 * 4)
    assert log_posterior(point, [[0, 1, 2]], np.zeros(3), sigma=2.0) == pytest.approx(expected)


lists = st.lists(st.permutations(range(6)).flatmap(lambda p: st.integers(0, 6).map(lambda n: p[:n])), max_size=5)


@given(lists, st.lists(st.floats(-3, 3), min_size=6, max_size=6), st.floats(0.2, 5))
def test_no_step_from_the_maximum_goes_up(orders: list[list[int]], prior: list[float], sigma: float) -> None:
    mean = np.array(prior)
    point = strengths(orders, mean, sigma=sigma)
    top = log_posterior(point, orders, mean, sigma=sigma)
    for item in range(6):
        for step in (-1e-3, 1e-3):
            moved = point.copy()
            moved[item] += step
            assert log_posterior(moved, orders, mean, sigma=sigma) <= top + 1e-9


def test_many_windows_that_agree_never_overflow() -> None:
    orders = [list(range(40))] * 50
    found = strengths(orders, np.zeros(40), sigma=50.0)
    assert np.isfinite(found).all()
    assert found.tolist() == sorted(found.tolist(), reverse=True)


@pytest.mark.parametrize("sigma", [0.0, -1.0, math.nan, math.inf])
def test_a_prior_without_width_is_refused(sigma: float) -> None:
    with pytest.raises(UsageError) as caught:
        strengths([[0, 1]], np.zeros(2), sigma=sigma)
    assert caught.value.code == "bad_param"


def test_contradiction_is_the_share_of_pairs_that_two_windows_see_differently() -> None:
    assert contradiction([[0, 1, 2]], 3) == 0.0
    assert contradiction([[0, 1, 2], [0, 1]], 3) == 0.0
    assert contradiction([[0, 1, 2], [2, 1, 0]], 3) == 1.0
    assert contradiction([[0, 1, 2], [0, 2, 1]], 3) == pytest.approx(1 / 3)
    assert contradiction([[0, 1], [0, 1], [1, 0]], 2) == pytest.approx(2 / 3)
    assert contradiction([], 0) == 0.0


def test_neighbours_in_the_wrong_order_are_averaged() -> None:
    assert falling(np.array([3.0, 1.0, 2.0, 0.0])).tolist() == [3.0, 1.5, 1.5, 0.0]
    assert falling(np.array([1.0, 2.0, 3.0])).tolist() == [2.0, 2.0, 2.0]
    assert falling(np.zeros(0)).tolist() == []


@pytest.mark.requirement("ranking.scores")
def test_a_judge_that_does_not_contradict_itself_is_followed_to_the_letter() -> None:
    stage = FirstStage.read("q", passages(5))
    settled = Scoring().settle((4, 3, 2, 1, 0), [[4, 3, 2, 1, 0]], stage)
    assert settled.order == (4, 3, 2, 1, 0)
    along = settled.strengths[list(settled.order)].tolist()
    assert along == sorted(along, reverse=True)
    assert along[0] > along[-1]


@pytest.mark.requirement("ranking.scores")
def test_a_judge_that_contradicts_itself_is_averaged_and_the_first_stage_counts_more() -> None:
    stage = FirstStage.read("q", passages(4))
    orders = [[3, 2, 1, 0], [0, 1, 2, 3]]
    assert Scoring().settle((3, 2, 1, 0), orders, stage).order == (0, 1, 2, 3)
    orders = [[3, 0, 1, 2], [3, 2, 1, 0], [3, 1, 2, 0]]
    assert Scoring().settle((3, 1, 2, 0), orders, stage).order[0] == 3


def test_the_first_stage_can_have_a_share_of_its_own() -> None:
    stage = FirstStage.read("q", passages(4))
    assert Scoring(first_stage=1.0).settle((3, 2, 1, 0), [[3, 2, 1, 0]], stage).order == (0, 1, 2, 3)
    assert Scoring(first_stage=0.1).settle((3, 2, 1, 0), [[3, 2, 1, 0]], stage).order == (3, 2, 1, 0)


@pytest.mark.requirement("ranking.bad-param")
@pytest.mark.parametrize("field", ["kappa", "sigma", "least_sigma", "first_stage"])
@pytest.mark.parametrize("value", [math.nan, -1.0, math.inf])
def test_settings_of_the_scores_that_are_no_numbers_are_refused(field: str, value: float) -> None:
    with pytest.raises(UsageError) as caught:
        Scoring(**{field: value})
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_param", field)
