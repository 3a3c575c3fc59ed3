"""Formulas of quantities: ``3 m + 20 cm`` is 3.2 m, ``100 km / 2 h`` is 50 km/h.

A unit belongs to the number before it. Each unit becomes its size in base units, so that what is left is a formula of
numbers; beside it the dimensions are worked out, and what cannot be added up or compared is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from questline.errors import UsageError
from questline.types import AnswerWarning

from . import exact
from .asking import plain_question
from .limits import bad_expression
from .parser import Formula, parse
from .tree import Call, Comparison, Name, Node, Number
from .unit_reader import product, read_unit
from .unit_table import Unit, dimension_name, find
from .units import asked_conversion
from .wording import quantity_words

__all__ = ["read"]

_SAME: Final = frozenset({"abs", "min", "max", "sum", "mean", "average", "median", "mod"})
_ANGLES: Final = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})
_SPLIT: Final = {"mph": (("mi", 1), ("h", -1)), "kn": (("nmi", 1), ("h", -1)), "km/h": (("km", 1), ("h", -1))}
"""Speeds as a distance for a time, so that ``60 mph * 2 h`` is in miles."""
_Factors = tuple[tuple[Unit, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """A formula of numbers, in base units, and the units that its value is told in."""

    tree: Node
    factors: _Factors = ()


def read(text: str) -> Formula:
    """Read a formula, a question for its value, or a formula of quantities, perhaps with the unit that is asked for.

    Raises:
        UsageError: ``bad_expression`` with the position, naming the word that is no unit; ``too_large``;
            ``dimension_mismatch``; ``unknown_unit``.
    """
    plain = plain_question(text)
    asked = asked_conversion(plain)
    plain, unit = asked or (plain, "")
    if not quantity_words(plain):
        formula = parse(plain)
        if unit:
            raise bad_expression(f"{plain.strip()!r} is no number with a unit", position=0)
        return replace(formula, text=text)
    formula = parse(plain, units=True)
    if isinstance(formula.tree, Comparison):
        left, right = _weighed(formula.tree.left), _weighed(formula.tree.right)
        _alike(left.factors, right.factors, "compared")
        return replace(formula, text=text, tree=replace(formula.tree, left=left.tree, right=right.tree))
    weighed = _weighed(formula.tree)
    target = read_unit(unit) if unit else _unit(weighed.factors)
    if target is None:
        return replace(formula, text=text, tree=weighed.tree)
    if unit:
        _alike(weighed.factors, ((target, 1),), "converted")
    tree = _call("/", weighed.tree, _size(target))
    said = [
        AnswerWarning(code="read_as", message=f"taken as {each}", step="calculate")
        for each in dict.fromkeys((*target.assumed, *(each for one, _ in weighed.factors for each in one.assumed)))
    ]
    return replace(formula, text=text, tree=tree, unit=target.symbol, warnings=(*formula.warnings, *said))


def _weighed(node: Node) -> _Weighed:
    match node:
        case Number() | Comparison():
            return _Weighed(tree=node)
        case Name():
            return _of_unit(node) if node.unit else _Weighed(tree=node)
        case Call():
            return _called(node, [_weighed(each) for each in node.arguments])


def _of_unit(node: Name) -> _Weighed:
    unit = find(node.name)
    if unit.offset:
        raise UsageError(f"{unit.symbol} is a scale, not a quantity: convert it to K first", code="bad_expression")
    if unit.symbol in _SPLIT:
        return _Weighed(tree=_size(unit), factors=tuple((find(name), power) for name, power in _SPLIT[unit.symbol]))
    return _Weighed(tree=_size(unit), factors=((unit, 1),))


def _called(node: Call, given: list[_Weighed]) -> _Weighed:
    trees, first = tuple(each.tree for each in given), given[0]
    tree = replace(node, arguments=trees)
    if node.function in ("+", "-") or node.function in _SAME:
        for other in given[1:]:
            _alike(first.factors, other.factors, "put together")
        return _Weighed(tree=tree, factors=first.factors)
    if node.function in ("*", "/"):
        return _Weighed(tree=tree, factors=_times(first.factors, given[1].factors, 1 if node.function == "*" else -1))
    if node.function == "//":
        _alike(first.factors, given[1].factors, "divided into whole parts")
        return _Weighed(tree=tree)
    if node.function in _ANGLES and _dimension(first.factors) == find("rad").dimension:
        return _Weighed(tree=tree)
    if (
        first.factors
        and (node.function in ("^", "sqrt", "cbrt", "root"))
        and not any(each.factors for each in given[1:])
    ):
        return _Weighed(tree=tree, factors=_raised(first.factors, _power(node), node.position))
    if any(each.factors for each in given):
        raise bad_expression(f"{node.function} takes a number without a unit", position=node.position)
    return _Weighed(tree=tree)


def _power(node: Call) -> Fraction:
    if node.function in ("sqrt", "cbrt"):
        return Fraction(1, 2 if node.function == "sqrt" else 3)
    try:
        value = exact.evaluate(node.arguments[1])
    except exact.NotRationalError:
        value = Fraction(0)
    if not value:
        raise bad_expression("a unit is raised to a rational number other than 0", position=node.position)
    return 1 / value if node.function == "root" else value


def _raised(factors: _Factors, power: Fraction, position: int) -> _Factors:
    raised = [(unit, more * power) for unit, more in factors]
    if any(more.denominator != 1 for _, more in raised):
        raise bad_expression(f"{_symbol(factors)} has no such root", position=position)
    return tuple((unit, int(more)) for unit, more in raised)


def _times(one: _Factors, other: _Factors, sign: int) -> _Factors:
    """Multiply units; those of one dimension become the first of them, so that ``km/h * min`` is km."""
    found = dict(one)
    for unit, power in other:
        kept = next((known for known in found if known.dimension == unit.dimension), unit)
        found[kept] = found.get(kept, 0) + sign * power
    return tuple((unit, power) for unit, power in found.items() if power)


def _unit(factors: _Factors) -> Unit | None:
    return product(factors) if factors else None


def _dimension(factors: _Factors) -> Sequence[int]:
    unit = _unit(factors)
    return unit.dimension if unit else (0,) * len(find("m").dimension)


def _alike(one: _Factors, other: _Factors, what: str) -> None:
    if _dimension(one) == _dimension(other):
        return
    given, wanted = (dimension_name(tuple(_dimension(each))) for each in (one, other))
    raise UsageError(
        f"{_symbol(one)} ({given}) and {_symbol(other)} ({wanted}) cannot be {what}",
        code="dimension_mismatch",
        unit=_symbol(other),
        given=given,
        wanted=wanted,
    )


def _symbol(factors: _Factors) -> str:
    unit = _unit(factors)
    return unit.symbol if unit else "a plain number"


def _size(unit: Unit) -> Node:
    size = Number(value=unit.size)
    if not unit.pi:
        return size
    return _call("*", size, _call("^", Name(name="pi"), Number(value=Fraction(unit.pi))))


def _call(function: str, *arguments: Node) -> Call:
    height = 1 + max(each.height if isinstance(each, Call) else 0 for each in arguments)
    return Call(function=function, arguments=arguments, position=0, height=height)
