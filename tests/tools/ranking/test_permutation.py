"""What a model wrote becomes an order of exactly the shown passages, or is said to be none."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from questline.tools.ranking.permutation import Report, parse, read, repair


def test_an_exact_order_is_valid_and_untouched() -> None:
    made = parse("<think>2 says it.</think>\n<answer>[2] > [3] > [1]</answer>", 3)
    assert made.order == (2, 3, 1)
    assert made.report == Report(valid=True)


@pytest.mark.requirement("ranking.permutation-contract")
@pytest.mark.parametrize(
    ("text", "order", "report"),
    [
        ("[2] > [2] > [1] > [3]", (2, 1, 3), Report(valid=False, duplicates=1, repaired=True)),
        ("[3] > [9] > [1] > [2]", (3, 1, 2), Report(valid=False, foreign=1, repaired=True)),
        ("[0] > [2] > [1] > [3]", (2, 1, 3), Report(valid=False, foreign=1, repaired=True)),
        ("[2] > [4] > [1]", (2, 1, 3), Report(valid=False, foreign=1, missing=1, repaired=True)),
        ("[3]", (3, 1, 2), Report(valid=False, missing=2, repaired=True)),
        ("[99999999999999999999] > [2]", (2, 1, 3), Report(valid=False, foreign=1, missing=2, repaired=True)),
        ("", (1, 2, 3), Report(valid=False, missing=3)),
        ("[7] > [8]", (1, 2, 3), Report(valid=False, foreign=2, missing=3)),
        ("I cannot rank these.", (1, 2, 3), Report(valid=False, missing=3)),
    ],
)
def test_every_fault_is_repaired_and_counted(text: str, order: tuple[int, ...], report: Report) -> None:
    made = parse(text, 3)
    assert (made.order, made.report) == (order, report)
    assert made.report.failed == (not made.report.repaired)


@pytest.mark.requirement("ranking.permutation-contract")
def test_a_right_number_of_ids_with_a_wrong_set_is_not_valid() -> None:
    assert not parse("[1] > [2] > [2]", 3).report.valid
    assert not parse("[1] > [2] > [4]", 3).report.valid


def test_missing_ids_follow_in_the_order_they_had_before() -> None:
    assert parse("[3]", 4, prior=(4, 2, 3, 1)).order == (3, 4, 2, 1)
    assert parse("nothing", 4, prior=(4, 2, 3, 1)).order == (4, 2, 3, 1)


@pytest.mark.requirement("ranking.tags")
@pytest.mark.parametrize(
    "text",
    [
        "<THINK>[1] > [2] > [3] at first</Think><Answer>[3] > [1] > [2]</ANSWER>",
        "< think >so</ think >< answer >[3] > [1] > [2]</ answer >",
        "it is 3, then 1</think><answer>[3] > [1] > [2]</answer>",
        "<answer>3 > 1 > 2</answer>",
        "<answer>\n[3]\n[1]\n[2]\n</answer> Done.",
        "<think>the <answer> tag comes later</think><answer>[3] > [1] > [2]</answer>",
        "<think>hm</think>[3] > [1] > [2]",
        "Here is the order:\n[3] > [1] > [2]\nI hope that this helps.",
        "1. [3]\n2. [1]\n3. [2]",
        "【3】＞【1】＞【2】",
        "```\n[3] > [1] > [2]\n```",
        "3, 1, 2",
    ],
)
def test_the_answer_is_found_in_every_form(text: str) -> None:
    assert parse(text, 3).order == (3, 1, 2)
    assert parse(text, 3).report.valid


@pytest.mark.requirement("ranking.tags")
@pytest.mark.parametrize(
    "text",
    [
        "<think>Passage [1] is on topic, [2] > [3] too, so [1] > [2] > [3]",
        "<THINK>[1] > [2] > [3]",
        "<answer>[1] > [2] > [3]",
        "[1] > [2] > [3]</answer>",
        "<answer>[1] > [2]</answer><answer>[3]</answer>",
        "<think>a</think><think>b</think><answer>[1] > [2] > [3]</answer>",
        "<answer>[1] > [2] > [3]</answer><think>late</think>",
        "Passage [1] speaks of the harbour, [2] of ships, and so [1] > [2] > [3].",
        "Okay, the query asks for depth. [2] gives it. [3] is close. [1] is not. So [2], [3], [1].",
        "We have 3 passages. The first 1 is good and 2 is better.",
    ],
)
def test_thoughts_and_open_tags_are_never_read_as_a_ranking(text: str) -> None:
    written = read(text, 3)
    assert (written.form, written.ids) == ("broken", ()) or not written.ids
    assert parse(text, 3).report.failed


@pytest.mark.requirement("ranking.overlong")
def test_a_text_that_was_cut_off_is_never_read_whatever_stands_in_it() -> None:
    made = parse("<answer>[2] > [3] > [1]</answer>", 3, finish_reason="length")
    assert made.order == (1, 2, 3)
    assert made.report == Report(valid=False, missing=3, overlong=True)


@pytest.mark.requirement("ranking.overlong")
def test_an_endless_answer_is_overlong() -> None:
    report = parse("<answer>" + "[1] > [2] > " * 5_000 + "</answer>", 3).report
    assert report.overlong
    assert report.failed


texts = st.text(alphabet=st.sampled_from("[]<>/0123456789thinkansweTHINKANSWER,. \n【】＞"), max_size=80)


@given(texts | st.text(max_size=200), st.integers(0, 30))
@example("[0][1]", 1)
@example("٣ > [٣]", 3)
def test_any_text_gives_each_number_exactly_once(text: str, n: int) -> None:
    made = parse(text, n)
    assert sorted(made.order) == list(range(1, n + 1))
    report = made.report
    assert not (report.valid and report.repaired)
    if report.valid:
        assert (report.duplicates, report.foreign, report.missing) == (0, 0, 0)


@given(st.permutations(range(1, 13)), st.sampled_from([" > ", ", ", "\n", " >"]), st.booleans())
def test_every_order_that_is_written_is_read(order: list[int], between: str, thoughts: bool) -> None:
    chain = between.join(f"[{number}]" for number in order)
    text = f"<think>[12] > [1]</think><answer>{chain}</answer>" if thoughts else chain
    assert parse(text, 12).order == tuple(order)
    assert parse(text, 12).report == Report(valid=True)


@given(st.lists(st.integers(-3, 12), max_size=30), st.integers(1, 8))
def test_the_report_adds_up(ids: list[int], n: int) -> None:
    made = repair(ids, n)
    report = made.report
    assert sorted(made.order) == list(range(1, n + 1))
    known = [number for number in ids if 1 <= number <= n]
    assert report.foreign == len(ids) - len(known)
    assert report.missing == n - len(set(known))
    assert report.duplicates == len(known) - len(set(known))
    assert report.valid == (sorted(ids) == list(range(1, n + 1)))


@pytest.mark.data
@pytest.mark.requirement("ranking.real-outputs")
def test_real_outputs_of_a_7b_ranker_are_told_apart(data_dir: Path) -> None:
    with gzip.open(data_dir / "ir" / "llm_permutation_outputs.jsonl.gz") as file:
        rows = [json.loads(line) for line in file]
    kinds: Counter[str] = Counter()
    right_count = 0
    for row in rows:
        n = row["num_passages"]
        made = parse(row["response"], n)
        assert sorted(made.order) == list(range(1, n + 1))
        report = made.report
        kind = "exact" if report.valid else "none" if report.failed else "missing" if report.missing else "duplicates"
        kinds[kind] += 1
        right_count += not report.valid and len(read(row["response"], n).ids) == n
    assert kinds == {"exact": 1042, "duplicates": 120, "missing": 35, "none": 3}
    assert right_count == 8  # a check of the count alone passes them
