"""Decimal text of rational numbers and of their roots."""

from __future__ import annotations

import math
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Final

__all__ = ["PI", "decimal_of", "is_decimal", "root_of", "square_parts"]

_PLAIN: Final = range(-7, 21)
"""Exponents of ten that are written out."""
PI: Final = Fraction(
    "3.1415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253421170679"
)
"""π to 100 decimal places, more than any answer shows."""


def decimal_of(value: Fraction, digits: int) -> str:
    """Return `value` rounded to `digits` significant digits, half to even, without idle zeros."""
    context = Context(prec=digits, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=MIN_EMIN)
    return _text(context.divide(Decimal(value.numerator), Decimal(value.denominator)))


def root_of(value: Fraction, digits: int) -> str:
    """Return the square root of `value`, which is not negative, rounded to `digits` significant digits."""
    scale = max(0, digits * 4 - value.numerator.bit_length() + value.denominator.bit_length() + 16)
    whole = math.isqrt((value.numerator << (2 * scale)) // value.denominator)
    return decimal_of(Fraction(whole, 1 << scale), digits)


def is_decimal(value: Fraction, digits: int) -> bool:
    """Say whether `value` has a decimal expansion of at most `digits` significant digits."""
    return Fraction(decimal_of(value, digits)) == value


def square_parts(number: int, *, most: int = 10_000) -> tuple[int, int]:
    """Return ``(a, b)`` with ``number = a² · b``, where `a` takes out the squares of all factors up to `most`."""
    outside, inside, factor = 1, number, 2
    while factor <= most and factor * factor <= inside:
        while inside % (factor * factor) == 0:
            inside //= factor * factor
            outside *= factor
        factor += 1
    return outside, inside


def _text(value: Decimal) -> str:
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    figures = "".join(map(str, digits)).rstrip("0") or "0"
    exponent += len(digits) - len(figures) if figures != "0" else -exponent
    point = len(figures) + exponent
    head = "-" if sign and figures != "0" else ""
    if figures == "0":
        return "0"
    if point - 1 not in _PLAIN:
        return f"{head}{figures[0]}{'.' + figures[1:] if figures[1:] else ''}e{point - 1}"
    if point <= 0:
        return f"{head}0.{'0' * -point}{figures}"
    if point >= len(figures):
        return head + figures + "0" * (point - len(figures))
    return f"{head}{figures[:point]}.{figures[point:]}"
