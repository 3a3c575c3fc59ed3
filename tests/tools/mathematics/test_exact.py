from __future__ import annotations

import math
import time
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.tools.mathematics import Calculator, statistics
from questline.tools.mathematics.decimals import decimal_of, root_of
from questline.tools.mathematics.exact import NotRationalError, evaluate, root
from questline.tools.mathematics.parser import parse

Pair = tuple[str, Fraction | None]
"""A formula and its value by Python's own fractions; None where it divides by zero."""


def joined(left: Pair, sign: str, right: Pair) -> Pair:
    text, (one, two) = f"({left[0]}) {sign} ({right[0]})", (left[1], right[1])
    if one is None or two is None or (sign == "/" and not two):
        return text, None
    return text, {"+": one + two, "-": one - two, "*": one * two}[sign] if sign != "/" else one / two


def leaf(number: Decimal | int) -> Pair:
    return f"{number:f}" if isinstance(number, Decimal) else str(number), Fraction(number)


LEAVES = st.one_of(st.integers(-999, 999), st.decimals(-99, 99, allow_nan=False, allow_infinity=False, places=3)).map(
    leaf
)
FORMULAS = st.recursive(LEAVES, lambda inner: st.builds(joined, inner, st.sampled_from("+-*/"), inner), max_leaves=12)


@pytest.mark.requirement("mathematics.exact")
@given(FORMULAS)
def test_random_formulas_agree_with_fractions(pair: Pair) -> None:
    text, value = pair
    if value is None:
        with pytest.raises(UsageError) as caught:
            evaluate(parse(text).tree)
        assert caught.value.code == "undefined"
    else:
        assert evaluate(parse(text).tree) == value


@pytest.mark.requirement("mathematics.exact")
@given(st.fractions(max_denominator=10**9), st.integers(1, 50))
def test_a_decimal_is_the_value_rounded(value: Fraction, digits: int) -> None:
    with localcontext(prec=digits):
        assert Decimal(decimal_of(value, digits)) == Decimal(value.numerator) / Decimal(value.denominator)


@pytest.mark.requirement("mathematics.exact")
@given(st.fractions(0, 10**9, max_denominator=10**6), st.integers(1, 50))
def test_a_root_is_rounded_to_its_digits(value: Fraction, digits: int) -> None:
    with localcontext(prec=digits + 10):
        expected = (Decimal(value.numerator) / Decimal(value.denominator)).sqrt()
    assert abs(Decimal(root_of(value, digits)) - expected) <= expected.scaleb(-digits + 1)


@pytest.mark.requirement("mathematics.exact", "mathematics.readings")
@pytest.mark.parametrize(
    ("text", "exact", "decimal"),
    [
        ("0.1 + 0.2", "3/10", "0.3"),
        ("1/3", "1/3", "0.333333333333333"),
        ("15% of 80", "12", "12"),
        ("15% off 80", "68", "68"),
        ("80的15%", "12", "12"),
        ("3加5乘2", "13", "13"),
        ("3万 + 5百", "30500", "30500"),
        ("2.5 million", "2500000", "2500000"),
        ("1,234,567 + 1", "1234568", "1234568"),
        ("gcd(12,100)", "4", "4"),
        ("lcm(4, 6)", "12", "12"),
        ("-2^2", "-4", "-4"),
        ("2^-1", "1/2", "0.5"),
        ("2^3^2", "512", "512"),
        ("8^(2/3)", "4", "4"),
        ("√16 + 3²", "13", "13"),
        ("(－３）×2", "-6", "-6"),
        ("5! / (2! * 3!)", "10", "10"),
        ("binomial(5, 2) + permutations(5, 2)", "30", "30"),
        ("17 mod 5", "2", "2"),
        ("-17 mod 5", "3", "3"),
        ("7 // 2", "3", "3"),
        ("round(2.5) + round(-2.5)", "0", "0"),
        ("round(2.345, 2)", "47/20", "2.35"),
        ("floor(-1/2) + ceil(1/2) + abs(-3) + sign(-9)", "2", "2"),
        ("mean(1, 2, 6) + median(1, 9, 2) + min(4, 2) + max(4, 2)", "11", "11"),
        ("2(3+4)(5)", "70", "70"),
        ("20 divided by 8", "5/2", "2.5"),
        ("1e-20", "1/100000000000000000000", "1e-20"),
        ("1/3 + 1/6 = 1/2", "true", None),
        ("2 ≥ 3", "false", None),
        ("cbrt(-8) + root(81, 4)", "1", "1"),
    ],
)
def test_arithmetic(text: str, exact: str, decimal: str | None) -> None:
    calculator = Calculator()
    found = calculator.calculate(text)  # starts no process
    assert (found.exact, found.decimal) == (exact, decimal)


