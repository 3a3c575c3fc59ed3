from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tools.mathematics.conftest import error_of

from questline.errors import UsageError
from questline.tools.mathematics import Calculator
from questline.tools.mathematics.quantities import read

PIECES = (
    "0x1F 0b1 0b2 5 1/2 3.5 kg m cm h hours min km/h °C deg half three quarters third of per percent % plus + - * / ^ 2"
    " ( ) sin( to in = < what is interest x a ? 米 twenty-five 10"
)
WORDS = st.lists(st.sampled_from(PIECES.split()), max_size=9)


@pytest.mark.requirement("mathematics.readings")
@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("0x1F + 1", "32"),
        ("0b101", "5"),
        ("0o17", "15"),
        ("0x + 3", "3"),
        ("half of 30", "15"),
        ("three quarters of 20", "15"),
        ("3 quarters of 20", "15"),
        ("a third of 9", "3"),
        ("two thirds of 9 + 1", "7"),
        ("20% of 50", "10"),
        ("20 percent of 50", "10"),
        ("50 plus 10%", "55"),
        ("50 - 10%", "45"),
        ("100 + 10% - 10%", "99"),
        ("5% + 10%", "3/20"),
        ("two plus twenty-five", "27"),
        ("two hundred + 5", "205"),
        ("What is 15% of 80?", "12"),
        ("how much is 7 * 6 =", "42"),
        ("3加5等于多少？", "8"),
    ],
)
def test_everyday_words_are_read(text: str, exact: str) -> None:
    assert Calculator().calculate(text).exact == exact


@pytest.mark.requirement("mathematics.units")
@pytest.mark.parametrize(
    ("text", "exact", "unit"),
    [
        ("100 km / 2 h", "50", "km/h"),
        ("100 km per 2 h in m/s", "125/9", "m/s"),
        ("5 kg * 2", "10", "kg"),
        ("3 m + 20 cm", "16/5", "m"),
        ("2 hours + 45 minutes", "11/4", "h"),
        ("5 ft 10 in + 3 in", "73/12", "ft"),
        ("1/2 mile + 1 mile", "3/2", "mi"),
        ("60 / 2 h", "30", "1/h"),
        ("60 mph * 2 h", "120", "mi"),
        ("90 km/h * 20 min", "30", "km"),
        ("9.8 m/s^2 * 2 s", "98/5", "m/s"),
        ("5 m^2 * 3 m", "15", "m^3"),
        ("sqrt(16 m^2)", "4", "m"),
        ("10 km / 2 km", "5", ""),
        ("max(3 km, 200 m)", "3", "km"),
        ("half of 3 kg", "3/2", "kg"),
        ("20% of 50 kg", "10", "kg"),
        ("50 kg + 10%", "55", "kg"),
        ("1 km = 1000 m", "true", ""),
        ("5 km > 4 mi", "false", ""),
        ("5 m", "5", "m"),
    ],
)
def test_a_unit_behind_a_number_makes_a_quantity(text: str, exact: str, unit: str) -> None:
    found = Calculator().calculate(text)
    assert (found.exact, found.unit) == (exact, unit)


@pytest.mark.requirement("mathematics.units", "mathematics.algebra")
@pytest.mark.parametrize(
    ("text", "exact", "unit"),
    [("sin(30 deg)", "1/2", ""), ("30 deg + 10 deg", "40", "°"), ("sqrt(2) * 3 m", "3*sqrt(2)", "m")],
)
def test_quantities_that_algebra_works_out(calculator: Calculator, text: str, exact: str, unit: str) -> None:
    found = calculator.calculate(text)
    assert (found.exact, found.unit) == (exact, unit)


@pytest.mark.requirement("mathematics.algebra")
@pytest.mark.parametrize(
    ("text", "exact"), [("2x + 3x", "5*x"), ("2a + 3a", "5*a"), ("2 mu + mu", "3*mu"), ("rate*2 + rate", "3*rate")]
)
def test_unknowns_stay_unknowns(calculator: Calculator, text: str, exact: str) -> None:
    assert calculator.calculate(text).exact == exact


@pytest.mark.requirement("mathematics.grammar", "mathematics.unit-errors")
@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("0b102", "bad_expression", "0b102"),
        ("0xZZ", "bad_expression", "0xZZ"),
        ("1000 + 5% interest", "bad_expression", "interest"),
        ("5 apples + 3", "bad_expression", "apples"),
        ("twice 7", "bad_expression", "twice"),
        ("most of 30", "bad_expression", "most"),
        ("5 kg + x", "bad_expression", "x"),
        ("5 kg + 3 m", "dimension_mismatch", "kg"),
        ("5 kg + 3", "dimension_mismatch", "kg"),
        ("5 km > 3 h", "dimension_mismatch", "km"),
        ("100 km / 2 h in kg", "dimension_mismatch", "kg"),
        ("2^(3 m)", "bad_expression", "unit"),
        ("ln(3 kg)", "bad_expression", "ln"),
        ("20 °C + 5 °C", "bad_expression", "temperature"),
    ],
)
def test_what_has_no_meaning_is_named(text: str, code: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        Calculator().calculate(text)
    assert caught.value.code == code
    assert named in caught.value.message


@pytest.mark.requirement("mathematics.grammar", "mathematics.unit-errors")
@given(st.one_of(WORDS.map(" ".join), WORDS.map("".join), st.text(max_size=40)))
def test_whatever_the_text_only_a_typed_error_is_raised(text: str) -> None:
    error = error_of(lambda: read(text))
    assert error is None or error.code in {
        "bad_expression", "too_large", "undefined", "unknown_unit", "dimension_mismatch",
    }  # fmt: skip
