"""The reward of a written order, against values worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.tools.ranking.permutation import parse
from questline.training.ranking.overlap import average_overlap, rank_biased_overlap
from questline.training.ranking.reward import BAD_TAGS, WRONG_IDS, reward


def written(order: list[int]) -> str:
    return f"<think>so</think><answer>{' > '.join(f'[{number}]' for number in order)}</answer>"


@pytest.mark.requirement("ranking.overlap")
def test_average_overlap_is_the_mean_over_depths() -> None:
    # depths 1 to 3 share 0, 2, 3 of 1, 2, 3
    assert average_overlap("bac", "abc") == pytest.approx((0 / 1 + 2 / 2 + 3 / 3) / 3)
    assert average_overlap("abc", "xyz") == 0.0
    assert average_overlap("abcd", "dcba") == pytest.approx((0 + 0 + 2 / 3 + 1) / 4)
    assert average_overlap("", "") == 1.0


@pytest.mark.requirement("ranking.overlap")
def test_rank_biased_overlap_is_the_extrapolated_one() -> None:
    p = 0.9
    by_hand = 3 / 3 * p**3 + (1 - p) / p * (0 / 1 * p + 2 / 2 * p**2 + 3 / 3 * p**3)
    assert rank_biased_overlap("bac", "abc", p=p) == pytest.approx(by_hand) == pytest.approx(0.9)
    p = 0.5
    assert rank_biased_overlap("ab", "ba", p=p) == pytest.approx(1 * 0.25 + 1 * (0 + 1 * 0.25)) == pytest.approx(0.5)
    assert rank_biased_overlap("abc", "xyz") == 0.0
    assert rank_biased_overlap("", "") == 1.0


@given(st.permutations(range(8)), st.floats(0.05, 0.95))
def test_equal_orders_overlap_wholly_and_all_others_less(order: list[int], p: float) -> None:
    straight = list(range(8))
    assert rank_biased_overlap(order, order, p=p) == pytest.approx(1.0)
    assert average_overlap(order, order) == pytest.approx(1.0)
    assert rank_biased_overlap(order, straight, p=p) == pytest.approx(rank_biased_overlap(straight, order, p=p))
    for same in (rank_biased_overlap(order, straight, p=p), average_overlap(order, straight)):
        assert 0 <= same <= 1 + 1e-9
        assert (same > 1 - 1e-9) == (order == straight)


@pytest.mark.requirement("ranking.reward")
def test_the_gold_answer_scores_the_sum_of_the_weights() -> None:
    assert reward(written([2, 1, 3]), 3, [2, 1, 3], {2: 3, 1: 1}) == pytest.approx(1.3)
    assert reward(written([2, 1, 3]), 3, [2, 1, 3], {2: 3, 1: 1}, weights=(2, 0, 1)) == pytest.approx(3.0)


@pytest.mark.requirement("ranking.reward")
def test_a_worse_order_scores_what_the_formula_says() -> None:
    gain = (1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3))
    p = 0.9
    overlap = p**3 + (1 - p) / p * (p**2 + p**3)
    found = reward(written([1, 2, 3]), 3, [2, 1, 3], {2: 3, 1: 1})
    assert found == pytest.approx(gain + 0.2 * 1.0 + 0.1 * overlap)
    released = reward(written([1, 2, 3]), 3, [2, 1, 3], {2: 3, 1: 1}, p=1.0)
    assert released == pytest.approx(gain + 0.2 + 0.1 * (0 + 1 + 1) / 3)


@pytest.mark.requirement("ranking.reward")
def test_recall_counts_the_first_ten() -> None:
    order = [*range(2, 12), 1, 12]
    assert reward(written(order), 12, None, {1: 1, 2: 1}, weights=(0, 1, 0)) == pytest.approx(0.5)


@pytest.mark.requirement("ranking.reward")
def test_a_part_without_gold_counts_nothing() -> None:
    assert reward(written([1, 2]), 2) == 0.0
    assert reward(written([1, 2]), 2, [1, 2]) == pytest.approx(0.1)
    assert reward(written([1, 2]), 2, None, {1: 1}) == pytest.approx(1.2)
    assert reward(written([1, 2]), 2, None, {1: 0}) == 0.0


@pytest.mark.requirement("ranking.reward", "ranking.tags")
@pytest.mark.parametrize(
    "completion",
    [
        "[1] > [2] > [3]",
        "<answer>[1] > [2] > [3]</answer>",
        "<think>so<answer>[1] > [2] > [3]</answer>",
        "<think>so</think><answer>[1] > [2] > [3]",
        "<think>so</think>[1] > [2] > [3]",
        "<think>[1] > [2] > [3]",
        "",
    ],
)
def test_tags_that_do_not_match_cost_one(completion: str) -> None:
    assert reward(completion, 3, [1, 2, 3], {1: 1}) == BAD_TAGS == -1


@pytest.mark.requirement("ranking.reward")
@pytest.mark.parametrize("ids", [[1, 2], [1, 2, 2], [1, 2, 4], [0, 1, 2], [1, 2, 3, 3], []])
def test_anything_but_exactly_the_shown_ids_scores_nothing(ids: list[int]) -> None:
    assert reward(written(ids), 3, [1, 2, 3], {1: 1}) == WRONG_IDS == 0


@pytest.mark.requirement("ranking.tags")
@given(st.text(alphabet="<>/thinkanswer[]123 ", max_size=60))
def test_what_earns_a_reward_is_what_inference_reads(text: str) -> None:
    earned = reward(text, 3, [1, 2, 3], {1: 1, 2: 1, 3: 1})
    if earned > 0:
        assert parse(text, 3).report.valid
    if not parse(text, 3).report.valid:
        assert earned in (BAD_TAGS, WRONG_IDS)


def test_tags_are_read_in_any_case_and_the_template_may_open_the_thoughts() -> None:
    for text in ("<THINK>so</Think><ANSWER>[1]</answer>", "so</think>\n<answer>[1]</answer>"):
        assert reward(text, 1, [1], {1: 1}) == pytest.approx(1.3)


@pytest.mark.requirement("ranking.bad-param")
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"n": 0}, "n"),
        ({"gold_order": [1, 1]}, "gold_order"),
        ({"gold_order": [0, 1]}, "gold_order"),
        ({"qrels": {3: 1}}, "qrels"),
        ({"p": 0.0}, "p"),
        ({"p": math.nan}, "p"),
        ({"weights": (1, math.nan, 0)}, "weights"),
        ({"weights": (1, -1, 0)}, "weights"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(values: dict[str, object], field: str) -> None:
    given_values: dict[str, object] = {"completion": written([1, 2]), "n": 2, **values}
    with pytest.raises(UsageError) as caught:
        reward(**given_values)  # pyright: ignore[reportArgumentType]  # because that is the mistake
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_param", field)
    with pytest.raises(UsageError):
        rank_biased_overlap("ab", "abc")
    with pytest.raises(UsageError):
        rank_biased_overlap("ab", "ab", p=1.0)