@pytest.mark.requirement("mathematics.exact")
@pytest.mark.parametrize(
    "text", ["1/0", "0^-1", "5 mod 0", "(-1)!", "(1/2)!", "1 // 0", "gcd(1/2, 2)", "permutations(-1, 2)", "root(8, 0)"]
)
def test_what_has_no_value_is_undefined(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Calculator().calculate(text)
    assert caught.value.code == "undefined"


def test_digits_are_stated_and_checked() -> None:
    found = Calculator(digits=5).calculate("2/3")
    assert (found.decimal, found.digits, found.decimal_is_exact) == ("0.66667", 5, False)
    assert Calculator().calculate("1/8").decimal_is_exact
    for wrong in (0, 51, True):
        with pytest.raises(UsageError):
            Calculator().calculate("1", digits=wrong)
    with pytest.raises(UsageError):
        Calculator(seconds=0)


@pytest.mark.requirement("mathematics.statistics")
def test_statistics_name_sample_and_population() -> None:
    found = statistics(["2", "4", "4", "4", 5, 5, Fraction(7), "9"])
    assert found.population_variance.exact == "4"
    assert found.population_deviation.exact == "2"
    assert found.sample_variance is not None
    assert found.sample_deviation is not None
    assert found.sample_variance.exact == "32/7"
    assert (found.sample_deviation.exact, found.sample_deviation.decimal) == ("4*sqrt(14)/7", "2.1380899352994")
    assert (found.mean.exact, found.median.exact, found.total.exact) == ("5", "9/2", "40")
    assert [mode.exact for mode in found.modes] == ["4"]


@pytest.mark.requirement("mathematics.statistics")
def test_one_number_has_no_sample_variance() -> None:
    found = statistics(["1/3"])
    assert (found.sample_variance, found.sample_deviation, found.modes) == (None, None, ())


@pytest.mark.requirement("mathematics.statistics")
@pytest.mark.parametrize("values", [[], ["x"], ["sqrt(2)"], [1.5], ["1/0"], [None]])
def test_what_is_no_list_of_rational_numbers_is_refused(values: list[str]) -> None:
    with pytest.raises(UsageError):
        statistics(values)


PRIMES = [number for number in range(2, 900) if all(number % factor for factor in range(2, number))]


def powers(pattern: str, *, most: int = 2000) -> str:
    """Write numbers of almost the most digits that share no factor, as many as a formula may hold."""
    parts: list[str] = []
    for prime in PRIMES:
        parts.append(pattern.format(prime=prime, power=int(13_280 / math.log2(prime))))
        if len(",".join(parts)) > most - 20:
            break
    return ",".join(parts)


@pytest.mark.requirement("mathematics.exact", "mathematics.time-limit")
@pytest.mark.parametrize(
    "text",
    [
        f"sum({powers('1/{prime}^{power}')})",
        f"mean({powers('1/{prime}^{power}')})",
        f"lcm({powers('{prime}^{power}')})",
        "+".join(["cbrt(8^4400)"] * 150) + "+2^13300",
    ],
    ids=["sum", "mean", "lcm", "cbrt"],
)
def test_arithmetic_in_the_callers_process_stops_at_the_first_number_too_large(text: str) -> None:
    """Processor time of this process, ten times what it takes here and a tenth of what summing up all took."""
    before = time.process_time()
    with pytest.raises(UsageError) as caught:
        Calculator(seconds=1).calculate(text)
    assert caught.value.code == "too_large"
    assert time.process_time() - before < 2


@pytest.mark.requirement("mathematics.statistics", "mathematics.time-limit")
def test_statistics_stop_at_the_first_sum_too_large() -> None:
    before = time.process_time()
    with pytest.raises(UsageError) as caught:
        statistics([Fraction(1, prime ** int(13_280 / math.log2(prime))) for prime in PRIMES])
    assert caught.value.code == "too_large"
    with pytest.raises(UsageError) as caught:
        statistics([Fraction(2**13_000 + 1, 3)] * 2_000)
    assert caught.value.code == "too_large"
    assert time.process_time() - before < 2


@pytest.mark.requirement("mathematics.exact")
@given(st.integers(0, 10**400), st.integers(2, 40))
def test_a_whole_root_is_exact(base: int, degree: int) -> None:
    if base**degree < 10**3900:
        assert root(Fraction(base**degree), degree) == base
        if base > 1:
            with pytest.raises(NotRationalError):
                root(Fraction(base**degree + 1), degree)
