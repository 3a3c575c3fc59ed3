"""The shortest mixture of gradients is the shortest one, and a first step is a step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from questline.errors import UsageError
from questline.tools.recommendation.unlearning import logit_gradients, min_norm, mixture
from questline.tools.recommendation.unlearning.min_norm import Doubles

NUMBERS = st.floats(-5, 5, allow_nan=False, width=32)
GRADIENTS = st.integers(1, 3).flatmap(lambda rows: arrays(np.float64, (rows, 4), elements=NUMBERS))


def length(gradients: Doubles, weights: Doubles) -> float:
    return float(np.sum((weights @ gradients) ** 2))


@pytest.mark.requirement("unlearning.min-norm")
@settings(max_examples=500)
@given(GRADIENTS)
def test_the_weights_meet_the_condition_of_the_shortest_point(gradients: Doubles) -> None:
    """x is the shortest point of a hull exactly when <x, g> >= <x, x> for each of its vectors g."""
    weights = min_norm(gradients @ gradients.T)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)
    point = weights @ gradients
    scale = max(1e-12, float((gradients**2).sum(axis=1).max()))
    assert float((gradients @ point).min()) >= point @ point - 1e-6 * scale


@pytest.mark.requirement("unlearning.min-norm")
@settings(max_examples=100)
@given(arrays(np.float64, (3, 4), elements=NUMBERS))
def test_no_point_of_a_grid_is_shorter(gradients: Doubles) -> None:
    weights = min_norm(gradients @ gradients.T)
    steps = np.linspace(0, 1, 21)
    grid = [np.array([a, b, 1 - a - b]) for a in steps for b in steps if a + b <= 1 + 1e-12]
    scale = max(1e-12, float((gradients**2).sum(axis=1).max()))
    assert length(gradients, weights) <= min(length(gradients, each) for each in grid) + 1e-6 * scale


@pytest.mark.requirement("unlearning.min-norm")
@settings(max_examples=200)
@given(arrays(np.float64, (2, 3), elements=NUMBERS))
def test_two_losses_have_the_closed_form(gradients: Doubles) -> None:
    first, second = gradients
    apart = float(np.sum((first - second) ** 2))
    if apart < 1e-6:
        return
    gamma = float(np.clip((second - first) @ second / apart, 0, 1))
    found = min_norm(gradients @ gradients.T)
    assert length(gradients, found) == pytest.approx(length(gradients, np.array([gamma, 1 - gamma])), abs=1e-5)


@pytest.mark.requirement("unlearning.min-norm")
@pytest.mark.parametrize(
    ("gradients", "weights"),
    [
        ([[3.0, 4.0]], [1]),
        ([[1.0, 0.0], [-1.0, 0.0]], [0.5, 0.5]),
        ([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]], [1, 0, 0]),
        ([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]], [1, 0, 0]),
        ([[2.0, 0.0], [0.0, 2.0], [-2.0, -2.0]], [1 / 3, 1 / 3, 1 / 3]),
        ([[1e-9, 0.0], [0.0, 1e9], [1e9, 0.0]], [1, 0, 0]),
    ],
)
def test_known_hulls(gradients: list[list[float]], weights: list[float]) -> None:
    rows = np.array(gradients)
    assert min_norm(rows @ rows.T) == pytest.approx(weights)


def softmax(logits: Doubles) -> Doubles:
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


@pytest.mark.requirement("unlearning.first-step")
def test_the_plain_solver_stalls_at_the_trained_model_and_ours_does_not() -> None:
    logits = np.array([0.5, 2.0, -1.0, 0.3, 1.0])
    chances = softmax(logits)
    gradients = logit_gradients(chances, chances, target=1, successor=3)
    assert np.all(gradients[2] == 0)
    plain = min_norm(gradients @ gradients.T)
    assert plain == pytest.approx([0, 0, 1])
    assert not np.any(plain @ gradients)  # it never moves
    ours = mixture(gradients @ gradients.T)
    assert ours.left_out == (2,)
    assert ours.weights[0] >= 0.2
    assert ours.norm > 0.01
    moved = softmax(logits - 0.1 * (np.array(ours.weights) @ gradients))
    assert moved[1] < chances[1]


@pytest.mark.requirement("unlearning.first-step")
@settings(max_examples=200)
@given(arrays(np.float64, 6, elements=NUMBERS), st.integers(0, 5), st.none() | st.integers(0, 5))
def test_the_first_step_moves_for_every_click(logits: Doubles, target: int, successor: int | None) -> None:
    chances = softmax(logits)
    gradients = logit_gradients(chances, chances, target, successor)
    found = mixture(gradients @ gradients.T)
    assert sum(found.weights) == pytest.approx(1)
    assert 2 in found.left_out
    assert found.weights[0] >= 0.2 - 1e-12
    assert found.norm > 0


@pytest.mark.requirement("unlearning.first-step")
def test_without_any_gradient_there_is_no_step() -> None:
    assert mixture(np.zeros((3, 3))).weights == (0.0, 0.0, 0.0)
    only = mixture(np.diag([0.0, 1.0, 4.0]))
    assert (only.left_out, only.weights[0]) == ((0,), 0.0)
    assert only.weights[1:] == pytest.approx((0.8, 0.2))


@pytest.mark.requirement("unlearning.min-norm")
@pytest.mark.parametrize(
    "gram",
    [np.zeros((0, 0)), np.zeros((2, 3)), np.array([[1.0, np.nan], [np.nan, 1.0]]), np.array([[1.0, 2.0], [0.0, 1.0]])],
)
def test_what_is_no_gram_matrix_is_refused(gram: Any) -> None:
    for solve in (min_norm, mixture):
        with pytest.raises(UsageError, match="gram"):
            solve(gram)
    with pytest.raises(UsageError, match="least"):
        mixture(np.eye(2), least=1.5)
