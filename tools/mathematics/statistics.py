"""Exact statistics of a list of numbers; sample and population are named apart, never chosen silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from questline.errors import UsageError

from . import exact
from .decimals import root_of, square_parts
from .limits import check_places, too_large
from .parser import parse
from .result import DIGITS, Calculation, rational

__all__ = ["Statistics", "statistics"]

_MOST: Final = 100_000
_MOST_BITS: Final = 20_000_000
"""Of all values together: 200 for each of the most values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What a list of numbers looks like; all exact."""

    count: int
    total: Calculation
    mean: Calculation
    median: Calculation
    modes: tuple[Calculation, ...]
    """The most frequent values, smallest first; empty where every value occurs once."""
    minimum: Calculation
    maximum: Calculation
    population_variance: Calculation
    """Mean squared distance from the mean: the list is all there is."""
    sample_variance: Calculation | None
    """Divided by one less than the count: the list is a sample. None for one number."""
    population_deviation: Calculation
    """Square root of the population's variance."""
    sample_deviation: Calculation | None
    """Square root of the sample's variance."""


def statistics(values: Sequence[str | int | Fraction], *, digits: int = DIGITS) -> Statistics:
    """Return the statistics of numbers, each a whole number, a fraction or a formula such as ``2.5`` or ``1/3``.

    Raises:
        UsageError: ``bad_param`` for an empty list; ``bad_expression`` for what is no rational number; ``too_large``.
    """
    check_places(digits)
    if not 1 <= len(values) <= _MOST:
        raise UsageError(f"give 1 to {_MOST} numbers, not {len(values)}", code="bad_param", argument="values")
    numbers = [_number(value, index) for index, value in enumerate(values)]
    if sum(number.numerator.bit_length() + number.denominator.bit_length() for number in numbers) > _MOST_BITS:
        raise too_large(f"the values have more than {_MOST_BITS // 10 * 3} digits together")
    total = exact.total(numbers)
    mean = total / len(numbers)
    squares = exact.total(exact.checked((number - mean) ** 2) for number in numbers)
    variance, sample = squares / len(numbers), squares / (len(numbers) - 1) if len(numbers) > 1 else None
    counted = Counter(numbers)
    often = max(counted.values())

    def told(value: Fraction) -> Calculation:
        return rational(exact.checked(value), digits=digits)

    return Statistics(
        count=len(numbers),
        total=told(total),
        mean=told(mean),
        median=told(exact.median(numbers)),
        modes=tuple(told(value) for value in sorted(counted) if counted[value] == often) if often > 1 else (),
        minimum=told(min(numbers)),
        maximum=told(max(numbers)),
        population_variance=told(variance),
        sample_variance=None if sample is None else told(sample),
        population_deviation=_root(variance, digits),
        sample_deviation=None if sample is None else _root(sample, digits),
    )


def _number(value: str | int | Fraction, index: int) -> Fraction:
    if isinstance(value, str):
        try:
            return exact.evaluate(parse(value).tree)
        except exact.NotRationalError:
            pass
    elif type(value) in (int, Fraction):
        return exact.checked(Fraction(value))
    raise UsageError(
        f"values[{index}] is {value!r}, no rational number (write decimals as text, they stay exact)",
        code="bad_expression",
        position=index,
    )


def _root(value: Fraction, digits: int) -> Calculation:
    """Return the square root of a variance, as ``a*sqrt(b)/c`` where it is irrational."""
    try:
        return rational(exact.root(value, 2), digits=digits)
    except exact.NotRationalError:
        pass
    inside_all = value.numerator * value.denominator
    if inside_all.bit_length() > 4 * 3300:
        raise too_large("the deviation has too many digits")
    outside, inside = square_parts(inside_all)
    factor = Fraction(outside, value.denominator)
    front = "" if factor.numerator == 1 else f"{factor.numerator}*"
    below = "" if factor.denominator == 1 else f"/{factor.denominator}"
    top = f"{factor.numerator if front else ''}\\sqrt{{{inside}}}"
    return Calculation(
        exact=f"{front}sqrt({inside}){below}",
        decimal=root_of(value, digits),
        digits=digits,
        latex=f"\\frac{{{top}}}{{{factor.denominator}}}" if below else top,
    )
