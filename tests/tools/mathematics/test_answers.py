"""Answers are compared by value, and what cannot be read is left open."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from questline.errors import UsageError
from questline.tools.mathematics import Calculator, check_answer

pytestmark = pytest.mark.requirement("mathematics.answers")


@pytest.fixture(scope="module")
def calculator() -> Generator[Calculator]:
    with Calculator(seconds=60) as made:
        yield made


@pytest.mark.parametrize(
    ("prediction", "gold", "verdict"),
    [
        ("1/2", "0.5", "right"),
        ("50%", "1/2", "right"),
        ("5cm", "50mm", "right"),
        ("100 km/h", "250/9 m/s", "right"),
        ("2 sqrt(3)", "sqrt(12)", "right"),
        ("(x-1)(x+1)", "x^2-1", "right"),
        ("2=x", "x=2", "right"),
        ("-0", "0", "right"),
        ("3.14", "pi", "wrong"),
        ("x+1", "x+2", "wrong"),
        ("5 cm", "6 cm", "wrong"),
        ("5 kg", "5 m", "wrong"),
        ("5cm", "5", "undecided"),
        ("A", "B", "undecided"),
        ("3:4", "0.75", "undecided"),
        ("the answer is seven", "7", "undecided"),
        ("x=3", "x=2", "undecided"),
    ],
)
def test_values_decide(calculator: Calculator, prediction: str, gold: str, verdict: str) -> None:
    checked = check_answer(calculator, prediction, gold)
    assert checked.verdict == verdict
    assert checked.reason


@pytest.mark.parametrize("text", ["1/3", "x^2 - 1", "sqrt(2)", "7 kg", "x < 2", "2/3 pi"])
def test_an_answer_is_as_right_as_itself(calculator: Calculator, text: str) -> None:
    assert check_answer(calculator, text, text).verdict == "right"


def test_an_empty_answer_is_refused(calculator: Calculator) -> None:
    for prediction, gold, argument in ((" ", "1", "prediction"), ("1", "", "gold")):
        with pytest.raises(UsageError) as raised:
            check_answer(calculator, prediction, gold)
        assert raised.value.fields["argument"] == argument
