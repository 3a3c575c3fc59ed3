"""Edits of a rule set: read strictly, carried out in order, refused where the set would break."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from questline.agents.writing.edits import apply_edits, parse_edits
from questline.agents.writing.game import parse_bad_text, parse_detection, parse_feedback
from questline.tools.writing.types import MOST_PRINCIPLES, Principle, RuleSet

RULES = RuleSet(
    name="t",
    version=4,
    principles=[
        Principle(id="r1", text="合乎场合。", check="occasion"),
        Principle(id="r2", text="不说套话。"),
        Principle(id="harm", text="不伤人。"),
    ],
)

BROKEN: Sequence[tuple[Sequence[object], str]] = [
    ([{"op": "edit", "ids": ["r9"], "text": "x"}], "no rule 'r9'"),
    ([{"op": "rewrite", "ids": [], "text": "x"}], '"op" is one of'),
    ([{"op": "edit", "ids": [], "text": "x"}], "needs 1"),
    ([{"op": "merge", "ids": ["r1"], "text": "x"}], "needs 2 or more"),
    ([{"op": "merge", "ids": ["r1", "r1"], "text": "x"}], "twice"),
    ([{"op": "add", "text": " "}], '"text"'),
    ([{"op": "delete", "ids": [each]} for each in ("r1", "r2", "harm")], "at least one rule"),
    ([{"op": "add", "text": f"规则{number}"} for number in range(8)], "at most"),
    (["删去"], '"op"'),
    ([{"op": "edit", "ids": [3], "text": "x"}], "list of texts"),
]
"""Edits, and what the model is told of them."""


def _edited(*rows: Mapping[str, object]) -> RuleSet:
    return apply_edits(RULES, parse_edits(json.dumps(rows)))


@pytest.mark.requirement("loops.edits")
def test_the_four_edits_make_the_next_version() -> None:
    after = _edited(
        {"op": "add", "ids": [], "text": "有新意。"},
        {"op": "edit", "ids": ["r1"], "text": "说的是那件事。"},
        {"op": "merge", "ids": ["r2", "harm"], "text": "不说套话，也不伤人。"},
    )

    assert after.version == 5
    assert [(rule.id, rule.text, rule.check) for rule in after.principles] == [
        ("r1", "说的是那件事。", None),
        ("r2", "不说套话，也不伤人。", None),
        ("r3", "有新意。", None),
    ]
    assert len(_edited({"op": "delete", "ids": ["r2"]}).principles) == 2


def test_edits_that_change_nothing_leave_the_set_itself() -> None:
    assert _edited() is RULES
    assert _edited({"op": "edit", "ids": ["r2"], "text": "不说套话。"}) is RULES


@pytest.mark.requirement("loops.edits")
@pytest.mark.parametrize(("rows", "says"), BROKEN)
def test_what_would_break_the_set_is_told_to_the_model(rows: Sequence[object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        apply_edits(RULES, parse_edits(json.dumps(rows)))
    assert len(RULES.principles) <= MOST_PRINCIPLES


@pytest.mark.requirement("loops.contradictory-edits")
def test_an_edit_that_contradicts_a_rule_is_told_with_both_ids() -> None:
    row = {"op": "add", "text": "不超过 20 字。"}
    with pytest.raises(ValueError, match="r3 and r4 contradict"):
        _edited(row, {"op": "add", "text": "不少于 50 字。"})


def test_a_detection_keeps_only_rules_of_the_set_and_quotes_of_the_text() -> None:
    row = {"verdict": "BAD", "reason": "x", "principles": ["r1", "r7"], "quote": "别处", "suggestion": "y"}
    found = parse_detection(json.dumps(row), ["r1", "r2"], "原文")

    assert (found.good, tuple(found.principles), found.quote, found.suggestion) == (False, ("r1",), "", "y")
    with pytest.raises(ValueError, match="verdict"):
        parse_detection(json.dumps({**row, "verdict": "maybe"}), ["r1"], "")


def test_what_generator_and_reflector_write_needs_both_its_fields() -> None:
    assert parse_bad_text('{"text": "a", "flaws": "b"}').flaws == "b"
    assert parse_feedback('{"feedback": "a", "suggestion": "b"}').suggestion == "b"
    with pytest.raises(ValueError, match="flaws"):
        parse_bad_text('{"text": "a"}')
    with pytest.raises(ValueError, match="suggestion"):
        parse_feedback('{"feedback": "a"}')
