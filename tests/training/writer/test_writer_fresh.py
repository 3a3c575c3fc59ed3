"""Seeds and rules that are fixed before they are run: intervals over seeds, what they say, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.training.writer.shown.seeds import over_seeds

_FIGURES = st.lists(st.floats(-1, 1), min_size=2, max_size=12)


@pytest.mark.requirement("tuning.fresh")
def test_an_interval_over_seeds_is_that_of_student() -> None:
    told = over_seeds([0.1, 0.2, 0.3, 0.4, 0.5])
    assert told.mean == 0.3
    assert (told.low, told.high) == pytest.approx(
        (0.3 - 2.776 * 0.158114 / 5**0.5, 0.3 + 2.776 * 0.158114 / 5**0.5), abs=1e-3
    )
    assert told.by_seed == (0.1, 0.2, 0.3, 0.4, 0.5)
    assert told.says == "more"
    assert over_seeds([-0.1, -0.2, -0.15]).says == "less"
    assert over_seeds([-0.1, 0.2]).says == "open"
    assert over_seeds([-0.001, 0.001, 0.0]).above(-0.02)
    assert not over_seeds([-0.05, 0.05, 0.0]).above(-0.02)


@pytest.mark.requirement("tuning.fresh")
@given(values=_FIGURES)
def test_the_mean_lies_in_its_interval_and_order_does_not_count(values: list[float]) -> None:
    told, back = over_seeds(values), over_seeds(values[::-1])
    assert told.low - 1e-4 <= told.mean <= told.high + 1e-4
    assert (told.low, told.high) == pytest.approx((back.low, back.high), abs=1e-3)


@pytest.mark.requirement("tuning.fresh")
def test_one_seed_has_no_interval() -> None:
    with pytest.raises(UsageError) as raised:
        over_seeds([0.1])
    assert raised.value.fields["argument"] == "seeds"


@pytest.mark.slow
@pytest.mark.requirement("tuning.fresh")
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
def test_the_command_measures_the_fixed_seeds_and_goes_on(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the models learn with torch (extra train)")
    pytest.importorskip("trl", reason="SFT, reward models and GRPO are TRL's (extra train)")
    from questline.training.writer.shown.fresh import SEEDS, VARIED_SEEDS, main
    from questline.training.writer.shown.page import fresh_rendered

    from .test_writer_shown import made

    assert not set(SEEDS) & {0, 1, 2}
    assert not set(VARIED_SEEDS) & {0, 1, 2, *SEEDS}
    pairs, queries = made(tmp_path, 120)
    told = tmp_path / "told.json"
    words = [*("--pairs", str(pairs), "--queries", str(queries), "--work", str(tmp_path / "work"), "--json", str(told))]
    words += ["--seeds", "2", "--draws", "1", "--tested", "6", "--sft-steps", "2", "--judge-steps", "2"]
    words += ["--grpo-steps", "1", "--form-steps", "1", "--forms", "graded", "binary"]
    assert main(words) == 0
    first = json.loads(told.read_text(encoding="utf-8"))
    assert first["fixed"]["seeds"] == list(SEEDS[:2])
    assert first["forms"].keys() == {"graded", "binary"}
    figures = first["forms"]["graded"]["figures"]
    assert len(figures["distinct_2"]["by_seed"]) == 2
    assert "accepted_transformer_strict_at_equal_length" in first["forms"]["graded"]["says"]
    assert "| graded, 1 steps | distinct 2 |" in fresh_rendered(first)
    assert main(words) == 0
    assert json.loads(told.read_text(encoding="utf-8"))["forms"] == first["forms"]
