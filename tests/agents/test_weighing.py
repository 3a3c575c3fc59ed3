"""A budget's limits say what its costs weigh: alone, in presets, and however a budget was cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from questline.agents.contract import Context, PlannerView
from questline.agents.workflow_planner.trained import Policy, TrainedPlanner, opened
from questline.agents.workflow_planner.weighing import MOST, WEIGHTS, weights_of
from questline.agents.workflow_planner.workflow import TOP_WORKFLOWS
from questline.budget import PRESETS, Budget, Meter, SoonerMeter

COSTS = ("tokens", "usd", "calls", "seconds")
SCALE = {"tokens": 4850.0, "usd": 0.000555, "calls": 4.0, "seconds": 0.2}
QUESTIONS = (
    "Who painted the ceiling of the town hall of Belmora?",
    "Which is longer, the Sorrel Viaduct or the Tamber Bridge?",
    "Where was the director of the film The Glass Mill born?",
    "How many steps does the tower have?",
    "Who is the mother of the founder of the brewery in Hask?",
    "When did the mill and the bakery open?",
)

limits = st.fixed_dictionaries(
    {},
    optional={
        "seconds": st.floats(0.01, 1000),
        "tokens": st.integers(1, 400_000),
        "calls": st.integers(1, 100),
        "usd": st.floats(1e-6, 1),
    },
)
budgets = st.one_of(
    st.sampled_from([*PRESETS.values()]), limits.map(lambda told: Budget.limits(told) if told else Budget())
)


@pytest.mark.requirement("use.weights")
@pytest.mark.parametrize("scale", [None, SCALE])
def test_presets_weigh_calls_alone(scale: Mapping[str, float] | None) -> None:
    for name, preset in PRESETS.items():
        told = weights_of(preset, scale)
        assert told == {"tokens": 0.0, "usd": 0.0, "calls": pytest.approx(WEIGHTS[name]), "seconds": 0.0}
    assert set(weights_of(Budget(), scale).values()) == {0.0}


@pytest.mark.requirement("use.weights")
def test_a_cut_preset_keeps_its_weights_and_gets_those_of_the_cut() -> None:
    cheap, best = PRESETS["cheap"], PRESETS["best"]
    assert weights_of(cheap.within(Budget(calls=1)), SCALE)["calls"] > 0.5
    assert weights_of(cheap.within(Budget(tokens=3999)), SCALE)["calls"] == pytest.approx(0.4)
    assert weights_of(best.within(Budget(usd=0.1)), SCALE)["calls"] == 0
    assert weights_of(PRESETS["balanced"].within(Budget(seconds=2)), SCALE) == weights_of(PRESETS["balanced"])
    whole = Meter(budget=cheap)
    assert weights_of(SoonerMeter(whole, by_s=1.0, within=Budget(usd=0.1)).budget, SCALE)["calls"] == pytest.approx(0.4)
    written = Budget.parse("seconds=10,tokens=4000,calls=2,usd=0.002")
    assert weights_of(written) == weights_of(cheap)


@pytest.mark.requirement("use.weights")
@pytest.mark.parametrize(
    ("limit", "cost"),
    [("calls=1", "calls"), ("tokens=500", "tokens"), ("usd=0.0001", "usd"), ("seconds=0.05", "seconds")],
)
def test_a_limit_alone_weighs_its_own_cost_and_no_other(limit: str, cost: str) -> None:
    told = weights_of(Budget.parse(limit), SCALE)
    assert told.pop(cost) > 0.4
    assert set(told.values()) == {0.0}


@pytest.mark.requirement("use.weights")
@given(one=budgets, other=budgets)
def test_a_tighter_limit_never_weighs_its_cost_less_nor_another_cost_otherwise(one: Budget, other: Budget) -> None:
    both, left, right = (weights_of(each, SCALE) for each in (one.within(other), one, other))
    for cost in COSTS:
        assert 0 <= both[cost] <= MOST
        assert both[cost] == max(left[cost], right[cost])


def limited(cost: str, most: float) -> Budget:
    """Return a budget of one limit."""
    return Budget.limits({cost: max(1, round(most)) if cost in ("tokens", "calls") else most})


class Linear:
    """A network by hand: quality and costs are given, a choice is worth its quality less its weighted costs."""

    def __init__(self, quality: NDArray[np.float32], cost: NDArray[np.float32]) -> None:
        self.quality, self.cost = quality, cost

    def run(
        self, output_names: Sequence[str] | None, input_feed: Mapping[str, NDArray[np.generic]]
    ) -> list[NDArray[np.float32]]:
        del output_names
        lam = np.asarray(input_feed["weights"], np.float32)
        worth = self.quality[None, :-1] - np.einsum("wc,nc->nw", self.cost, lam)
        logits = np.concatenate([worth, np.full((len(lam), 2), -1e9)], axis=1).astype(np.float32)
        cost = np.repeat(self.cost[None], len(lam), axis=0)
        return [np.repeat(self.quality[None], len(lam), axis=0), cost, 1.5 * cost, logits]


class Words:
    """Encodes every text alike."""

    def encode(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        return np.zeros((len(texts), 4), np.float32)


@pytest.mark.requirement("use.weights")
@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000), cost=st.sampled_from(COSTS), share=st.lists(st.floats(0.01, 3), min_size=2, max_size=6)
)
async def test_a_tighter_limit_is_never_expected_to_spend_more(seed: int, cost: str, share: list[float]) -> None:
    chance = np.random.default_rng(seed)
    quality = chance.random(len(TOP_WORKFLOWS) + 1).astype(np.float32)
    costs = chance.random((len(TOP_WORKFLOWS), len(COSTS))).astype(np.float32)
    scale = np.array([SCALE[name] for name in COSTS], np.float32)
    planner = TrainedPlanner(Policy(Linear(quality, costs), COSTS, scale))
    spent: list[float] = []
    names = [str(workflow) for workflow in TOP_WORKFLOWS]
    for each in sorted(share, reverse=True):
        meter = Meter(budget=limited(cost, each * SCALE[cost]), clock=lambda: 0.0)
        decision = await planner.choose(PlannerView(question=QUESTIONS[0]), Context(meter=meter, encoder=Words()))
        if decision.decided_by == "trained":  # else nothing is carried, and the cheapest search begins
            assert decision.workflow is not None
            spent.append(float(costs[names.index(str(decision.workflow)), COSTS.index(cost)]))
    assert all(later <= before + 1e-6 for before, later in pairwise(spent))


@pytest.mark.requirement("use.weights")
@pytest.mark.parametrize("cost", COSTS)
async def test_the_shipped_planner_expects_to_spend_no_more_under_a_tighter_limit(cost: str) -> None:
    policy = opened(None)
    planner = TrainedPlanner(policy)
    place = policy.components.index(cost)
    means: list[float] = []
    for base in (PRESETS["best"], PRESETS["balanced"]):
        told: list[float] = []
        for share in (8.0, 4.0, 2.0, 1.0, 0.6, 0.35, 0.2, 0.1):
            budget = base.within(limited(cost, share * float(policy.scale[place])))
            chosen: list[float] = []
            for question in QUESTIONS:
                context = Context(meter=Meter(budget=budget, clock=lambda: 0.0))
                decision = await planner.choose(PlannerView(question=question), context)
                if decision.decided_by != "trained":
                    break
                chosen.append(decision.expected[0].cost[cost])
            if len(chosen) == len(QUESTIONS):
                told.append(float(np.mean(chosen)))
        assert len(told) >= 2
        assert all(later <= before * (1 + 1e-6) for before, later in pairwise(told)), told
        means.append(told[0])
    assert means[1] <= means[0]
