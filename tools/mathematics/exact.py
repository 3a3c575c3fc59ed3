"""Arithmetic of rational numbers, exactly and without a library; sizes are checked before a number is made."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Final

from .limits import MOST_DIGITS, too_large, undefined
from .tree import Comparison, Name, Node, Number

__all__ = ["NotRationalError", "checked", "compare", "evaluate", "median", "root", "total"]

_BITS: Final = int(MOST_DIGITS * math.log2(10))


class NotRationalError(Exception):
    """The tree's value is no rational number, or only algebra can say."""


def evaluate(node: Node) -> Fraction:
    """Return the value of a tree.

    Raises:
        NotRationalError: It has a name, an irrational part, or is a comparison.
        UsageError: ``undefined`` for a division by zero and the like; ``too_large`` for a result beyond `MOST_DIGITS`.
    """
    if isinstance(node, Number):
        return node.value
    if isinstance(node, (Name, Comparison)):
        raise NotRationalError
    return checked(_FUNCTIONS.get(node.function, _not_here)(*[evaluate(each) for each in node.arguments]))


def checked(value: Fraction) -> Fraction:
    """Return `value`, or raise ``too_large``."""
    if max(abs(value.numerator).bit_length(), value.denominator.bit_length()) > _BITS:
        raise too_large(f"a number has more than {MOST_DIGITS} digits")
    return value


def compare(sign: str, left: Fraction, right: Fraction) -> bool:
    """Say whether a comparison holds."""
    return {
        "=": left == right, "!=": left != right, "<": left < right, "<=": left <= right, ">": left > right,
        ">=": left >= right,
    }[sign]  # fmt: skip


def root(value: Fraction, degree: int) -> Fraction:
    """Return the exact real root, or raise `NotRationalError`."""
    if degree < 1 or (value < 0 and degree % 2 == 0) or degree > _BITS:
        raise NotRationalError
    top, bottom = _whole_root(abs(value.numerator), degree), _whole_root(value.denominator, degree)
    return Fraction(-top if value < 0 else top, bottom)


def total(values: Iterable[Fraction]) -> Fraction:
    """Return the sum; ``too_large`` at the first addend that makes it so, before the next one is added."""
    found = Fraction(0)
    for value in values:
        found = checked(found + value)
    return found


def median(values: Sequence[Fraction]) -> Fraction:
    """Return the middle value, or half-way between the two middle ones."""
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _not_here(*_arguments: Fraction) -> Fraction:
    raise NotRationalError


def _whole_root(value: int, degree: int) -> int:
    guess = math.isqrt(value) if degree == 2 else _floor_root(value, degree)
    if guess**degree != value:
        raise NotRationalError
    return guess


