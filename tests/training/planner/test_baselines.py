"""The lines to beat, on tables made by hand and by chance."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.training.planner import baselines
from questline.training.planner.matrix import Matrix
from questline.training.planner.picture import drawn
from questline.training.planner.report import measured
from questline.training.planner.rows import Asked

Doubles = NDArray[np.float64]
COLUMNS = ("cheap", "middle", "dear")
_TABLES = st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=2, max_size=12).map(
    lambda rows: np.array(rows, np.float64)
)
_POINTS = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 5)), max_size=8)


def asked(number: int, source: str) -> Asked:
    return Asked(key=str(number), id=str(number), text=f"Question {number}?", source=source, answers=("x",), fold=1)


def matrix(f1: Doubles, sources: list[str] | None = None) -> Matrix:
    names = sources or ["a"] * len(f1)
    costs = np.broadcast_to(np.array([1.0, 2.0, 4.0])[None, :, None], (*f1.shape, 1)).copy()
    questions = tuple(asked(number, source) for number, source in enumerate(names))
    return Matrix(questions=questions, columns=COLUMNS, f1=f1, em=f1, costs=costs, components=("calls",))


@pytest.mark.requirement("table.baselines")
@given(f1=_TABLES)
def test_no_policy_beats_the_oracle_and_regret_is_what_it_misses(f1: Doubles) -> None:
    table = matrix(f1)
    oracle = baselines.oracle(f1, table.costs[..., 0])
    best = baselines.taken(f1, oracle).mean()
    assert best == pytest.approx(f1.max(axis=1).mean())
    assert baselines.regret(f1, oracle) == pytest.approx(0)
    policies = [baselines.constant(table, w) for w in range(3)]
    policies += [baselines.random_legal(table), baselines.best_per_source(table, f1, table)]
    for shares in policies:
        assert shares.sum(axis=1) == pytest.approx(np.ones(len(f1)))
        assert baselines.regret(f1, shares) == pytest.approx(best - baselines.taken(f1, shares).mean())
        assert baselines.regret(f1, shares) >= -1e-12
    assert baselines.taken(f1, baselines.random_legal(table)).mean() == pytest.approx(f1.mean())
    constant = baselines.constant(table, baselines.best_constant(f1))
    assert baselines.taken(f1, constant).mean() == pytest.approx(f1.mean(axis=0).max())


@pytest.mark.requirement("table.baselines")
def test_a_constant_is_chosen_on_train_and_measured_on_test() -> None:
    train = matrix(np.array([[0.9, 0.0, 0.1], [0.9, 0.0, 0.1], [0.0, 0.0, 1.0]]), ["a", "a", "b"])
    test = matrix(np.array([[0.0, 1.0, 0.5], [0.2, 1.0, 0.7], [0.4, 1.0, 0.9]]), ["a", "b", "unknown"])
    assert baselines.best_constant(train.f1) == 0
    chosen = baselines.best_per_source(train, train.f1, test).argmax(axis=1)
    assert chosen.tolist() == [0, 2, 0]  # a source that train lacks gets the best of all
    with pytest.raises(UsageError):
        baselines.best_constant(np.zeros((0, 3)))


@pytest.mark.requirement("table.baselines")
def test_the_oracle_takes_the_cheapest_of_equals() -> None:
    f1 = np.array([[0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    assert baselines.oracle(f1, matrix(f1).costs[..., 0]).argmax(axis=1).tolist() == [1, 0]


@pytest.mark.requirement("table.baselines")
def test_the_gain_over_itself_is_0_and_a_sure_gain_excludes_0() -> None:
    f1 = np.array([[0.2, 0.6, 0.4]] * 30)
    table = matrix(f1)
    same = baselines.adaptive_gain(f1, baselines.constant(table, 1), baselines.constant(table, 1))
    assert (same.difference, same.low, same.high) == (0, 0, 0)
    gain = baselines.adaptive_gain(f1, baselines.constant(table, 1), baselines.constant(table, 0))
    assert gain.low == pytest.approx(gain.high) == pytest.approx(0.4)


@pytest.mark.requirement("table.baselines")
@given(points=_POINTS, reference=st.floats(0.1, 4))
def test_the_hypervolume_is_the_area_under_the_front(points: list[tuple[float, float]], reference: float) -> None:
    edges = sorted({0.0, reference, *(cost for _, cost in points if cost < reference)})
    area = 0.0
    for left, right in pairwise(edges):
        area += (right - left) * max((f1 for f1, cost in points if cost <= left), default=0.0)
    assert baselines.hypervolume(points, reference) == pytest.approx(area)
    more = baselines.hypervolume([*points, (0.5, 0.05)], reference)
    assert more >= baselines.hypervolume(points, reference) - 1e-12
    with pytest.raises(UsageError):
        baselines.hypervolume([*points, (float("nan"), 1.0)], reference)


@pytest.mark.requirement("table.report", "table.baselines")
def test_a_report_measures_on_questions_that_nothing_was_chosen_on() -> None:
    draw = np.random.default_rng(3)
    table = matrix(draw.random((120, 3)), [("a", "b")[n % 2] for n in range(120)])
    report = measured(table)
    train, test = table.split()
    assert {one.id for one in train.questions} & {one.id for one in test.questions} == set()
    assert (report["chosen_on"], report["measured_on"]) == (len(train.questions), len(test.questions))
    assert 10 < report["measured_on"] < 40
    assert [one["lambda_calls"] for one in report["lambda_calls"]] == [0, 0.05, 0.1, 0.2, 0.4]
    for one in report["lambda_calls"]:
        policies = one["policies"]
        assert policies["oracle"]["utility"] >= policies["best constant"]["utility"]
        assert policies["oracle"]["regret"] == pytest.approx(0)
        assert policies["best constant"]["gain"] == 0
        assert sum(one["oracle_plans"].values()) == report["measured_on"]
    for one in report["in_sample"]:
        assert sum(one["oracle_plans"].values()) == len(table.questions)
        assert one["policies"]["best constant per source"]["gain"] >= 0  # chosen on what it is measured on
    volumes = report["hypervolume"]["calls"]
    assert volumes["oracle"] >= volumes["best constant"]
    picture = drawn({**report, "n": 120, "seen": True})
    assert "executors have learnt" in picture
    assert picture.count("<circle") == len(COLUMNS)
