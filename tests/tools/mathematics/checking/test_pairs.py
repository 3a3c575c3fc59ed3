"""Two hundred pairs written by hand: what is right, what is wrong, and what nobody can say."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from questline.tools.mathematics.checking import check_answer

from .pairs import CHOICES, EQUATIONS, EXPRESSIONS, INTERVALS, NUMBERS, PAIRS, ROOTS, SETS, SPOKEN, UNITS, WORDS, Pair

LISTS = {
    "numbers": NUMBERS,
    "roots": ROOTS,
    "units": UNITS,
    "expressions": EXPRESSIONS,
    "equations": EQUATIONS,
    "sets": SETS,
    "intervals": INTERVALS,
    "words": WORDS,
    "choices": CHOICES,
    "spoken": SPOKEN,
}


def said(prediction: str, *gold: str, question: str = "") -> str:
    checked = check_answer(prediction, gold, question=question, deadline_s=60)
    return "right" if checked.strict_low else "undecided" if checked.strict_high else "wrong"


@pytest.mark.requirement("checking.pairs")
@pytest.mark.parametrize("name", LISTS)
def test_every_pair_is_told_as_written(name: str) -> None:
    pairs: Sequence[Pair] = LISTS[name]
    assert [(one, gold, said(one, gold)) for one, gold, _ in pairs] == list(pairs)


@pytest.mark.requirement("checking.pairs")
def test_there_are_as_many_pairs_as_claimed() -> None:
    assert len(set(PAIRS)) == len(PAIRS) == sum(map(len, LISTS.values())) >= 190


@pytest.mark.requirement("checking.pairs")
@pytest.mark.parametrize("gold", sorted({gold for _, gold, _ in PAIRS}))
def test_a_right_answer_is_as_right_as_itself(gold: str) -> None:
    assert said(gold, gold) == "right"
    assert said(rf"Therefore $\boxed{{{gold}}}$.", gold) == "right"


@pytest.mark.requirement("checking.question")
@pytest.mark.parametrize(
    ("prediction", "gold", "question", "status"),
    [
        ("3.14159", "3.14", "结果保留两位小数", "right"),
        ("3.1472", "3.14", "结果保留两位小数", "wrong"),
        ("3.1", "3.14", "结果保留两位小数", "wrong"),
        ("3.14159", "3.14", "", "wrong"),
        ("22/7", "3.14", "Round to 2 decimal places.", "right"),
        ("41.3m", "约41m", "", "right"),
        ("42m", "约41m", "", "wrong"),
        ("314", "100π", "求圆的面积(π取3.14)", "right"),
        ("314", "100π", "求圆的面积", "wrong"),
        ("25", "25%", "增长了百分之几?", "right"),
        ("25", "25%", "", "wrong"),
        ("1,9", "9,1", "不分先后顺序", "right"),
    ],
)
def test_the_question_says_how_an_answer_is_told(prediction: str, gold: str, question: str, status: str) -> None:
    assert said(prediction, gold, question=question) == status


@pytest.mark.requirement("checking.languages")
def test_either_language_will_do_and_a_difference_is_told() -> None:
    assert said("cylinder", "圆柱", "cylinder") == said("圆柱", "圆柱", "cylinder") == "right"
    checked = check_answer("25dm^2", ["25dm^2", "25 m^2"])
    assert checked.strict_low
    assert [warning.code for warning in checked.warnings] == ["gold_disagreement"]
    assert not check_answer("x=2", ["x=2", "x = 2"]).warnings
    assert said("x=3", "x=2", "x = 2") == "wrong"


@pytest.mark.requirement("checking.choice")
@pytest.mark.parametrize(
    ("prediction", "gold", "status"),
    [
        ("A,C", "AC", "right"),
        ("CA", "AC", "right"),
        ("A", "AC", "wrong"),
        ("A,B,C", "AC", "wrong"),
        ("I do not know", "B", "undecided"),
        ("选项B正确", "B", "right"),
    ],
)
def test_all_letters_and_no_other_are_right(prediction: str, gold: str, status: str) -> None:
    checked = check_answer(prediction, [gold], choice=True)
    assert [part.status for part in checked.parts] == [status]
