"""Hostile answers: nothing runs, nothing takes long, and what is too large is undecided."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.tools.mathematics.checking import check_answer
from questline.tools.mathematics.checking.algebra import same_zeros
from questline.tools.mathematics.parser import parse

HUGE = ["9^9^9^9", "2^(10^9)", "(10^9)!", "((((9!)!)!)!)", "(" * 500 + "1" + ")" * 500, "+".join(["x^2"] * 900)]


@pytest.mark.requirement("checking.limits")
@pytest.mark.parametrize("text", HUGE)
@pytest.mark.parametrize("turned", [False, True])
def test_an_expression_that_explodes_is_undecided(text: str, turned: bool) -> None:  # noqa: FBT001
    prediction, gold = (text, "5") if turned else ("5", text)
    part = check_answer(prediction, [gold]).parts[0]
    assert (part.status, part.reason) == ("undecided", "limit")


@pytest.mark.requirement("checking.limits")
@pytest.mark.parametrize(
    "text",
    ["7 " * 25_000, "x+" * 25_000 + "7", "\\boxed{" * 7_000, "{" * 50_000, r"\frac{1}{" * 5_000, "①" * 50_000,
     "(1)" * 16_000, "或" * 50_000, "答案:" * 12_000, "1," * 25_000, "√" * 50_000, "|" * 50_000],
)  # fmt: skip
def test_fifty_thousand_characters_are_never_right_and_never_an_error(text: str) -> None:
    checked = check_answer(text, ["12345", "一二三"])
    assert all(part.status in ("wrong", "undecided") for part in checked.parts)


@pytest.mark.requirement("checking.limits")
def test_a_long_text_that_ends_in_its_answer_is_read_at_its_end() -> None:
    assert check_answer("think " * 20_000 + r"\boxed{7}", ["7"]).strict_low
    assert check_answer("7 7 7 " * 10_000 + "\n答案:8", ["8"]).strict_low


@pytest.mark.requirement("checking.limits")
def test_no_time_left_is_a_limit() -> None:
    part = check_answer("1/2", ["0.5"], deadline_s=1e-9).parts[0]
    assert (part.status, part.reason) == ("undecided", "limit")


@pytest.mark.requirement("checking.safe")
@pytest.mark.parametrize("way", ["{}", r"\boxed{{{}}}", "x={}", "({},1)"])
def test_no_answer_is_ever_run(way: str, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    code = f"__import__('pathlib').Path({str(mark)!r}).touch()"
    for text in (code, f"lambda: {code}", f"[{code}]"):
        check_answer(way.format(text), ["5", "x=5", "(5,1)"])
        check_answer("5", [way.format(text)])
    assert not mark.exists()


@pytest.mark.requirement("checking.safe")
def test_algebra_works_in_a_process_of_its_own() -> None:
    one, other = (parse(text).tree for text in ("x*y-12", "y-12/x"))
    assert same_zeros(one, other) == "same"
    assert same_zeros(one, parse("y-13/x").tree) == "different"
    assert "sympy" not in sys.modules or check_answer("xy=12", ["y=12/x"], deadline_s=60).strict_low


@pytest.mark.requirement("checking.gold")
@pytest.mark.parametrize("gold", [[], [""], ["  \n"], ["", " "], ["$$"]])
def test_a_missing_right_answer_leaves_the_item_open(gold: list[str]) -> None:
    checked = check_answer("7", gold)
    assert [part.status for part in checked.parts] == ["undecided"]
    assert "right answer" in checked.parts[0].reason


@pytest.mark.requirement("checking.gold")
def test_wrong_arguments_are_told() -> None:
    with pytest.raises(UsageError) as raised:
        check_answer("7", "7")
    assert raised.value.fields["argument"] == "gold"
    for seconds in (0, -1, float("inf"), float("nan")):
        with pytest.raises(UsageError) as raised:
            check_answer("7", ["7"], deadline_s=seconds)
        assert raised.value.fields["argument"] == "deadline_s"


@pytest.mark.requirement("checking.safe")
@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="0123456789xyab+-*/^()[]{}\\$,;:=<>≤≥或和、①②√π°%′.| \n是选cmkg", max_size=60),
    st.text(alphabet="0123456789xyab+-*/^()[]{}\\$,;:=<>≤≥或和、①②√π°%′.| \n是选cmkg", min_size=1, max_size=40),
)
def test_any_text_gets_a_verdict_and_is_as_right_as_itself(prediction: str, gold: str) -> None:
    checked = check_answer(prediction, [gold])
    assert checked.parts
    assert 0 <= checked.share_low <= checked.share_high <= 1
    again = check_answer(prediction, [gold])
    assert again == checked
    itself = check_answer(gold, [gold])
    assert itself.strict_low or itself.parts[0].reason.startswith(("the right answer", "no right answer"))
