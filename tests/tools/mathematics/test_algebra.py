from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questline.errors import RunError, UsageError
from questline.tools.mathematics import Calculation, Calculator

pytestmark = pytest.mark.slow


@pytest.mark.requirement("mathematics.algebra")
@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("sqrt(8)", "2*sqrt(2)"),
        ("sqrt(2) * sqrt(8)", "4"),
        ("1/(1+sqrt(2))", "-1 + sqrt(2)"),
        ("sin(pi/6)", "1/2"),
        ("cos(60°)", "1/2"),
        ("ln(e^2)", "2"),
        ("lg(1000) + log(8, 2)", "6"),
        ("e^(i*pi)", "-1"),
        ("sqrt(-4)", "2*I"),
        ("x^2 + 2x + x", "x^2 + 3*x"),
        ("gcd(x^2-1, x-1)", "x - 1"),
        ("sqrt(2) < 1.5", "true"),
        ("max(1, pi)", "pi"),
        ("median(1, pi, 4)", "pi"),
        ("round(pi, 2)", "157/50"),
        ("cbrt(-2)", "-2^(1/3)"),
    ],
)
def test_values_stay_exact(calculator: Calculator, text: str, exact: str) -> None:
    assert calculator.calculate(text).exact == exact


@pytest.mark.requirement("mathematics.algebra")
def test_the_result_says_its_digits_and_its_latex(calculator: Calculator) -> None:
    assert calculator.calculate("sqrt(2)/2", digits=20) == Calculation(
        exact="sqrt(2)/2", decimal="0.7071067811865475244", digits=20, latex="\\frac{\\sqrt{2}}{2}"
    )


@pytest.mark.requirement("mathematics.algebra")
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["sqrt(12)", "ln(2)/3", "pi^2", "x^2/3", "sin(1)", "abs(x)", "2^(1/3)"]), st.integers(1, 9))
def test_an_exact_form_can_be_read_again(calculator: Calculator, text: str, factor: int) -> None:
    found = calculator.calculate(f"{factor} * {text} / 7").exact
    assert calculator.calculate(found).exact == found


@pytest.mark.requirement("mathematics.algebra")
def test_calculus(calculator: Calculator) -> None:
    assert calculator.differentiate("x^3", "x", order=2).exact == "6*x"
    assert calculator.integrate("x^2", "x").exact == "x^3/3"
    assert calculator.integrate("e^(-x^2)", "x", "-oo", "oo").exact == "sqrt(pi)"
    assert calculator.limit("sin(x)/x", "x", "0").exact == "1"
    assert calculator.limit("1/x", "x", "0", side="+").exact == "oo"
    assert calculator.limit("(1+1/n)^n", "n", "oo").exact == "e"
    assert calculator.simplify("sin(x)^2 + cos(x)^2").exact == "1"
    assert calculator.factor("x^4 - 1").exact == "(x - 1)*(x + 1)*(x^2 + 1)"
    assert calculator.expand("(x+1)^3").exact == "x^3 + 3*x^2 + 3*x + 1"
    numeric = calculator.integrate("x^x", "x", "0", "1")
    assert [warning.code for warning in numeric.warnings] == ["approximate"]
    assert numeric.exact.startswith("0.78343051")


@pytest.mark.requirement("mathematics.algebra")
def test_what_has_no_value_or_no_formula_says_so(calculator: Calculator) -> None:
    for text in ("tan(pi/2)", "ln(0)", "oo - oo"):
        with pytest.raises(UsageError) as caught:
            calculator.calculate(text)
        assert caught.value.code == "undefined"
    for call in (lambda: calculator.limit("1/x", "x", "0"), lambda: calculator.limit("sin(1/x)", "x", "0")):
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.code == "undefined"
    with pytest.raises(RunError) as failed:
        calculator.integrate("x^x", "x")
    assert failed.value.code == "unsolved"
    for wrong in (
        lambda: calculator.differentiate("x", "2"),
        lambda: calculator.differentiate("x", "pi"),
        lambda: calculator.integrate("x", "x", "0"),
        lambda: calculator.differentiate("x", "x", order=99),
        lambda: calculator.solve("x", []),
        lambda: calculator.differentiate("x = 1", "x"),
    ):
        with pytest.raises(UsageError):
            wrong()


