"""Off-policy estimates against a simulator whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from questline.errors import UsageError
from questline.training.suggestion.off_policy import Logged, evaluate_offline

CONTEXTS, ACTIONS = 6, 5


class World:
    """Contexts with a click rate for each action, a logging policy, and a better one to be judged."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.rates = random.uniform(0.05, 0.7, (CONTEXTS, ACTIONS))
        self.logging = random.dirichlet(np.ones(ACTIONS), CONTEXTS) * 0.7 + 0.3 / ACTIONS
        better = np.exp(4 * self.rates)
        self.target = better / better.sum(axis=1, keepdims=True)
        self.guess = np.clip(self.rates + random.normal(0, 0.1, self.rates.shape), 0, 1)
        self.truth = float((self.rates * self.target).sum(axis=1).mean())

    def log(self, n: int, seed: int) -> list[Logged]:
        random = np.random.default_rng(seed)
        rows: list[Logged] = []
        for context in random.integers(0, CONTEXTS, n):
            action = random.choice(ACTIONS, p=self.logging[context])
            rows.append(
                Logged(
                    reward=float(random.uniform() < self.rates[context, action]),
                    propensity=float(self.logging[context, action]),
                    target=float(self.target[context, action]),
                    predicted=float(self.guess[context, action]),
                    predicted_target=float(self.guess[context] @ self.target[context]),
                )
            )
        return rows


@pytest.mark.requirement("suggestion.off-policy")
@pytest.mark.parametrize("seed", range(6))
def test_the_estimates_are_within_a_tenth_of_the_truth(seed: int) -> None:
    world = World(seed)
    found = evaluate_offline(world.log(3000, seed + 100))
    assert found.effective_size >= 200
    assert found.ips == pytest.approx(world.truth, rel=0.1)
    assert found.snips == pytest.approx(world.truth, rel=0.1)
    assert found.dr == pytest.approx(world.truth, rel=0.1)
    assert found.dr_low < found.dr < found.dr_high
    naive = float(np.mean([row.reward for row in world.log(3000, seed + 100)]))
    assert abs(found.dr - world.truth) < abs(naive - world.truth)


@pytest.mark.requirement("suggestion.off-policy")
def test_a_model_of_the_clicks_steadies_the_estimate_and_its_interval_covers_the_truth() -> None:
    world = World(3)
    runs = [evaluate_offline(world.log(500, seed)) for seed in range(200)]
    assert np.std([run.dr for run in runs]) < np.std([run.ips for run in runs])
    covered = sum(run.dr_low <= world.truth <= run.dr_high for run in runs)
    assert 0.88 <= covered / len(runs) <= 0.99
    assert np.mean([run.dr for run in runs]) == pytest.approx(world.truth, rel=0.02)


@pytest.mark.requirement("suggestion.off-policy")
def test_the_estimates_by_hand_and_clipping() -> None:
    rows = [
        Logged(reward=1, propensity=0.5, target=1.0, predicted=0.5, predicted_target=0.6),
        Logged(reward=0, propensity=0.1, target=1.0, predicted=0.2, predicted_target=0.3),
    ]
    found = evaluate_offline(rows)
    assert (found.ips, found.snips) == (pytest.approx(1.0), pytest.approx(2 / 12))
    assert found.dr == pytest.approx((0.6 + 2 * 0.5 + 0.3 - 10 * 0.2) / 2)
    assert found.effective_size == pytest.approx(144 / 104)
    assert (found.clipped, found.n) == (0, 2)
    cut = evaluate_offline(rows, clip=4)
    assert (cut.snips, cut.clipped) == (pytest.approx(2 / 6), 0.5)
    never = evaluate_offline([replace(row, target=0) for row in rows])
    assert (never.ips, never.snips, never.effective_size) == (0, 0, 0)


@pytest.mark.requirement("suggestion.no-propensity")
@pytest.mark.parametrize("share", [None, 0.0, -0.1, 1.5, float("nan")])
def test_without_a_propensity_there_is_no_estimate(share: float | None) -> None:
    rows = [Logged(reward=1, propensity=0.5, target=0.5), Logged(reward=1, propensity=share, target=0.5)]
    with pytest.raises(UsageError) as caught:
        evaluate_offline(rows)
    assert (caught.value.code, caught.value.fields["row"]) == ("no_propensity", 1)


@pytest.mark.parametrize(
    "row",
    [
        Logged(reward=float("nan"), propensity=0.5, target=0.5),
        Logged(reward=1, propensity=0.5, target=1.5),
        Logged(reward=1, propensity=0.5, target=0.5, predicted=float("inf")),
    ],
)
def test_odd_numbers_are_refused(row: Logged) -> None:
    with pytest.raises(UsageError):
        evaluate_offline([row])
    with pytest.raises(UsageError):
        evaluate_offline([])
    with pytest.raises(UsageError):
        evaluate_offline([Logged(reward=1, propensity=0.5, target=0.5)], clip=0)
