"""The value of a formula to fifty digits, at a point of its unknowns; sizes are checked before a number is made."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Final, Literal, TypeAlias

from questline.errors import UsageError
from questline.tools.mathematics import exact
from questline.tools.mathematics.functions import CONSTANTS
from questline.tools.mathematics.tree import Call, Comparison, Name, Node, Number, names_of

__all__ = ["Sameness", "TooLargeError", "close", "points", "rational", "unknowns", "value_at", "zero_everywhere"]

Sameness: TypeAlias = Literal["same", "different", "unknown"]
_DIGITS: Final = 50
_AGREE: Final = 35
"""Digits that two values must share to be the same number."""
_MOST_POWER: Final = 100_000
_MOST_SIZE: Final = 1_000_000
"""Bits of a number's exponent."""
_POINTS: Final = 5


class TooLargeError(Exception):
    """A number would be too large."""


class _NoValueError(ArithmeticError):
    """There is no value at this point."""


def unknowns(*nodes: Node) -> frozenset[str]:
    """Return the names that stand for no constant."""
    return frozenset(name for node in nodes for name in names_of(node)) - CONSTANTS


def value_at(node: Node, point: Mapping[str, Any]) -> Any:
    """Return a complex number of 50 digits.

    Raises:
        TooLargeError: A power or factorial is beyond the limits.
        ArithmeticError: There is no value here.
    """
    match node:
        case Number():
            return _mp().mpf(node.value.numerator) / node.value.denominator
        case Name():
            return point[node.name] if node.name in point else _constant(node.name)
        case Comparison():
            raise _NoValueError
        case Call():
            return _applied(node.function, [value_at(each, point) for each in node.arguments])


def close(one: Any, other: Any, *, digits: int = _AGREE) -> bool:
    """Say whether two numbers share their leading digits."""
    size = max(abs(one), abs(other), _mp().mpf(10) ** -5)
    return bool(abs(one - other) <= size * _mp().mpf(10) ** -digits)


def zero_everywhere(
    node: Node, other: Node, *, compare: Callable[[Sequence[Any], Sequence[Any]], bool] | None = None
) -> Sameness:
    """Say whether two formulas have the same values, at points drawn from the positive and then all real numbers.

    Args:
        node: One formula.
        other: The other formula.
        compare: What to ask of the two lists of values instead of equality.
    """
    names = sorted(unknowns(node, other))
    same = compare or _all_close
    for signed in (False, True):
        pairs = _pairs(node, other, names, signed=signed)
        if len(pairs) < (2 if names else 1):
            return "unknown"
        if not same([left for left, _ in pairs], [right for _, right in pairs]):
            return "unknown" if signed else "different"
        if not names:
            return "same"
    return "same"


def points(node: Node, other: Node, *, count: int) -> list[tuple[Any, Any]]:
    """Return the values of two formulas at points drawn from all real numbers; fewer where there are none."""
    return _pairs(node, other, sorted(unknowns(node, other)), signed=True, count=count)


def _pairs(
    node: Node, other: Node, names: Sequence[str], *, signed: bool, count: int = _POINTS
) -> list[tuple[Any, Any]]:
    draw = random.Random(len(names) + signed)  # noqa: S311 because points to compare at are no secret
    found: list[tuple[Any, Any]] = []
    for _ in range(4 * count if names else 1):
        point = {
            name: _mp().mpf(draw.randrange(300, 3000)) / 997 * (draw.choice((-1, 1)) if signed else 1) for name in names
        }
        try:
            found.append((value_at(node, point), value_at(other, point)))
        except (ArithmeticError, ValueError, TypeError, _NoValueError):
            continue
        if len(found) == count:
            break
    return found


def _applied(function: str, values: list[Any]) -> Any:
    mp = _mp()
    if function == "^":
        base, exponent = values
        if abs(exponent) > _MOST_POWER or (base and abs(mp.log(abs(base), 2) * exponent.real) > _MOST_SIZE):
            raise TooLargeError
        return base**exponent
    if function == "factorial" and abs(values[0]) > 10_000:
        raise TooLargeError
    if function == "/" and not values[1]:
        raise _NoValueError
    if function == "-" and len(values) == 1:
        return -values[0]
    work = _functions().get(function)
    if work is None:
        raise _NoValueError
    return work(*values)


def _constant(name: str) -> Any:
    mp = _mp()
    if name not in CONSTANTS or name == "oo":
        raise _NoValueError
    return {"pi": mp.pi, "e": mp.e, "tau": 2 * mp.pi}.get(name, mp.mpc(0, 1)) * 1


@cache
def _mp() -> Any:
    mp = import_module("mpmath").MPContext()
    mp.dps = _DIGITS
    return mp


def _all_close(left: Sequence[Any], right: Sequence[Any]) -> bool:
    return all(close(a, b) for a, b in zip(left, right, strict=True))


def _over(one: Any, other: Any) -> Any:
    return one / other


def _percent(value: Any) -> Any:
    return value / 100


def _root(value: Any, degree: Any) -> Any:
    """Return the real root of a negative number where the degree is odd."""
    mp, whole = _mp(), int(degree)
    return -mp.root(-value, whole) if not mp.im(value) and value < 0 and whole % 2 else mp.root(value, whole)


def _tenfold(value: Any) -> Any:
    return _mp().log(value, 10)


def _twofold(value: Any) -> Any:
    return _mp().log(value, 2)


def _permutations(total: Any, chosen: Any) -> Any:
    return _mp().factorial(total) / _mp().factorial(total - chosen)


@cache
def _functions() -> Mapping[str, Callable[..., Any]]:
    mp = _mp()
    same = "sqrt cbrt exp sin cos tan cot sec csc asin acos atan sinh cosh tanh asinh acosh atanh floor factorial re im"
    found: dict[str, Callable[..., Any]] = {name: getattr(mp, name) for name in same.split()}
    found |= {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": _over, "abs": abs}
    found |= {"ln": mp.log, "log": mp.log, "lg": _tenfold, "log10": _tenfold, "log2": _twofold, "ceil": mp.ceil}
    found |= {"percent": _percent, "root": _root, "arcsin": mp.asin, "arccos": mp.acos, "arctan": mp.atan}
    return found | {"conj": mp.conj, "binomial": mp.binomial, "permutations": _permutations}


def rational(node: Node) -> Any:
    """Return the exact value of a formula, or None where it is no rational number.

    Raises:
        TooLargeError: It is beyond the limits.
    """
    try:
        return exact.evaluate(node)
    except exact.NotRationalError:
        return None
    except UsageError as error:
        if error.code == "too_large":
            raise TooLargeError from error
        return None
