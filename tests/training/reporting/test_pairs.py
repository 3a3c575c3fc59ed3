"""Paired comparisons: what they say, and which they refuse."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.training.evaluation.reporting import report_page
from questline.training.evaluation.reporting.pairs import compare_all, exact_mcnemar, holm
from questline.training.evaluation.reporting.results import Result, read_results

from .conftest import Make, Parsed, failed, item, result


def read(*files: object) -> list[Result]:
    return read_results(list(files))[0]  # pyright: ignore[reportArgumentType]  # because the fixture gives paths


@pytest.mark.requirement("report.pairs")
def test_a_pair_counts_wins_ties_losses_and_tests_by_mcnemar(make: Make) -> None:
    names = [f"d{number}" for number in range(20)]
    a = make("a", result([item(name, number < 8) for number, name in enumerate(names)]))
    b = make("b", result([item(name, number < 16 and number != 0) for number, name in enumerate(names)]))
    (pair,), refused, left = compare_all(read(a, b))
    right = pair.rows[0]
    assert (right.wins, right.ties, right.losses) == (8, 11, 1)
    assert right.found.difference == pytest.approx(0.35)
    assert right.binary
    assert right.p == pytest.approx(2 * (1 + 9) / 2**9)
    assert right.p_adjusted == right.p
    assert [row.measure for row in pair.rows] == ["right", "seconds", "usd"]
    assert pair.rows[1].p is None
    assert pair.rows[1].p_adjusted is None
    assert (refused, left) == ([], 0)


@pytest.mark.requirement("report.pairs")
def test_mcnemar_is_the_binomial_tail_and_holm_steps_down() -> None:
    assert exact_mcnemar(0, 0) == 1.0
    assert exact_mcnemar(5, 5) == 1.0
    assert exact_mcnemar(10, 0) == pytest.approx(2 / 2**10)
    tail = sum(math.comb(30, k) for k in range(10)) / 2**30
    assert exact_mcnemar(9, 21) == pytest.approx(2 * tail)
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=12))
@pytest.mark.requirement("report.pairs")
def test_holm_never_makes_a_difference_surer_nor_changes_the_order(values: list[float]) -> None:
    adjusted = holm(values)
    assert all(after >= before and after <= 1 for before, after in zip(values, adjusted, strict=True))
    order = sorted(range(len(values)), key=values.__getitem__)
    assert [adjusted[place] for place in order] == sorted(adjusted)


@pytest.mark.requirement("report.pairs")
def test_other_data_other_items_and_no_items_are_refused_with_the_reason(make: Make) -> None:
    same = [item(f"d{number}", 1) for number in range(10)]
    base = make("base", result(same))
    others = {
        "data": result(same, run={"data": {"questions": "e" * 64}}),
        "items": result([item(f"x{number}", 1) for number in range(10)]),
        "none": result(),
    }
    files = [base, *(make(name, report) for name, report in others.items())]
    results = read(*files)
    pairs, refused, _ = compare_all(results, baseline=results[0])
    assert pairs == []
    reasons = {each.b.name: each.reason for each in refused}
    assert reasons["data"].startswith("they read different data: questions is dddddddddddd in one and eeeeeeeeeeee")
    assert reasons["items"] == "they ran different items: 0 are in both, 10 in one and 10 in the other"
    assert reasons["none"] == "none holds no items; measure again without --no-items"
    page = Parsed.of(report_page(files, baseline=base).html)
    assert all(reason in page.text for reason in reasons.values())


@pytest.mark.requirement("report.pairs")
def test_a_run_of_fewer_rows_is_compared_over_what_both_ran(make: Make) -> None:
    rows = [item(f"d{number}", number % 2) for number in range(10)]
    (pair,), _, _ = compare_all(read(make("whole", result(rows)), make("part", result(rows[:4]))))
    assert pair.shared == 4
    assert pair.notes == ["6 items are in one file only and count in no difference"]


@pytest.mark.requirement("report.pairs")
def test_another_corpus_is_what_is_compared_and_is_told(make: Make) -> None:
    rows = [item(f"d{number}", number % 2) for number in range(10)]
    one = make("one", result(rows, run={"data": {"questions": "d", "corpus": "c"}}))
    two = make("two", result(rows, run={"data": {"questions": "d", "corpus": "e"}}))
    (pair,), _, _ = compare_all(read(one, two))
    assert pair.notes == ["the corpus differs: it is part of what is compared"]


@pytest.mark.requirement("report.pairs")
def test_a_failed_item_scores_nothing_unless_the_suite_counts_failures_apart(make: Make) -> None:
    one = [item("a", 1), item("b", 1)]
    two = [item("a", 1), failed("b")]
    counted = compare_all(read(make("one", result(one)), make("two", result(two))))[0][0]
    assert counted.rows[0].found.difference == -0.5
    assert counted.failed_b == 1
    apart = compare_all(
        read(make("three", result(one, unscored="apart")), make("four", result(two, unscored="apart")))
    )[0][0]
    assert apart.rows[0].found.difference == 0.0
    assert apart.rows[0].found.n == 1


@pytest.mark.requirement("report.pairs")
def test_files_of_two_suites_are_never_compared(make: Make) -> None:
    rows = [item("a", 1)]
    results = read(make("one", result(rows)), make("two", result(rows, run={"suite": "windows"})))
    assert compare_all(results) == ([], [], 0)
