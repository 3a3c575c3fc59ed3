"""Rule sets: what may stand in one, how versions differ, and rules that no text can keep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from questline.errors import UsageError
from questline.tools.writing.judge import check_rules, contradictions, embedded_judge, read_rules, seed_rules
from questline.tools.writing.types import Principle, RuleSet


def rules(*texts: str, checks: tuple[str | None, ...] = ()) -> RuleSet:
    given = checks or (None,) * len(texts)
    made = [
        Principle(id=f"r{at}", text=text, check=check)
        for at, (text, check) in enumerate(zip(texts, given, strict=True))
    ]
    return RuleSet(name="mine", version=1, principles=made)


@pytest.mark.requirement("writing.rules")
def test_a_version_says_what_it_changed_and_reads_back_as_it_was() -> None:
    first = rules("要真诚。", "不用套话。")
    second = first.changed(
        [first.principles[0], Principle(id="r1", text="少用套话。"), Principle(id="r2", text="要具体。")]
    )
    assert second.version == 2
    assert first.diff(second).lines() == ["- r1: 不用套话。", "+ r1: 少用套话。", "+ r2: 要具体。"]
    assert second.diff(first).removed == [second.principles[2]]
    assert first.diff(first).empty
    again = RuleSet.from_json(second.to_json())
    assert again.diff(second).empty
    assert again.digest == second.digest != first.digest


@pytest.mark.requirement("writing.rules")
@pytest.mark.parametrize(
    "texts", [(), tuple(f"rule {n}" for n in range(11)), ("",)], ids=["none", "eleven", "one without a text"]
)
def test_a_set_holds_one_to_ten_rules_with_text(texts: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        rules(*texts)
    assert caught.value.code == "bad_rules"


@pytest.mark.requirement("writing.rules")
@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": 1, "version": 1, "principles": []}', '{"principles": [1]}'])
def test_what_is_no_rule_set_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        RuleSet.from_json(text)
    assert caught.value.code == "bad_rules"


@pytest.mark.requirement("writing.rules")
def test_rules_that_were_changed_by_hand_no_longer_have_their_digest(tmp_path: Path) -> None:
    told = json.loads(seed_rules().to_json())
    told["principles"][0]["text"] = "随便写。"
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(UsageError, match="digest") as caught:
        read_rules(path)
    assert caught.value.code == "bad_rules"
    del told["digest"]
    path.write_text(json.dumps(told), encoding="utf-8")
    assert read_rules(path).principles[0].text == "随便写。"


@pytest.mark.requirement("writing.contradictions")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("正文不少于80个字。", "正文不超过40字。"),
        ("必须写出“生日快乐”。", "不得出现“生日快乐”。"),
        ("必须使用比喻。", "不得使用比喻。"),
        ("Use at least 50 characters.", "Use at most 20 characters."),
    ],
)
def test_rules_that_contradict_each_other_are_found_and_refused(one: str, other: str) -> None:
    (found,) = contradictions(rules(one, other))
    assert {found.one.id, found.other.id} == {"r0", "r1"}
    with pytest.raises(UsageError) as caught:
        check_rules(rules(one, "要真诚。", other))
    assert caught.value.code == "bad_rules"
    assert caught.value.fields["rules"] == ["r0", "r2"]


@pytest.mark.requirement("writing.contradictions")
def test_rules_that_only_look_alike_stay() -> None:
    kept = rules(
        "正文不少于20字。", "正文不超过80字。", "必须写出“生日”。", "不得出现“万事如意”。", "不要超过两个比喻。"
    )
    assert contradictions(kept) == []
    assert contradictions(seed_rules()) == []
    by_checks = rules("long", "short", checks=("at_least:50", "at_most:20"))
    assert len(contradictions(by_checks)) == 1


@pytest.mark.requirement("writing.rules")
def test_a_check_that_there_is_not_is_refused_and_so_are_rules_without_any() -> None:
    with pytest.raises(UsageError) as caught:
        embedded_judge(rules("要押韵。", checks=("rhyme",)))
    assert caught.value.code == "bad_rules"
    with pytest.raises(UsageError) as caught:
        embedded_judge(rules("要押韵。"))
    assert caught.value.code == "bad_rules"
