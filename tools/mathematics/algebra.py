"""Trees as sympy's objects and sympy's objects as results; only ever loaded in a child process.

Nothing here hands text to sympy: its own readers of text evaluate Python.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from importlib import import_module
from typing import Any, Final

from questline.types import AnswerWarning

from . import exact
from .algebra_functions import FUNCTIONS, S
from .functions import CONSTANTS
from .limits import MOST_DIGITS, bad_expression, too_large, undefined
from .result import Calculation, rational
from .tree import Call, Comparison, Name, Node, Number

__all__ = ["S", "as_fraction", "built", "calculation", "plain"]

_MOST_POWER: Final = 10_000
_RELATIONS: Final[dict[str, Any]] = {
    "=": S.Eq, "!=": S.Ne, "<": S.Lt, "<=": S.Le, ">": S.Gt, ">=": S.Ge,
}  # fmt: skip
_CONSTANTS: Final[dict[str, Any]] = {
    "pi": S.pi, "e": S.E, "tau": 2 * S.pi, "oo": S.oo, "I": S.I, "i": S.I,
}  # fmt: skip


def built(node: Node, symbols: dict[str, Any]) -> Any:
    """Return a tree as sympy's object.

    Args:
        node: The tree.
        symbols: Name → symbol, asked before the constants; an unknown name is added.
    """
    try:
        value = exact.evaluate(node)
    except exact.NotRationalError:
        pass
    else:
        return S.Rational(value.numerator, value.denominator)
    match node:
        case Number():
            return S.Rational(node.value.numerator, node.value.denominator)
        case Name():
            if node.name not in symbols:
                if node.name in CONSTANTS:
                    return _CONSTANTS[node.name]
                symbols[node.name] = S.Symbol(node.name)
            return symbols[node.name]
        case Comparison():
            return _RELATIONS[node.sign](built(node.left, symbols), built(node.right, symbols))
        case Call():
            return _applied(node, [built(each, symbols) for each in node.arguments])


def _applied(node: Call, arguments: list[Any]) -> Any:
    if node.function == "^" and arguments[1].is_Number and abs(arguments[1]) > _MOST_POWER:
        raise too_large(f"an exponent is above {_MOST_POWER}")
    if node.function == "-" and len(arguments) == 1:
        return -arguments[0]
    if node.function == "/" and arguments[1].is_zero:
        raise undefined("a division by zero has no result")
    try:
        value = FUNCTIONS[node.function](*arguments)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise bad_expression(f"{node.function} cannot be applied here: {error}", position=node.position) from error
    if value.has(S.nan, S.zoo):
        raise undefined(f"{node.function} has no value here")
    return value


def as_fraction(value: Any) -> Fraction | None:
    """Return a rational number as a fraction; None for anything else."""
    return Fraction(int(value.p), int(value.q)) if value.is_Rational else None


def plain(value: Any) -> str:
    """Return the text of an object, which `parse` reads again where it is a formula."""
    text = _printer().doprint(value)
    if len(text) > 4 * MOST_DIGITS:
        raise too_large(f"the result is longer than {4 * MOST_DIGITS} characters")
    return text


@cache
def _printer() -> Any:
    base: Any = import_module("sympy.printing.str").StrPrinter

    class Printer(base):
        """Writes powers, logarithms and e as `parse` reads them."""

        def _print_log(self, expr: Any) -> str:
            return f"ln({self._print(expr.args[0])})"

        def _print_Exp1(self, expr: Any) -> str:  # noqa: N802 because sympy finds it by this name
            del expr
            return "e"

        def _print_Abs(self, expr: Any) -> str:  # noqa: N802 because sympy finds it by this name
            return f"abs({self._print(expr.args[0])})"

        def _print_BooleanTrue(self, expr: Any) -> str:  # noqa: N802 because sympy finds it by this name
            del expr
            return "true"

        def _print_BooleanFalse(self, expr: Any) -> str:  # noqa: N802 because sympy finds it by this name
            del expr
            return "false"

        def _print_ceiling(self, expr: Any) -> str:
            return f"ceil({self._print(expr.args[0])})"

        def doprint(self, expr: Any) -> str:
            return base.doprint(self, expr).replace("**", "^")

    return Printer({"order": None})


def calculation(value: Any, *, digits: int, warnings: Iterable[AnswerWarning] = ()) -> Calculation:
    """Return an object of sympy as a result.

    Raises:
        UsageError: ``undefined`` where it is no value; ``too_large``.
    """
    if value.has(S.nan, S.zoo):
        raise undefined("the result is not defined")
    fraction = as_fraction(value) if hasattr(value, "is_Rational") else None
    if fraction is not None:
        return rational(exact.checked(fraction), digits=digits, warnings=tuple(warnings))
    kept = {warning.code: warning for warning in warnings}
    number = bool(getattr(value, "is_number", False))
    if number and value.has(S.Float, S.CRootOf):  # a root without a formula is told by its figures
        kept.setdefault("approximate", _warning("approximate", f"the result is rounded to {digits} digits"))
        value = value.n(digits)
        exact_form = _decimal(value, digits)
    else:
        exact_form = plain(value)
    return Calculation(
        exact=exact_form,
        decimal=_decimal(value, digits) if number and value.is_finite else None,
        digits=digits,
        latex=S.latex(value, ln_notation=True),
        warnings=tuple(kept.values()),
    )


def _warning(code: str, message: str) -> AnswerWarning:
    return AnswerWarning(code=code, message=message, step="calculate")


def _decimal(value: Any, digits: int) -> str:
    number = value.n(digits)
    real, imaginary = number.as_real_imag()
    if not imaginary:
        return _figures(real)
    sign = "-" if imaginary < 0 else "+"
    return f"{_figures(real)} {sign} {_figures(abs(imaginary))}*I" if real else f"{_figures(imaginary)}*I"


def _figures(value: Any) -> str:
    text = str(value)
    mantissa, mark, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + (mark + exponent.lstrip("+") if mark else "")
