"""Whole numbers and finite fractions in other bases."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

from questline.errors import UsageError

from .limits import MOST_LITERAL, bad_expression, too_large

__all__ = ["from_base", "to_base"]

_FIGURES: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PREFIXES: Final = {2: "0b", 8: "0o", 16: "0x"}


def from_base(text: str, base: int) -> Fraction:
    """Return the value of figures in a base from 2 to 36, with a sign and a point where wanted.

    ``0b``, ``0o`` and ``0x`` may stand in front where they say the same; ``_`` and spaces divide.

    Raises:
        UsageError: ``bad_param`` for the base; ``bad_expression`` with the position of a wrong figure; ``too_large``.
    """
    _check(base)
    figures = text.strip().lower()
    negative = figures.startswith("-")
    figures = figures.removeprefix("-").removeprefix("+").removeprefix(_PREFIXES.get(base, "+"))
    if len(figures) > MOST_LITERAL:
        raise too_large(f"at most {MOST_LITERAL} figures are read")
    whole, _, behind = figures.replace("_", "").replace(" ", "").partition(".")
    if not whole + behind:
        raise bad_expression(f"{text!r} has no figures", position=0)
    value = 0
    for figure in whole + behind:
        worth = _FIGURES.find(figure)
        if not 0 <= worth < base:
            raise bad_expression(f"{figure!r} is no figure of base {base}", position=text.lower().find(figure))
        value = value * base + worth
    return Fraction(-value if negative else value, base ** len(behind))


def to_base(value: int | Fraction, base: int) -> str:
    """Return a number in a base from 2 to 36, in small letters and without a prefix.

    Raises:
        UsageError: ``bad_param`` for the base; ``undefined`` for a fraction that never ends; ``too_large``.
    """
    _check(base)
    value = Fraction(value)
    places, rest = 0, value.denominator
    while rest > 1:
        shared = math.gcd(rest, base)
        if shared == 1 or places > MOST_LITERAL:
            raise UsageError(f"{value} does not end in base {base}", code="undefined", base=base)
        rest //= shared
        places += 1
    scaled = abs(value) * base**places
    if scaled.numerator.bit_length() > MOST_LITERAL * 6:
        raise too_large("the number has too many figures")
    figures = _figures(scaled.numerator, base).rjust(places + 1, "0")
    whole, behind = figures[: len(figures) - places], figures[len(figures) - places :]
    return f"{'-' if value < 0 else ''}{whole}{'.' if behind else ''}{behind}"


def _figures(number: int, base: int) -> str:
    figures: list[str] = []
    while number:
        number, figure = divmod(number, base)
        figures.append(_FIGURES[figure])
    return "".join(reversed(figures)) or "0"


def _check(base: int) -> None:
    if type(base) is not int or not 2 <= base <= len(_FIGURES):
        raise UsageError(f"base={base!r} must be from 2 to 36", code="bad_param", argument="base")
