from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tools.mathematics.conftest import error_of

from questline.errors import UsageError
from questline.tools.mathematics import from_base, to_base

pytestmark = pytest.mark.requirement("mathematics.integers")


@given(st.integers(-(10**60), 10**60), st.integers(0, 40), st.integers(2, 36))
def test_there_and_back_is_the_same_number(number: int, places: int, base: int) -> None:
    value = Fraction(number, base**places)
    assert from_base(to_base(value, base), base) == value


@pytest.mark.parametrize(("text", "base", "value"), [("0xff", 16, "255"), ("-1010.1", 2, "-21/2"), ("ZZ", 36, "1295")])
def test_figures(text: str, base: int, value: str) -> None:
    assert from_base(text, base) == Fraction(value)


@given(st.text(max_size=20), st.integers(-3, 40))
def test_whatever_the_figures_only_a_typed_error_is_raised(text: str, base: int) -> None:
    error = error_of(lambda: from_base(text, base))
    assert error is None or error.code in {"bad_expression", "bad_param", "too_large"}


def test_a_third_never_ends_in_base_ten() -> None:
    with pytest.raises(UsageError) as caught:
        to_base(Fraction(1, 3), 10)
    assert caught.value.code == "undefined"
    assert to_base(Fraction(1, 3), 12) == "0.4"
