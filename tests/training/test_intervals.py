"""Bootstrap intervals and paired differences."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.training.evaluation.intervals import bootstrap_interval, mean, paired_bootstrap, percentile

numbers = st.lists(st.floats(-5, 5), min_size=1, max_size=40)


@given(numbers)
def test_the_interval_lies_within_the_values_and_is_drawn_the_same_way_again(values: list[float]) -> None:
    low, high = bootstrap_interval(values, resamples=200)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert bootstrap_interval(values, resamples=200) == (low, high)


@pytest.mark.requirement("eval.intervals")
def test_the_interval_covers_the_true_mean_about_95_times_in_100() -> None:
    random = np.random.default_rng(3)
    covered = 0
    for seed in range(300):
        low, high = bootstrap_interval(random.normal(0.4, 1, 60).tolist(), seed=seed, resamples=400)
        covered += low <= 0.4 <= high
    assert 0.90 <= covered / 300 <= 0.985


@pytest.mark.requirement("eval.intervals")
def test_the_interval_agrees_with_the_normal_one_for_many_values() -> None:
    values = np.random.default_rng(1).normal(2, 1, 2000)
    low, high = bootstrap_interval(values.tolist())
    half = 1.96 * values.std() / math.sqrt(2000)
    assert low == pytest.approx(values.mean() - half, abs=0.006)
    assert high == pytest.approx(values.mean() + half, abs=0.006)


@pytest.mark.requirement("eval.compare")
def test_a_steady_gain_is_told_from_luck() -> None:
    random = np.random.default_rng(5)
    base = random.uniform(0, 1, 300)
    luck = paired_bootstrap(base.tolist(), (base + random.normal(0, 0.2, 300)).tolist())
    gain = paired_bootstrap(base.tolist(), (base + 0.05 + random.normal(0, 0.2, 300)).tolist())
    assert luck.p > 0.05
    assert luck.low < 0 < luck.high
    assert gain.p < 0.01
    assert 0 < gain.low < gain.difference < gain.high
    assert gain.difference == pytest.approx(gain.b - gain.a)


@given(numbers)
def test_a_run_does_not_differ_from_itself(values: list[float]) -> None:
    found = paired_bootstrap(values, values, resamples=100)
    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=20))
def test_swapping_the_runs_turns_the_difference_round(pairs: list[tuple[float, float]]) -> None:
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    there, back = paired_bootstrap(a, b, resamples=100), paired_bootstrap(b, a, resamples=100)
    assert there.difference == pytest.approx(-back.difference)
    assert there.low == pytest.approx(-back.high)
    assert there.p == pytest.approx(back.p)


def test_unequal_or_empty_runs_are_refused() -> None:
    for a, b in (([1.0], [1.0, 2.0]), ([], [])):
        with pytest.raises(UsageError):
            paired_bootstrap(a, b)
    with pytest.raises(UsageError):
        bootstrap_interval([])


def test_nothing_has_no_mean_and_no_percentile() -> None:
    assert mean([]) is None
    assert percentile([], 50) is None
    assert mean([1, 2, 6]) == 3
    assert percentile([1, 2, 3, 4], 50) == 2.5
