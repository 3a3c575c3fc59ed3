"""Credit of decisions: what follows each, held against the others that stood in the same place."""

from __future__ import annotations

import numpy as np
import pytest

from questline.agents.workflow_planner.trained import ABSTAIN, KEEP
from questline.errors import RunError
from questline.training.planner.columns import TOP
from questline.training.planner.monitors import Monitor
from questline.training.planner.reinforce import advantages, is_flat, returns
from questline.training.planner.rollouts import Rollout, Turn

PLAIN, AGAIN, SPLIT = TOP.index("R,AG"), TOP.index("QR,R,AG"), TOP.index("QDS")


def way(*choices: int, f1: float = 0.0, price: float = 0.1, answer: str = "x") -> Rollout:
    turns = tuple(
        Turn(
            features=np.zeros(3, np.float32),
            allowed=(choice,),
            choice=choice,
            drawn=number > 0,
            price=price * (choice < KEEP),
        )
        for number, choice in enumerate(choices)
    )
    return Rollout(turns=turns, f1=f1, answer=answer)


@pytest.mark.requirement("live.credit")
def test_a_decision_is_credited_with_what_follows_it_alone() -> None:
    assert returns(way(PLAIN, AGAIN, KEEP, f1=1.0)).tolist() == pytest.approx([0.8, 0.9, 1.0])
    assert way(PLAIN, AGAIN, KEEP, f1=1.0).utility == pytest.approx(0.8)


@pytest.mark.requirement("live.credit")
def test_the_baseline_is_the_mean_of_the_others_in_the_same_place() -> None:
    group = [
        way(PLAIN, KEEP, f1=0.0),
        way(PLAIN, AGAIN, KEEP, f1=1.0),
        way(PLAIN, AGAIN, ABSTAIN, f1=0.0),
        way(PLAIN, SPLIT, KEEP, f1=0.6),
    ]
    first, second, third, last = advantages(group)
    assert first.tolist() == pytest.approx([0, 0 - np.mean([0.9, -0.1, 0.5])])
    assert second.tolist() == pytest.approx([0, 0.9 - np.mean([0, -0.1, 0.5]), 1.0 - 0.0])
    assert third.tolist() == pytest.approx([0, -0.1 - np.mean([0, 0.9, 0.5]), 0.0 - 1.0])
    # Nobody else split: its last decision is held against the whole returns of the others.
    assert last.tolist() == pytest.approx([0, 0.5 - np.mean([0, 0.9, -0.1]), 0.5 - np.mean([0, 0.9, -0.1])])


@pytest.mark.requirement("live.credit")
def test_the_baseline_makes_no_gradient_of_its_own() -> None:
    """The mean of A grad log pi over many groups is the true gradient: three decisions of known worth, one state."""
    chance = np.random.default_rng(0)
    worth, shares = {KEEP: 0.3, AGAIN: 0.9, ABSTAIN: 0.0}, np.array([0.5, 0.2, 0.3])
    places, gains = list(worth), np.array(list(worth.values()))
    total = np.zeros(3)
    count = 4000
    for _ in range(count):
        drawn = [int(at) for at in chance.choice(3, size=3, p=shares)]
        credit = advantages([way(PLAIN, places[at], f1=float(gains[at]), price=0.0) for at in drawn])
        for at, own in zip(drawn, credit, strict=True):
            total += own[1] * (np.eye(3)[at] - shares) / 3
    assert total / count == pytest.approx(shares * (gains - shares @ gains), abs=0.01)


@pytest.mark.requirement("live.nan")
@pytest.mark.parametrize("f1", [float("nan"), float("inf")])
def test_a_return_that_is_no_number_ends_learning(f1: float) -> None:
    with pytest.raises(RunError, match="a reward is not a finite number"):
        advantages([way(PLAIN, KEEP, f1=f1), way(PLAIN, KEEP, f1=0.0)])


@pytest.mark.requirement("live.monitors")
def test_groups_that_teach_nothing_and_avoided_answers_are_counted() -> None:
    same = [way(PLAIN, KEEP, f1=1.0)] * 2
    other = [way(PLAIN, ABSTAIN, answer=""), way(PLAIN, KEEP, f1=1.0)]
    assert is_flat(advantages(same))
    assert not is_flat(advantages(other))
    monitor = Monitor()
    monitor.add(same, flat=True)
    monitor.add(other)
    told = monitor.figures()
    assert monitor.plans == {"R,AG > answer": 3, "R,AG > abstain": 1}
    assert (told["zero-advantage groups"], told["answers avoided"], told["illegal plans"]) == (0.5, 0.25, 0)
    assert told["return"] == pytest.approx((0.9 * 3 - 0.1) / 4)
    assert told["later entropy"] == pytest.approx(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))
