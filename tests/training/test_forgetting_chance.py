"""Whether ways to unlearn differ by more than luck."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from questline.errors import UsageError
from questline.training.evaluation.items import Item
from questline.training.recommender.forgetting_chance import against, chances, luck


def item(hit: list[float], hit_retrain: list[float], users: list[int], name: str = "seed-0") -> Item:
    ndcg: Any = [0.1, 0.2, 0.3]
    prediction: Any = {"hit": hit, "hit_retrain": hit_retrain, "users": users, "ndcg": ndcg, "ndcg_retrain": ndcg}
    return Item(id=name, prediction=prediction | {"asked": [7, 8, 9]}, scores={}, cost={}, labels={})


@pytest.mark.requirement("unlearning.chance")
def test_a_gap_is_told_with_its_interval_and_its_side() -> None:
    users = list(range(100))
    far = item([1.0] * 60 + [0.0] * 40, [1.0] * 20 + [0.0] * 80, users)
    near = item([1.0] * 20 + [0.0] * 79 + [1.0], [1.0] * 20 + [0.0] * 80, users)
    found = chances([far])
    assert found["hit_u_over"]["value"] == pytest.approx(0.4)
    assert 0.25 < found["hit_u_over"]["low"] < 0.4 < found["hit_u_over"]["high"] < 0.55
    assert found["hit_u_over"]["p"] < 0.01
    assert (found["ndcg_over"]["value"], found["ndcg_over"]["p"]) == (0, 1)
    assert chances([near])["hit_u_over"]["p"] > 0.05
    below = item([0.0] * 100, [1.0] * 20 + [0.0] * 80, users)
    assert chances([below])["hit_u_over"]["high"] < 0


@pytest.mark.requirement("unlearning.chance")
def test_ways_are_compared_by_their_distance_on_either_side() -> None:
    users, target = list(range(100)), [1.0] * 30 + [0.0] * 70
    below, above = item([0.0] * 100, target, users), item([1.0] * 60 + [0.0] * 40, target, users)
    same = against([below], [above])["hit_u_gap"]
    assert same["value"] == pytest.approx(0)
    assert same["p"] > 0.05
    on_target = item(target, target, users)
    worse = against([below], [on_target])["hit_u_gap"]
    assert worse["value"] == pytest.approx(0.3)
    assert worse["low"] > 0
    assert worse["p"] < 0.01
    with pytest.raises(UsageError, match="same requests"):
        against([below], [item(target, target, users[::-1])])


@pytest.mark.requirement("unlearning.chance")
def test_a_users_clicks_are_drawn_together() -> None:
    values = [1.0] * 50 + [0.0] * 50
    alone = luck([values], list(range(100)), lambda means: means[:, 0])
    by_user = luck([values], [at // 25 for at in range(100)], lambda means: means[:, 0])
    assert by_user["high"] - by_user["low"] > 2 * (alone["high"] - alone["low"])
    assert luck([values], list(range(100)), lambda means: means[:, 0]) == alone
    assert np.isclose(alone["value"], 0.5)
    none: list[float] = []
    with pytest.raises(UsageError, match="at least one"):
        luck([none], [], lambda means: means[:, 0])
    with pytest.raises(UsageError, match="at least one"):
        luck([[1.0]], [1, 2], lambda means: means[:, 0])
