"""The held-out gate, the three sets, and the choice of pairs by length."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.training.writer.gate import Agreement, agreement, decide, decide_fooling
from questline.training.writer.labelled_sets import matched_items, read_sets
from questline.training.writer.length_matching import length_report, matched_pairs, overlap
from questline.training.writer.pairs import Labelled, Pair
from questline.training.writer.style_rule import style_rule


def _agreed(*values: float) -> Agreement:
    return Agreement(values=values, called_good=0, unread=0)


def test_agreement_is_the_mean_of_both_classes_and_no_verdict_is_wrong() -> None:
    found = agreement([(True, False), (True, True), (None, False), (False, None)])

    assert found.values == (1.0, 0.5, 0.5, 0.0)
    assert found.balanced == 0.5
    assert (found.called_good, found.unread) == (3, 2)


@pytest.mark.requirement("loops.gate")
def test_an_edit_passes_only_where_agreement_and_its_lower_bound_hold() -> None:
    before = _agreed(*([0.5] * 20 + [1.0] * 20))
    better = _agreed(*([1.0] * 20 + [1.0] * 20))
    worse = _agreed(*([0.5] * 19 + [0.0] + [1.0] * 20))
    traded = _agreed(*([1.0, 1.0] + [0.5] * 18 + [0.5] + [1.0] * 19))  # two up, one down: rises, but not surely

    assert decide(before, better).accepted
    assert decide(before, before).accepted
    assert not decide(before, worse).accepted
    unsure = decide(before, traded)
    assert unsure.after > unsure.before
    assert unsure.low < -0.005
    assert not unsure.accepted


@given(st.lists(st.tuples(st.sampled_from([0, 0.5, 1]), st.sampled_from([0, 0.5, 1])), min_size=1, max_size=30))
@pytest.mark.requirement("loops.gate")
def test_what_the_gate_lets_through_never_lowers_agreement(values: list[tuple[float, float]]) -> None:
    before, after = zip(*values, strict=True)
    told = decide(_agreed(*before), _agreed(*after))

    assert not told.accepted or told.after >= told.before
    assert decide(_agreed(*before), _agreed(*after), gate=False).accepted


@pytest.mark.requirement("loops.fooling")
def test_the_generators_rules_change_only_where_more_texts_fool() -> None:
    assert decide_fooling([False, False], [True, False]).accepted
    assert not decide_fooling([True, False], [False, True]).accepted
    assert decide_fooling([True], [False], gate=False).accepted


def _write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def _row(query: str, text: str, good: int) -> dict[str, object]:
    return {"query": query, "text": text, "good": good}


def test_one_file_is_cut_into_three_by_query(tmp_path: Path) -> None:
    rows = [_row(f"问{number}", f"文{number}", number % 2) for number in range(60)]
    sets = read_sets(_write(tmp_path / "l.jsonl", rows))
    train = {row.query for row in sets.train}
    gate = {row.query for pair in sets.gate for row in pair}
    test = {row.query for row in sets.test_all}

    assert not train & gate
    assert not train & test
    assert not gate & test
    assert all(one.good and not other.good for one, other in sets.gate)


@pytest.mark.requirement("loops.no-gate-set")
def test_a_gate_without_a_matched_good_and_bad_text_is_refused(tmp_path: Path) -> None:
    labelled = _write(tmp_path / "l.jsonl", [_row(f"问{n}", f"文{n}", n % 2) for n in range(60)])
    gate = _write(tmp_path / "g.jsonl", [_row("甲", "短", 1), _row("乙", "很长" * 20, 0)])

    with pytest.raises(UsageError) as caught:
        read_sets(labelled, gate)
    assert caught.value.code == "no_gate_set"


@pytest.mark.requirement("loops.leak")
def test_texts_or_queries_in_two_sets_are_a_leak_with_their_count(tmp_path: Path) -> None:
    labelled = _write(tmp_path / "l.jsonl", [_row(f"问{n}", f"文{n}", n % 2) for n in range(60)])
    # 问0 and 问1 are asked again, and 文2 stands there with other marks.
    gate = _write(tmp_path / "g.jsonl", [_row("问0", "新", 1), _row("问1", "旧", 0), _row("另", "文 2！", 0)])

    with pytest.raises(UsageError) as caught:
        read_sets(labelled, gate, _write(tmp_path / "t.jsonl", [_row("别", "甲", 1), _row("处", "乙", 0)]))
    assert caught.value.code == "leak"
    assert caught.value.fields["count"] == 3


@given(st.lists(st.tuples(st.integers(1, 40), st.booleans()), max_size=25))
def test_matched_items_use_each_text_once_and_are_near_in_length(drawn: list[tuple[int, bool]]) -> None:
    rows = [Labelled(query=f"{at}", text="x" * size, good=good) for at, (size, good) in enumerate(drawn)]
    found = matched_items(rows)
    used = [row.query for pair in found for row in pair]

    assert len(used) == len(set(used))
    assert all(abs(len(one.text) - len(other.text)) <= 5 for one, other in found)
    assert all(one.good and not other.good for one, other in found)


def _pair(longer: int, base: int = 10) -> Pair:
    return Pair(query="q", chosen="x" * (base + longer), rejected="y" * base)


@pytest.mark.requirement("loops.length-matched-pairs")
def test_pairs_are_kept_near_in_length_or_balanced_at_each_distance() -> None:
    pairs = [_pair(3), _pair(-5), _pair(6), _pair(8), _pair(-7), _pair(30, 5), _pair(0)]

    assert matched_pairs(pairs) == [pairs[0], pairs[1], pairs[6]]
    balanced = matched_pairs(pairs, "quantile")
    assert balanced == [pairs[0], pairs[1], pairs[2], pairs[4], pairs[6]]
    assert length_report(balanced)["length_rule"] == 0.5
    assert length_report(pairs)["length_rule"] > 0.5
    assert matched_pairs(pairs, "none") == pairs
    assert length_report([]) == {}


@given(st.lists(st.integers(-30, 60), max_size=40))
def test_balanced_pairs_leave_the_length_rule_at_chance(gaps: list[int]) -> None:
    kept = matched_pairs([_pair(max(gap, -9)) for gap in gaps], "quantile")
    assert not kept or length_report(kept)["length_rule"] == 0.5


def test_style_tells_two_writers_apart_and_nothing_of_pairs_that_are_mixed() -> None:
    styled = [Pair(query=f"q{n}", chosen=f"春风{n}", rejected=f"秋雨{n}") for n in range(30)]
    mixed = [Pair(query=f"q{n}", chosen=f"{'春秋'[n % 2]}{n}", rejected=f"{'秋春'[n % 2]}{n}") for n in range(30)]

    assert style_rule(styled) == 1.0
    assert style_rule(mixed) != 1.0
    assert style_rule(styled[:5]) is None


def test_overlap_sees_through_marks_and_spaces() -> None:
    pair = Pair(query="生日", chosen="祝你 快乐！", rejected="坏")
    assert overlap([pair], ["祝你快乐"], ["生日。"]) == {"chosen": 1, "rejected": 0, "queries": 1}