@pytest.mark.requirement("mathematics.solve")
@pytest.mark.parametrize(
    ("equations", "names", "found"),
    [
        ("x^2 = 2", "x", [["-sqrt(2)"], ["sqrt(2)"]]),
        ("x^2 + 1", "x", []),
        ("x^3 = 8", "x", [["2"]]),
        ("2^x = 8", "x", [["3"]]),
        ("abs(x-1) = 2", "x", [["-1"], ["3"]]),
        (["x + y = 3", "x - y = 1"], ["x", "y"], [["2", "1"]]),
        (["x + y = 1", "x + y = 2"], ["x", "y"], []),
        (["x^2 + y^2 = 25", "x + y = 7"], ["x", "y"], [["3", "4"], ["4", "3"]]),
        ("e - 1 = 0", "e", [["1"]]),
    ],
)
def test_equations(calculator: Calculator, equations: str, names: str, found: list[list[str]]) -> None:
    solutions = calculator.solve(equations, names)
    assert [[row[name].exact for name in solutions.names] for row in solutions.solutions] == found
    assert solutions.complete


@pytest.mark.requirement("mathematics.solve")
def test_what_is_no_plain_list_of_solutions_says_what_it_is(calculator: Calculator) -> None:
    assert [row["x"].exact for row in calculator.solve("x^2+1", "x", domain="complex").solutions] == ["-I", "I"]
    assert calculator.solve("x^2 < 4", "x").condition == "(-2 < x) & (x < 2)"
    assert calculator.solve("x = x", "x").condition == "true"
    periodic = calculator.solve("sin(x) = 1/2", "x")
    assert [warning.code for warning in periodic.warnings] == ["any_whole_number"]
    numeric = calculator.solve("cos(x) = x", "x")
    assert not numeric.complete
    assert {warning.code for warning in numeric.warnings} == {"approximate", "maybe_incomplete"}
    assert numeric.solutions[0]["x"].decimal == "0.739085133215161"
    quintic = calculator.solve("x^5 - x + 1 = 0", "x")
    assert quintic.complete
    assert quintic.solutions[0]["x"].warnings[0].code == "approximate"
    with pytest.raises(RunError) as caught:
        calculator.solve("x + e^x + cos(x^2) + 200 = 0", "x")
    assert caught.value.code == "unsolved"


@pytest.mark.requirement("mathematics.integers")
def test_primes(calculator: Calculator) -> None:
    assert calculator.factorise(360) == {2: 3, 3: 2, 5: 1}
    assert calculator.is_prime(2**127 - 1)
    assert not calculator.is_prime(561)
    assert calculator.primes(10, 30) == [11, 13, 17, 19, 23, 29]
    for wrong in (
        lambda: calculator.factorise(0),
        lambda: calculator.primes(0, 10**7),
        lambda: calculator.factorise(10**1001),
    ):
        with pytest.raises(UsageError):
            wrong()


@pytest.mark.requirement("mathematics.time-limit")
def test_work_that_runs_away_is_killed_and_the_next_call_works() -> None:
    with Calculator(seconds=0.5) as calculator:
        with pytest.raises(RunError) as caught:
            calculator.factorise((2**127 - 1) * (2**521 - 1))
        assert (caught.value.code, caught.value.retryable) == ("time_limit", False)
        assert calculator.calculate("1/2").exact == "1/2"


@pytest.mark.requirement("mathematics.light")
def test_the_caller_never_loads_sympy() -> None:
    code = (
        "import sys; from questline.tools.mathematics import Calculator\n"
        "with Calculator(seconds=60) as c: print(c.calculate('sqrt(8)').exact, c.convert('1 km', 'm').exact)\n"
        "print('sympy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["2*sqrt(2)", "1000", "False"]
