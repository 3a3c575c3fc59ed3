"""Set metrics on numbers worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.training.evaluation.selection_metrics import (
    Counts,
    abstention_f1,
    macro_f1,
    micro_f1,
    precision,
    recall,
    set_f1,
)

# Four questions: 2 of 3 members right of 4 gold; all right; nothing chosen of 1; rightly nothing.
SETS = (
    Counts(hits=2, chosen=3, gold=4),
    Counts(hits=1, chosen=1, gold=1),
    Counts(hits=0, chosen=0, gold=1),
    Counts(hits=0, chosen=0, gold=0, helpless=True),
)


@pytest.mark.requirement("eval.selection")
def test_both_averages_are_what_the_formulas_say() -> None:
    assert micro_f1(SETS) == pytest.approx(2 * 3 / (4 + 6))
    assert macro_f1(SETS) == pytest.approx((4 / 7 + 1 + 0 + 1) / 4)
    assert precision(SETS) == pytest.approx(3 / 4)
    assert recall(SETS) == pytest.approx(3 / 6)


@pytest.mark.requirement("eval.selection")
def test_micro_f1_is_not_the_f1_of_averaged_precision_and_recall() -> None:
    # What the published script computes: mean precision (2/3 + 1) / 2, mean recall (1/2 + 1) / 2.
    two = SETS[:2]
    p, r = (2 / 3 + 1) / 2, (1 / 2 + 1) / 2
    assert micro_f1(two) == pytest.approx(6 / 9)
    assert micro_f1(two) != pytest.approx(2 * p * r / (p + r), abs=0.05)


@pytest.mark.requirement("eval.selection")
def test_abstaining_is_right_where_no_candidate_helps() -> None:
    # Abstained twice, rightly once; one question had nothing.
    assert abstention_f1(SETS) == pytest.approx(2 * 1 / (2 + 1))
    assert abstention_f1(SETS[:2]) is None


def test_two_empty_sets_agree_and_nothing_has_no_mean() -> None:
    assert set_f1(Counts(hits=0, chosen=0, gold=0)) == 1.0
    assert [metric([]) for metric in (micro_f1, macro_f1, precision, recall, abstention_f1)] == [None] * 5


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20))
def test_every_metric_is_a_share_and_perfect_sets_score_one(rows: list[tuple[int, int, int]]) -> None:
    some = [Counts(hits=hits, chosen=hits + wrong, gold=hits + missed) for hits, wrong, missed in rows]
    for metric in (micro_f1, macro_f1, precision, recall):
        value = metric(some)
        assert value is None or 0 <= value <= 1
    perfect = [Counts(hits=hits, chosen=hits, gold=hits, helpless=not hits) for hits, _, _ in rows]
    assert macro_f1(perfect) == 1.0
    assert abstention_f1(perfect) in (None, 1.0)


@pytest.mark.requirement("eval.selection")
def test_a_question_that_failed_is_neither_an_empty_set_nor_an_abstention() -> None:
    failed = Counts(hits=0, chosen=0, gold=0, helpless=True, failed=True)
    assert (set_f1(failed), macro_f1([failed]), abstention_f1([failed])) == (0.0, 0.0, 0.0)
    abstained = Counts(hits=0, chosen=0, gold=0, helpless=True)
    # One of two helpless ones abstained rightly: 2 * 1 / (1 + 2)
    assert abstention_f1([failed, abstained]) == pytest.approx(2 / 3)
    assert macro_f1([failed, abstained]) == 0.5
