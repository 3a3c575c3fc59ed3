"""Whether two expressions have the same value: exactly, else by their figures, with their units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, TypeAlias

from questline.tools.mathematics.tree import Call, Name, Node, Number
from questline.tools.mathematics.unit_table import Unit

from .amounts import unit_of
from .leads import bends_too, bent_by, same_subject
from .numeric import Sameness, close, rational, unknowns, value_at, zero_everywhere
from .values import Formula
from .verdicts import Status
from .words import contrary

__all__ = ["Found", "Setting", "compare_formulas", "told"]

_MONEY: Final = {"元": 100, "角": 10, "分": 1}
Found: TypeAlias = tuple[Status, str]
"""A verdict and its reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the question says about how its answer is told."""

    rounded: bool = False
    """It asks for a rounded value."""
    percent: bool = False
    """It asks for a per cent."""
    pi: Fraction | None = None
    """What it says π is."""
    unordered: bool = False
    """It says that the order is free."""
    ordered: bool = False
    """It asks for an order."""
    places: int | None = None
    """Decimal places that it asks for."""
    question: str = ""
    """Itself."""


def told(same: bool, what: str) -> Found:
    """Return the verdict on what was compared, with its name in the reason."""
    return ("right", f"{what} agree") if same else ("wrong", f"{what} differ")


def compare_formulas(prediction: Formula, gold: Formula, setting: Setting) -> Found:
    """Compare two numbers or expressions with their units.

    Raises:
        numeric.TooLargeError: A number would be too large.
    """
    prediction, gold = _as_unknowns(prediction, gold), _as_unknowns(gold, prediction)
    if gold.lead and prediction.lead and contrary(gold.lead, prediction.lead):
        return "undecided", "the words before the value disagree"
    one, other, unit = _in_one_unit(prediction, gold, setting)
    if unit == "wrong":
        return "wrong", "the units measure different things"
    status, reason = _values(one, other, prediction, gold, setting)
    if status == "right" and unit == "undecided":
        return "undecided", "the values agree, the words behind them do not"
    if status == "right" and (why := _other_lead(prediction.lead, gold.lead, setting.question)):
        return "undecided", why
    return status, reason


def _other_lead(one: str, other: str, question: str) -> str:
    """Return how the words before two equal values set them apart; those that the question says may be left out."""
    bends = {bent_by(one), bent_by(other)}
    if "to" in bends and not (one and other):
        bends = {""}
    if len(bends) > 1 and not any(bend and bends_too(question, bend) for bend in bends):
        return f"the words before one of the values change it: {max(bends, key=len)}"
    if one and other and not same_subject(one, other):
        return "the words before the values are not the same"
    return ""


def _as_unknowns(one: Formula, other: Formula) -> Formula:
    """Return ``12 m^2`` as an expression of m where it stands against one with unknowns."""
    if one.bare is None or other.unit is not None or not unknowns(other.tree):
        return one
    return replace(one, tree=one.bare, unit=None, bare=None)


def _in_one_unit(prediction: Formula, gold: Formula, setting: Setting) -> tuple[Node, Node, Status]:
    one, other = prediction.tree, gold.tree
    given, wanted = _minutes(prediction.unit, gold.unit), _minutes(gold.unit, prediction.unit)
    if isinstance(given, str) and isinstance(wanted, str) and given in _MONEY and wanted in _MONEY:
        return _times(one, Fraction(_MONEY[given])), _times(other, Fraction(_MONEY[wanted])), "right"
    if setting.percent and prediction.percent != gold.percent:
        one, other = _hundred(one, when=prediction.percent), _hundred(other, when=gold.percent)
    if isinstance(given, Unit) and isinstance(wanted, Unit):
        if given.dimension != wanted.dimension:
            return one, other, "wrong"
        if given.size != wanted.size or given.offset != wanted.offset:
            one, other = _scaled(one, given), _scaled(other, wanted)
        return one, other, "right"
    if given is None or wanted is None or given == wanted:
        angle = given if given is not None else wanted
        if isinstance(angle, Unit) and angle.pi == 1 and (given is None) != (wanted is None):
            bare = one if given is None else other
            if _has_pi(bare):
                turned = _times(bare, Fraction(180), below="pi")
                return (turned, other, "right") if given is None else (one, turned, "right")
        return one, other, "right"
    return one, other, "undecided"


def _minutes(unit: Unit | str | None, beside: Unit | str | None) -> Unit | str | None:
    """Return minutes for 分 beside a time; it is money, or a mark in school, elsewhere."""
    minute = unit_of("min")
    time = isinstance(beside, Unit) and isinstance(minute, Unit) and beside.dimension == minute.dimension
    return minute if unit == "分" and time else unit


def _hundred(tree: Node, *, when: bool) -> Node:
    return _times(tree, Fraction(100)) if when else tree


def _has_pi(tree: Node) -> bool:
    if isinstance(tree, Call):
        return any(_has_pi(each) for each in tree.arguments)
    return isinstance(tree, Name) and tree.name == "pi"


def _scaled(tree: Node, unit: Unit) -> Node:
    added = Call(function="+", arguments=(tree, Number(value=unit.offset)), position=0) if unit.offset else tree
    return _times(added, unit.size)


def _times(tree: Node, factor: Fraction, *, below: str = "") -> Node:
    value: Node = Call(function="*", arguments=(tree, Number(value=factor)), position=0)
    return Call(function="/", arguments=(value, Name(name=below)), position=0) if below else value


def _values(one: Node, other: Node, prediction: Formula, gold: Formula, setting: Setting) -> Found:
    if _infinite(one) or _infinite(other):
        return told(_infinite(one) == _infinite(other), "the infinite values")
    left, right = rational(one), rational(other)
    if left is not None and right is not None and left == right:
        return "right", "the same number"
    names = unknowns(one, other)
    if names:
        same: Sameness = zero_everywhere(one, other)
        if same == "unknown":
            return "undecided", "the expressions agree at some points, or have no values"
        return told(same == "same", "the expressions")
    if left is None or right is None:
        same = zero_everywhere(one, other)
        if same == "same":
            return "right", "the same number"
        if same == "unknown":
            return "undecided", "no value"
    if _near(one, other, prediction, gold, setting):
        return "right", "the same number as far as it is told"
    return "wrong", "the numbers differ"


def _infinite(tree: Node) -> int:
    """Return the sign of an infinite value, 0 for others."""
    if isinstance(tree, Call) and tree.function == "-" and len(tree.arguments) == 1:
        return -_infinite(tree.arguments[0])
    return int(tree == Name(name="oo"))


def _near(one: Node, other: Node, prediction: Formula, gold: Formula, setting: Setting) -> bool:
    """Say whether decimals agree: to 1e-6, or to half a unit of a rounded gold's last place."""
    points = [{"pi": _number(setting.pi)}] if setting.pi is not None else []
    for point in ({}, *points):
        try:
            left, right = value_at(one, point), value_at(other, point)
        except (ArithmeticError, ValueError, KeyError):
            continue
        if point and close(left, right, digits=12):
            return True
        if setting.places is not None and gold.places is None and prediction.places == setting.places:
            half = _number(Fraction(1, 2) / 10**setting.places)
            if abs(left - right) <= half * (1 + _number(Fraction(1, 10**9))):
                return True
        if _decimal(prediction) != _decimal(gold) and close(left, right, digits=6):
            return True
        if (gold.rounded or setting.rounded) and gold.places is not None:
            if prediction.places is not None and not gold.rounded and prediction.places <= gold.places:
                continue
            half = _number(Fraction(1, 2) / 10**gold.places)
            scale = float(gold.unit.size) if isinstance(gold.unit, Unit) and gold.unit != prediction.unit else 1
            if prediction.unit is None:
                scale = 1
            finer = prediction.places is None or prediction.places > gold.places
            if abs(left - right) <= half * scale * (1 + 1e-9) and finer:
                return True
    return False


def _number(value: Fraction | None) -> Any:
    assert value is not None
    return value_at(Number(value=value), {})


def _decimal(value: Formula) -> bool:
    """Say whether a number is written as a decimal of six figures or more."""
    return value.places is not None and value.places >= 4
