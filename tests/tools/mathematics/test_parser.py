from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.tools.mathematics.conftest import error_of

from questline.errors import UsageError
from questline.tools.mathematics.exact import evaluate
from questline.tools.mathematics.parser import parse

ALPHABET = st.text(
    st.sampled_from(list("0123456789.,+-*/^()%!°√²⁻x e π=<>ofsincogd的万加·，（）_\n\"'\\[]{}:;@#$")), max_size=60
)


@pytest.mark.requirement("mathematics.grammar")
@given(st.one_of(st.text(max_size=80), ALPHABET))
@example("(" * 1999)
@example("-" * 1999)
@example("√" * 1999)
@example("2^" * 999 + "2")
@example("1+" * 999 + "1")
@example("3" + "!" * 1500)
@example("1" + "万" * 1500)
@example("⁻")
@example("x⁻")
@example("1e")
@example("1e99999999")
@example(".")
@example("1.2.3")
def test_whatever_the_text_only_a_typed_error_is_raised(text: str) -> None:
    error = error_of(lambda: evaluate(parse(text).tree))
    assert error is None or error.code in {"bad_expression", "too_large", "undefined"}
    if error is not None and error.code == "bad_expression":
        assert 0 <= int(str(error.fields["position"])) <= len(text)


@pytest.mark.requirement("mathematics.grammar")
@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('id')",
        "().__class__.__bases__",
        "open('/etc/passwd')",
        "exec(1)",
        "eval(1)",
        "lambda: 0",
        "x.__class__",
        "[x for x in x]",
        "f'{1}'",
        "1;2",
        "print(1)",
        "sympify(1)",
        "S(1)(2).func",
    ],
)
def test_code_is_no_formula(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.code == "bad_expression"


@pytest.mark.requirement("mathematics.grammar")
@pytest.mark.parametrize(
    "text",
    ["9^9^9", "10^5000", "2^(10^18)", "factorial(10^9)", "1e1001", "9" * 1001, "1+" * 1001, "binomial(10^9, 10^8)"],
)
def test_what_is_too_large_is_refused_before_it_is_worked_out(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        evaluate(parse(text).tree)
    assert caught.value.code == "too_large"


@pytest.mark.requirement("mathematics.grammar")
def test_an_error_points_at_the_text_as_given() -> None:
    with pytest.raises(UsageError) as caught:
        parse("（1＋2）× ？")
    assert caught.value.fields["position"] == 7


@pytest.mark.requirement("mathematics.readings")
@pytest.mark.parametrize(("text", "code"), [("17 % 5", "2"), ("80 + 15%", "92"), ("log(1)", "0")])
def test_a_reading_that_was_chosen_is_said(text: str, code: str) -> None:
    formula = parse(text)
    assert [warning.code for warning in formula.warnings] == ["read_as"]
    if "log" not in text:
        assert str(evaluate(formula.tree)) == code
