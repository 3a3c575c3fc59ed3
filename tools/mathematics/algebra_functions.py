"""The functions of a formula as sympy's; only ever loaded in a child process."""

from __future__ import annotations

import operator
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

__all__ = ["FUNCTIONS", "S"]

S: Final[Any] = import_module("sympy")
"""sympy; untyped, because it has no complete types."""
_SAME: Final = (
    "exp sign factorial sin cos tan cot sec csc asin acos atan sinh cosh tanh asinh acosh atanh re im"
    " binomial atan2 sqrt"
)


def _cube_root(value: Any) -> Any:
    return S.real_root(value, 3) if value.is_real else S.cbrt(value)


def _root(value: Any, degree: Any) -> Any:
    return S.real_root(value, degree) if value.is_real else S.root(value, degree)


def _gcd(*values: Any) -> Any:
    return S.gcd_list(list(values))


def _lcm(*values: Any) -> Any:
    return S.lcm_list(list(values))


def _mean(*values: Any) -> Any:
    return S.Add(*values) / len(values)


def _median(*values: Any) -> Any:
    if not all(value.is_comparable for value in values):
        raise TypeError("a median needs numbers")
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _round(value: Any, places: Any = 0) -> Any:
    """Round half away from zero, as `exact` does."""
    scale = S.Integer(10) ** places
    return S.sign(value) * S.floor(S.Abs(value) * scale + S.Rational(1, 2)) / scale


_OF_ONE: Final[dict[str, Callable[[Any], Any]]] = {
    "percent": lambda value: value / 100,
    "lg": lambda value: S.log(value, 10),
    "log10": lambda value: S.log(value, 10),
    "log2": lambda value: S.log(value, 2),
}
_OF_TWO: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda left, right: left / right,
    "//": lambda left, right: S.floor(left / right),
    "root": _root,
}
FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    **{name: getattr(S, name) for name in _SAME.split()},
    **_OF_ONE,
    **_OF_TWO,
    "^": S.Pow,
    "mod": S.Mod,
    "cbrt": _cube_root,
    "ln": S.log,
    "log": S.log,
    "abs": S.Abs,
    "floor": S.floor,
    "ceil": S.ceiling,
    "arcsin": S.asin,
    "arccos": S.acos,
    "arctan": S.atan,
    "conj": S.conjugate,
    "gcd": _gcd,
    "lcm": _lcm,
    "min": S.Min,
    "max": S.Max,
    "sum": S.Add,
    "mean": _mean,
    "average": _mean,
    "median": _median,
    "round": _round,
    "permutations": S.ff,
}
"""Name → function; the names are those of `functions.ARITY` and the operators."""