def _floor_root(value: int, degree: int) -> int:
    """Return the whole part of a root by Newton's method, from just above it: few steps for the longest numbers."""
    if value < 2:
        return value
    whole, part = divmod(math.log2(value) / degree, 1)
    first = int(2.0 ** (part + 52) * (1 + 1e-9))
    guess = (first << int(whole) >> 52) + 1
    while (lower := ((degree - 1) * guess + value // guess ** (degree - 1)) // degree) < guess:
        guess = lower
    return guess


def _whole(value: Fraction, what: str) -> int:
    if value.denominator != 1:
        raise undefined(f"{what} is defined for whole numbers, not for {value}")
    return value.numerator


def _divide(left: Fraction, right: Fraction) -> Fraction:
    if not right:
        raise undefined("a division by zero has no result")
    return left / right


def _subtract(left: Fraction, right: Fraction | None = None) -> Fraction:
    return -left if right is None else left - right


def _remainder(left: Fraction, right: Fraction) -> Fraction:
    return left - right * _floor_divide(left, right)


def _floor_divide(left: Fraction, right: Fraction) -> Fraction:
    return Fraction(math.floor(_divide(left, right)))


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if not base and exponent < 0:
        raise undefined("zero to a negative power is a division by zero")
    if exponent.denominator != 1:
        if base < 0:
            raise NotRationalError
        base = root(base, exponent.denominator)
    size = max(abs(base.numerator).bit_length(), base.denominator.bit_length())
    if base not in (0, 1, -1) and (size - 1) * abs(exponent.numerator) > _BITS:
        raise too_large(f"a power would have more than {MOST_DIGITS} digits")
    if base in (0, 1, -1):
        return base ** (exponent.numerator % 2 if base == -1 else min(exponent.numerator, 1) if base == 0 else 1)
    return base**exponent.numerator


def _factorial(value: Fraction) -> Fraction:
    number = _whole(value, "the factorial")
    if number < 0:
        raise undefined(f"the factorial of {number} is not defined")
    if number > 1 and math.lgamma(min(number, 10**9)) / math.log(2) > _BITS:
        raise too_large(f"the factorial of {number} has more than {MOST_DIGITS} digits")
    return Fraction(math.factorial(number))


def _binomial(total: Fraction, chosen: Fraction) -> Fraction:
    many, few = _whole(total, "binomial"), _whole(chosen, "binomial")
    if many < 0:
        raise NotRationalError
    few = min(few, many - few)
    if few < 0:
        return Fraction(0)
    if few * math.log2(many + 1) > 4 * _BITS:
        raise too_large("a binomial coefficient is too large")
    return Fraction(math.comb(many, few))


def _permutations(total: Fraction, chosen: Fraction) -> Fraction:
    many, few = _whole(total, "permutations"), _whole(chosen, "permutations")
    if many < 0 or few < 0:
        raise undefined("permutations are defined for whole numbers from 0")
    if few <= many and few * math.log2(many + 1) > 4 * _BITS:
        raise too_large("the number of permutations is too large")
    return Fraction(math.perm(many, few))


def _round(value: Fraction, places: Fraction = Fraction(0)) -> Fraction:
    """Round half away from zero, as people do."""
    digits = _whole(places, "the number of places")
    if abs(digits) > MOST_DIGITS:
        raise too_large(f"at most {MOST_DIGITS} places can be rounded to")
    scale = Fraction(10) ** digits
    whole = math.floor(abs(value) * scale + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole) / scale


def _of_whole(function: Callable[..., int], name: str) -> Callable[..., Fraction]:
    return lambda *values: Fraction(function(*[_whole(value, name) for value in values]))


def _root_of(value: Fraction, degree: Fraction) -> Fraction:
    number = _whole(degree, "the degree of a root")
    if number < 1:
        raise undefined("the degree of a root is at least 1")
    return root(value, number)


def _lcm(*values: Fraction) -> Fraction:
    found = 1
    for value in values:
        found = checked(Fraction(math.lcm(found, _whole(value, "lcm")))).numerator
    return Fraction(found)


def _mean(*values: Fraction) -> Fraction:
    return total(values) / len(values)


def _at(point: int, result: int) -> Callable[[Fraction], Fraction]:
    """A function that is rational at one point only, as far as arithmetic can say."""

    def known(value: Fraction) -> Fraction:
        if value != point:
            raise NotRationalError
        return Fraction(result)

    return known


def _same(value: Fraction) -> Fraction:
    return value


def _hundredth(value: Fraction) -> Fraction:
    return value / 100


def _rooted(degree: int) -> Callable[[Fraction], Fraction]:
    def found(value: Fraction) -> Fraction:
        return root(value, degree)

    return found


def _sign(value: Fraction) -> Fraction:
    return Fraction((value > 0) - (value < 0))


def _floor(value: Fraction) -> Fraction:
    return Fraction(math.floor(value))


def _ceil(value: Fraction) -> Fraction:
    return Fraction(math.ceil(value))


def _sum(*values: Fraction) -> Fraction:
    return total(values)


def _least(*values: Fraction) -> Fraction:
    return min(values)


def _most(*values: Fraction) -> Fraction:
    return max(values)


def _middle(*values: Fraction) -> Fraction:
    return median(values)


_FUNCTIONS: Final[dict[str, Callable[..., Fraction]]] = {
    "+": operator.add,
    "-": _subtract,
    "*": operator.mul,
    "/": _divide,
    "//": _floor_divide,
    "mod": _remainder,
    "^": _power,
    "percent": _hundredth,
    "sqrt": _rooted(2),
    "cbrt": _rooted(3),
    "root": _root_of,
    "abs": abs,
    "sign": _sign,
    "floor": _floor,
    "ceil": _ceil,
    "round": _round,
    "factorial": _factorial,
    "gcd": _of_whole(math.gcd, "gcd"),
    "lcm": _lcm,
    "binomial": _binomial,
    "permutations": _permutations,
    "min": _least,
    "max": _most,
    "sum": _sum,
    "mean": _mean,
    "average": _mean,
    "median": _middle,
    "exp": _at(0, 1),
    "ln": _at(1, 0),
    "re": _same,
    "conj": _same,
}
