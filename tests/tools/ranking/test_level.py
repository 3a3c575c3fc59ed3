"""From a blend's sums to log odds, by the list that they stand in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.tools.ranking.blend import BLENDS, Blend, shipped
from questline.tools.ranking.level import Level, share_title


@pytest.mark.requirement("ranking.level")
def test_the_list_moves_all_of_its_sums_alike() -> None:
    level = Level(slope=2.0, offset=1.0, best=-0.5, titled=-3.0)
    sums = np.array([1.0, 4.0])
    assert level(sums, shared_title=False).tolist() == [1.0, 7.0]
    assert level(sums, shared_title=True).tolist() == [-2.0, 4.0]
    assert level(np.array([1.0, 0.0]), shared_title=False)[0] == 2.5  # the same sum, but now the best
    assert level(np.zeros(0), shared_title=True).shape == (0,)
    assert Level()(sums, shared_title=True).tolist() == sums.tolist()


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=20), st.floats(-2, 2), st.floats(0.01, 5), st.booleans())
def test_a_level_changes_no_order(sums: list[float], best: float, slope: float, shared: bool) -> None:
    rising = np.sort(np.array(sums, np.float64))
    assert (np.diff(Level(slope=slope, best=best, titled=1.0)(rising, shared_title=shared)) >= 0).all()


@pytest.mark.requirement("ranking.bad-param")
@pytest.mark.parametrize("values", [{"slope": 0.0}, {"slope": -1.0}, {"offset": float("nan")}, {"best": float("inf")}])
def test_a_level_that_falls_or_is_no_number_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(UsageError) as caught:
        Level(**values)
    assert caught.value.code == "bad_param"


@pytest.mark.requirement("ranking.level")
def test_one_title_over_all_lifts_no_probability() -> None:
    assert share_title(["Orrin", "Orrin"])
    assert not any(share_title(titles) for titles in ([], ["Orrin"], ["", ""], ["Orrin", "Velmora"]))
    first_stage, words, depth = np.zeros(2), np.zeros((2, 4)), np.array([4.0, 8.0])
    alone = shipped("pairs").log_odds(first_stage, words, depth)
    titled = shipped("pairs").log_odds(first_stage, words, depth, shared_title=True)
    assert (titled < alone).all()


@pytest.mark.requirement("ranking.level")
def test_a_blend_of_ones_own_is_taken_as_log_odds() -> None:
    odds = Blend(weights={"depth": 1.0}).log_odds(np.zeros(2), np.zeros((2, 4)), np.array([1.0, 2.0]))
    assert odds.tolist() == [1.0, 2.0]
    assert all(shipped(name).level != Level() for name in BLENDS)
