"""Equations up to a factor, and inequalities as intervals."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

from questline.tools.mathematics.tree import Call, Name, Node, Number

from .algebra import same_zeros
from .numeric import Sameness, close, points, unknowns, zero_everywhere
from .values import Formula, Group, Interval, Relation, Value

__all__ = ["interval_of", "same_relation"]

_TRIED: Final = 60
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


def interval_of(value: Value) -> Interval | None:
    """Return an interval, an inequality in one name, or a pair that may be one; None for the rest."""
    if isinstance(value, Interval):
        return value
    if isinstance(value, Group) and value.kind == "tuple" and len(value.items) == 2 and not value.name:
        low, high = value.items
        if isinstance(low, Formula) and isinstance(high, Formula):
            return Interval(low=_finite(low), high=_finite(high), closed=(False, False))
    if isinstance(value, Relation) and not {"=", "!="} & set(value.signs):
        return _solved(value)
    return None


def _finite(value: Formula) -> Formula | None:
    tree = value.tree.arguments[0] if isinstance(value.tree, Call) and value.tree.function == "-" else value.tree
    return None if tree == Name(name="oo") else value


def _solved(value: Relation) -> Interval | None:
    """Return the interval of ``x < 3`` or ``1 <= x < 3``."""
    sides, signs = value.sides, value.signs
    if signs[0].startswith(">"):
        sides, signs = sides[::-1], tuple(_TURNED[sign] for sign in signs[::-1])
    if any(sign.startswith(">") for sign in signs) or len(sides) not in (2, 3):
        return None
    if len(sides) == 3:
        low, middle, high = sides
        if isinstance(middle.tree, Name):
            return Interval(low=_finite(low), high=_finite(high), closed=(signs[0] == "<=", signs[1] == "<="))
        return None
    left, right = sides
    if isinstance(left.tree, Name) and left.tree.name not in unknowns(right.tree):
        return Interval(low=None, high=_finite(right), closed=(False, signs[0] == "<="))
    if isinstance(right.tree, Name) and right.tree.name not in unknowns(left.tree):
        return Interval(low=_finite(left), high=None, closed=(signs[0] == "<=", False))
    return None


def same_relation(one: Relation, other: Relation) -> Sameness:
    """Say whether two relations hold for the same values of their names."""
    left, right = interval_of(one), interval_of(other)
    if left is not None and right is not None and _subject(one) == _subject(other):
        return _same_interval(left, right)
    if one.signs == other.signs == ("!=",) or set(one.signs) == {"="} == set(other.signs):
        return _same_equation(one, other)
    if (one.sides, one.signs) == (other.sides, other.signs):
        return "same"
    if len(one.signs) != len(other.signs):
        return "unknown"
    if _one_way(other) and not _one_way(one):
        return "different"
    for sides, signs in ((one.sides, one.signs), (one.sides[::-1], tuple(_TURNED[sign] for sign in one.signs[::-1]))):
        if signs == other.signs:
            found = [zero_everywhere(a.tree, b.tree) for a, b in zip(sides, other.sides, strict=True)]
            if all(each == "same" for each in found):
                return "same"
    if len(one.signs) == 1 and unknowns(*_trees(one)) == unknowns(*_trees(other)):
        return _same_side(one, other)
    return "different" if unknowns(*_trees(one)) != unknowns(*_trees(other)) else "unknown"


def _one_way(value: Relation) -> bool:
    """Say whether all signs of a chain point the same way."""
    return len({sign[0] for sign in value.signs}) == 1


def _trees(value: Relation) -> list[Node]:
    return [side.tree for side in value.sides]


def _subject(value: Relation) -> str:
    return next((side.tree.name for side in value.sides if isinstance(side.tree, Name)), "")


def _same_interval(one: Interval, other: Interval) -> Sameness:
    if one.closed != other.closed:
        return "different"
    for left, right in ((one.low, other.low), (one.high, other.high)):
        if (left is None) != (right is None):
            return "different"
        if left is not None and right is not None:
            found = zero_everywhere(left.tree, right.tree)
            if found != "same":
                return found
    return "same"


def _difference(value: Relation) -> Node:
    return Call(function="-", arguments=(value.sides[0].tree, value.sides[-1].tree), position=0)


def _same_side(one: Relation, other: Relation) -> Sameness:
    """Compare inequalities by the sign and the constant factor of their differences."""
    first, second = _difference(one), _difference(other)
    factor = _factor(first, second)
    if factor is None:
        return "different" if _told_apart(one, other) else "unknown"
    sign = one.signs[0] if factor > 0 else _TURNED[one.signs[0]]
    return "same" if sign == other.signs[0] else "different"


def _told_apart(one: Relation, other: Relation) -> bool:
    """Say whether one of two inequalities holds at a point where the other does not."""
    first, second = ((_difference(each), each.signs[0]) for each in (one, other))
    for left, right in points(first[0], second[0], count=_TRIED):
        if getattr(left, "imag", 0) or getattr(right, "imag", 0):
            continue
        if _holds(left.real, first[1]) != _holds(right.real, second[1]):
            return True
    return False


def _holds(value: Any, sign: str) -> bool:
    return bool(value > 0 if sign.startswith(">") else value < 0)


def _same_equation(one: Relation, other: Relation) -> Sameness:
    if unknowns(*_trees(one)) != unknowns(*_trees(other)):
        return "different"
    if len(one.sides) > 2 or len(other.sides) > 2:
        return _same_chain(one, other)
    first, second = _difference(one), _difference(other)
    nothing = Number(value=Fraction(0))
    identities = [zero_everywhere(each, nothing) == "same" for each in (first, second)]
    if identities[0] != identities[1]:
        return "different"
    if identities[0]:
        return _same_chain(one, other)
    if not unknowns(first):
        return zero_everywhere(_trees(one)[-1], _trees(other)[-1])
    if _factor(first, second) is not None:
        return "same"
    return same_zeros(first, second)


def _same_chain(one: Relation, other: Relation) -> Sameness:
    left, right = list(_trees(one)), list(_trees(other))
    if len(left) != len(right):
        return zero_everywhere(left[-1], right[-1])
    table = [[zero_everywhere(a, b) for b in right] for a in left]
    if all("same" in row for row in table):
        return "same"
    return "different" if table[-1][-1] == "different" else "unknown"


def _factor(first: Node, second: Node) -> Any:
    """Return the constant that one is of the other at every point, or None."""
    ratios: list[Any] = []

    def steady(left: Sequence[Any], right: Sequence[Any]) -> bool:
        for one, other in zip(left, right, strict=True):
            if not other or not one:
                return False
            ratios.append(one / other)
        return all(close(ratio, ratios[0]) for ratio in ratios)

    if zero_everywhere(first, second, compare=steady) != "same" or not ratios or getattr(ratios[0], "imag", 0):
        return None
    return ratios[0].real
