"""Difficulty by its closed form, against differences of the losses, and the orders that follow from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from questline.errors import UsageError
from questline.tools.recommendation.unlearning import (
    ORDERS,
    Order,
    batches,
    logit_gradients,
    output_difficulty,
    state_difficulty,
)
from questline.tools.recommendation.unlearning.min_norm import Doubles

LOGITS = arrays(np.float64, 6, elements=st.floats(-4, 4, allow_nan=False, width=32))
ITEM = st.integers(0, 5)


def softmax(logits: Doubles) -> Doubles:
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def losses(logits: Doubles, trained: Doubles, target: int, successor: int) -> Doubles:
    """Return L_unlearn, L_normal and L_KL as the spec writes them."""
    chances = softmax(logits)
    kl = float(np.sum(trained * np.log(trained / chances)))
    return np.array([np.log(chances[target]), -np.log(chances[successor]), kl])


@pytest.mark.requirement("unlearning.difficulty")
@given(LOGITS, LOGITS, ITEM, ITEM)
def test_gradients_agree_with_differences_of_the_losses(
    logits: Doubles, before: Doubles, target: int, successor: int
) -> None:
    if target == successor:
        return
    trained, step = softmax(before), 1e-5
    found = logit_gradients(softmax(logits), trained, target, successor)
    for place in range(6):
        shift = np.zeros(6)
        shift[place] = step
        up, down = (losses(logits + sign * shift, trained, target, successor) for sign in (1, -1))
        assert found[:, place] == pytest.approx((up - down) / (2 * step), abs=1e-6)


@pytest.mark.requirement("unlearning.difficulty")
@given(LOGITS, ITEM, ITEM)
def test_at_the_trained_model_it_is_the_closed_form_of_the_spec(logits: Doubles, target: int, successor: int) -> None:
    p = softmax(logits)
    found = 1 - output_difficulty(p, p, target, successor)
    if target == successor:
        assert found == -1
        return
    square = float(p @ p)
    told = p[target] + p[successor] - square
    told /= np.sqrt((1 - 2 * p[target] + square) * (1 - 2 * p[successor] + square))
    assert found == pytest.approx(told, abs=1e-9)


@pytest.mark.requirement("unlearning.difficulty")
def test_a_last_click_has_nothing_to_keep_at_the_trained_model() -> None:
    p = softmax(np.arange(4.0))
    assert output_difficulty(p, p, 2, None) == 1.0
    assert not logit_gradients(p, p, 2, None)[1:].any()
    other = softmax(-np.arange(4.0))
    assert output_difficulty(p, other, 2, None) != 1.0
    with pytest.raises(UsageError, match="shapes"):
        logit_gradients(p, p[:3], 1, None)


@pytest.mark.requirement("unlearning.difficulty")
def test_states_that_point_at_their_item_are_harder() -> None:
    states, items = np.array([[1.0, 0.0], [1.0, 2.0]]), np.array([[0.5, 3.0], [1.0, 1.0]])
    assert state_difficulty(states, items).tolist() == [0.5, 3.0]


@pytest.mark.requirement("unlearning.curriculum")
@given(
    st.lists(st.floats(-3, 3, allow_nan=False), max_size=30),
    st.integers(1, 7),
    st.sampled_from(ORDERS),
    st.integers(0, 9),
)
def test_every_sample_comes_once_and_again_in_the_same_order(
    difficulty: list[float], size: int, order: Order, seed: int
) -> None:
    found = batches(difficulty, size, order=order, seed=seed)
    assert sorted(place for batch in found for place in batch) == list(range(len(difficulty)))
    assert all(len(batch) == size for batch in found[:-1])
    assert found == batches(difficulty, size, order=order, seed=seed)
    if order == "hard":
        values = [difficulty[place] for batch in found for place in batch]
        assert values == sorted(values)


@pytest.mark.requirement("unlearning.curriculum")
def test_soft_begins_easy_and_moves_towards_hard() -> None:
    difficulty = np.linspace(0, 1, 400)
    means = np.array(
        [
            [difficulty[batch].mean() for batch in batches(difficulty, 100, order="soft", seed=seed)]
            for seed in range(20)
        ]
    ).mean(axis=0)
    assert list(means) == sorted(means)
    hard = [difficulty[batch].mean() for batch in batches(difficulty, 100, order="hard", seed=0)]
    assert means[0] > hard[0]
    assert means[-1] < hard[-1]


@pytest.mark.requirement("unlearning.curriculum")
@pytest.mark.parametrize(
    ("difficulty", "size", "order", "named"),
    [([1.0], 0, "hard", "size"), ([1.0], 1, "easy", "order"), ([float("nan")], 1, "hard", "difficulty")],
)
def test_what_cannot_be_ordered_is_refused(difficulty: Any, size: int, order: Any, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        batches(difficulty, size, order=order, seed=0)
